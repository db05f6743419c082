-- The labelling service: docs/design/014-labelling-service.md says what each table holds.
-- Times are microseconds since 1970 UTC, ids are UUIDv7 in text, JSON is text.

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('annotator', 'lead', 'admin')),
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    digest TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX tokens_of_user ON tokens (user_id);

CREATE TABLE datasets (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE items (
    id TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL REFERENCES datasets (id),
    item_key TEXT NOT NULL,
    name TEXT,
    smiles TEXT,
    canonical TEXT,
    fingerprint TEXT,
    properties TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (dataset_id, item_key)
);
CREATE INDEX items_by_key ON items (item_key);
CREATE INDEX items_by_name ON items (name);

CREATE TABLE artefacts (
    digest TEXT PRIMARY KEY,
    bytes BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE models (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version BIGINT NOT NULL,
    parent TEXT REFERENCES models (id),
    state TEXT NOT NULL CHECK (state IN ('active', 'superseded')),
    settings TEXT NOT NULL,
    artefact TEXT,
    training_digest TEXT,
    validation_digest TEXT,
    validation TEXT NOT NULL CHECK (validation IN ('held_out', 'out_of_bag', 'none')),
    training_rows BIGINT NOT NULL,
    metrics TEXT,
    created_at BIGINT NOT NULL,
    created_by TEXT REFERENCES users (id),
    UNIQUE (name, version)
);
CREATE UNIQUE INDEX models_one_active ON models (name) WHERE state = 'active';

CREATE TABLE cycles (
    id TEXT PRIMARY KEY,
    model_name TEXT NOT NULL,
    model_id TEXT NOT NULL REFERENCES models (id),
    trained_model_id TEXT REFERENCES models (id),
    cycle_number BIGINT NOT NULL,
    strategy TEXT NOT NULL,
    batch TEXT NOT NULL UNIQUE,
    batch_size BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('selecting', 'labeling', 'training', 'complete', 'failed')),
    reason TEXT,
    metrics_before TEXT,
    metrics_after TEXT,
    items_selected BIGINT NOT NULL,
    items_labeled BIGINT NOT NULL,
    items_skipped BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    completed_at BIGINT,
    UNIQUE (model_name, cycle_number)
);

CREATE TABLE label_queue (
    id TEXT PRIMARY KEY,
    item_id TEXT NOT NULL REFERENCES items (id),
    model_id TEXT NOT NULL REFERENCES models (id),
    cycle_id TEXT REFERENCES cycles (id),
    prediction DOUBLE PRECISION,
    predicted_class TEXT,
    probabilities TEXT,
    uncertainty DOUBLE PRECISION,
    applicability_distance DOUBLE PRECISION,
    selection_strategy TEXT NOT NULL,
    selection_batch TEXT NOT NULL,
    priority_score DOUBLE PRECISION NOT NULL,
    reason TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending', 'in_progress', 'labeled', 'skipped', 'archived')),
    judgements BIGINT NOT NULL CHECK (judgements > 0),
    rule TEXT NOT NULL CHECK (rule IN ('majority', 'median', 'lead')),
    assigned_to TEXT REFERENCES users (id),
    assigned_at BIGINT,
    lease_until BIGINT,
    claim_token TEXT,
    label_value DOUBLE PRECISION,
    label_class TEXT,
    qualifier TEXT CHECK (qualifier IN ('=', '<', '>')),
    unit TEXT,
    label_source TEXT CHECK (label_source IN ('experimental', 'literature', 'expert_estimate')),
    label_confidence TEXT CHECK (label_confidence IN ('high', 'medium', 'low')),
    labeled_at BIGINT,
    labeled_by TEXT REFERENCES users (id),
    notes TEXT,
    skip_reason TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (item_id, model_id, selection_batch)
);
CREATE INDEX label_queue_of_model ON label_queue (status, model_id, priority_score DESC, id);
CREATE INDEX label_queue_next ON label_queue (status, priority_score DESC, id);
CREATE INDEX label_queue_of_cycle ON label_queue (cycle_id);
CREATE INDEX label_queue_in_order ON label_queue (priority_score DESC, id);
CREATE INDEX label_queue_of_holder ON label_queue (assigned_to);

CREATE TABLE annotations (
    id TEXT PRIMARY KEY,
    queue_id TEXT NOT NULL REFERENCES label_queue (id),
    item_id TEXT NOT NULL REFERENCES items (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    value DOUBLE PRECISION,
    class TEXT,
    qualifier TEXT NOT NULL CHECK (qualifier IN ('=', '<', '>')),
    unit TEXT,
    given_value DOUBLE PRECISION,
    given_unit TEXT,
    source TEXT NOT NULL CHECK (source IN ('experimental', 'literature', 'expert_estimate')),
    confidence TEXT NOT NULL CHECK (confidence IN ('high', 'medium', 'low')),
    notes TEXT,
    created_at BIGINT NOT NULL,
    undone_at BIGINT
);
CREATE UNIQUE INDEX annotations_one_each ON annotations (queue_id, user_id) WHERE undone_at IS NULL;

CREATE TABLE events (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    user_id TEXT REFERENCES users (id),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    undoes BIGINT UNIQUE REFERENCES events (number)
);
CREATE INDEX events_of_action ON events (action_id);
CREATE INDEX events_of_subject ON events (subject, number);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'events are only appended'; END; $$;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'dead', 'cancelled')),
    attempt BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    run_after BIGINT NOT NULL,
    lease_until BIGINT,
    fence BIGINT NOT NULL,
    step TEXT,
    progress DOUBLE PRECISION,
    checkpoint TEXT,
    result TEXT,
    error TEXT,
    cancel_requested BIGINT,
    idempotency_key TEXT UNIQUE,
    created_by TEXT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX jobs_one_active ON jobs (kind, subject) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_next ON jobs (state, run_after);

CREATE TABLE schedules (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    cron TEXT NOT NULL,
    zone TEXT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    catch_up TEXT NOT NULL CHECK (catch_up IN ('skip', 'once')),
    next_at BIGINT,
    disabled_at BIGINT,
    created_by TEXT REFERENCES users (id),
    created_at BIGINT NOT NULL
);

CREATE TABLE occurrences (
    schedule_name TEXT NOT NULL,
    scheduled_for BIGINT NOT NULL,
    job_id TEXT,
    outcome TEXT NOT NULL,
    PRIMARY KEY (schedule_name, scheduled_for)
);

CREATE TABLE idempotency (
    user_id TEXT NOT NULL REFERENCES users (id),
    request_key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    response TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, request_key)
);
