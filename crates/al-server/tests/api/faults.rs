//! Bad input: each gets a clear 4xx and changes nothing.

use serde_json::{Value, json};

use crate::common::{Server, of};

#[test]
fn unknown_smiles_are_named() {
    let server = Server::start();
    let items = json!({"dataset": "d", "items": [{"smiles": "CCO"}, {"smiles": "C1CC"}]});
    let refused = server.ask("POST", "/items", Some(items));
    refused.is_problem(422, "row 2: 'C1CC' cannot be read as a structure");
    assert_eq!(refused.body["field"], "smiles");
    assert_eq!(server.ask("GET", "/items", None).body["items"], json!([]));
    let skipping = json!({
        "dataset": "d", "items": [{"smiles": "CCO"}, {"smiles": "C1CC"}], "skip_unreadable": true,
    });
    let taken = server.ask("POST", "/items", Some(skipping));
    assert_eq!((taken.status, &taken.body["left_out"]), (201, &json!(1)));
}

#[test]
fn numbers_that_are_none_are_refused() {
    let server = Server::start();
    server.with_batch(3);
    let path = of(&server.queue()[0], "label");
    let bearer = format!("Bearer {}", server.admin);
    for text in ["NaN", "Infinity", "-Infinity", "1e999"] {
        let body = format!("{{\"label\": {text}}}").into_bytes();
        let headers = [("authorization", bearer.as_str())];
        let refused = server.send("POST", &path, &headers, Some(("application/json", body)));
        refused.is_problem(400, "the body is no JSON");
    }
    let text = server.ask("POST", &path, Some(json!({"label": "NaN"})));
    text.is_problem(422, "the label is a text");
    for label in [json!(null), json!([1]), json!({"a": 1}), json!(true)] {
        let refused = server.ask("POST", &path, Some(json!({"label": label})));
        assert_eq!(refused.status, 422, "{}", refused.text);
    }
    let far = json!({"label": 1e308, "unit": "M"});
    server
        .ask("POST", &path, Some(far))
        .is_problem(422, "not a finite number");
    let unit = json!({"label": 1.0, "unit": "furlong"});
    let refused = server.ask("POST", &path, Some(unit));
    refused.is_problem(422, "the unit 'furlong' is not known");
    assert_eq!(refused.body["field"], "unit");
    let item = server.ask("GET", &of(&server.queue()[0], "annotations"), None);
    assert_eq!(item.body["items"], json!([]));
}

#[test]
fn nul_characters_are_refused_everywhere() {
    let server = Server::start();
    server.with_batch(2);
    let id = server.queue()[0].clone();
    let bodies = [
        (
            "/items",
            json!({"dataset": "d\u{0}", "items": [{"name": "a"}]}),
        ),
        (
            "/items",
            json!({"dataset": "d", "items": [{"properties": {"a\u{0}": 1}}]}),
        ),
        ("/users", json!({"name": "a\u{0}b"})),
        ("/active-learning/select", json!({"model_id": "m\u{0}"})),
        (&of(&id, "label"), json!({"label": 1, "notes": "\u{0}"})),
        (&of(&id, "skip"), json!({"reason": "a\u{0}"})),
    ];
    for (path, body) in bodies {
        server.ask("POST", path, Some(body)).is_problem(422, "NUL");
    }
    server.ask("GET", "/items/%00", None).is_problem(400, "NUL");
    server
        .ask("GET", "/items?dataset=%00", None)
        .is_problem(400, "NUL");
}

#[test]
fn huge_bodies_are_refused() {
    let server = Server::with(|options| options.largest_body = 10_000);
    let notes = "x".repeat(20_000);
    let body = json!({"name": notes});
    server
        .ask("POST", "/users", Some(body))
        .is_problem(413, "the body is too large");
    let bearer = format!("Bearer {}", server.admin);
    let headers = [("authorization", bearer.as_str())];
    let upload = Some(("text/csv", vec![b'x'; 20_000]));
    let refused = server.send("POST", "/items/upload?dataset=d", &headers, upload);
    refused.is_problem(413, "the body is too large");
    server.with_batch(2);
    let long = json!({"label": 1, "notes": "x".repeat(9_999)});
    assert_eq!(
        server
            .ask("POST", &of(&server.queue()[0], "label"), Some(long))
            .status,
        413
    );
}

#[test]
fn unknown_ids_are_not_found() {
    let server = Server::start();
    let gets = [
        "/active-learning/queue/x",
        "/active-learning/queue/x/annotations",
        "/active-learning/cycles/x",
        "/active-learning/stats/x",
        "/items/x",
        "/models/x",
        "/models/x/file",
        "/jobs/x",
        "/users/x/tokens",
        "/items?dataset=x",
        "/active-learning/cycles?model_id=x",
        "/active-learning/labels?model_id=x",
        "/active-learning/order?cycle_id=x",
    ];
    for path in gets {
        server.ask("GET", path, None).is_problem(404, "there is no");
    }
    let posts = [
        ("/active-learning/queue/x/label", json!({"label": 1})),
        ("/active-learning/queue/x/skip", json!({"reason": "r"})),
        (
            "/active-learning/queue/x/assign",
            json!({"user_id": "admin"}),
        ),
        ("/active-learning/queue/x/claim", json!({})),
        ("/active-learning/cycles/x/retrain", json!({})),
        ("/active-learning/undo", json!({"action_id": "x"})),
        ("/active-learning/select", json!({"model_id": "x"})),
        ("/jobs/x/cancel", json!({})),
        ("/users/x/disable", json!({})),
    ];
    for (path, body) in posts {
        server
            .ask("POST", path, Some(body))
            .is_problem(404, "there is no");
    }
    let long = format!("/items/{}", "x".repeat(5000));
    server.ask("GET", &long, None).is_problem(404, "no such id");
}

#[test]
fn what_another_holds_is_a_conflict() {
    let server = Server::start();
    server.with_batch(3);
    let (anna, ben) = (
        server.user("anna", "annotator"),
        server.user("ben", "annotator"),
    );
    let held = server.ask_as(
        &anna,
        "POST",
        "/active-learning/queue/next",
        Some(json!({})),
    );
    assert_eq!(held.status, 200);
    let id = held.body["item"]["id"].as_str().unwrap();
    let labelled = server.ask_as(&ben, "POST", &of(id, "label"), Some(json!({"label": 1})));
    labelled.is_problem(409, "somebody else holds the item");
    let skipped = server.ask_as(&ben, "POST", &of(id, "skip"), Some(json!({"reason": "r"})));
    skipped.is_problem(409, "somebody else holds the item");
    let claimed = server.ask_as(&ben, "POST", &of(id, "claim"), Some(json!({})));
    claimed.is_problem(409, "somebody else holds the item");
    let extended = server.ask_as(&ben, "POST", &of(id, "extend"), Some(json!({})));
    extended.is_problem(409, "not yours");
    let released = server.ask_as(&anna, "POST", &of(id, "release"), Some(json!({})));
    assert_eq!(
        (released.status, &released.body["status"]),
        (200, &json!("pending"))
    );
    // Nothing that others may use to label it is shown.
    let shown = server.ask("GET", &format!("/active-learning/queue/{id}"), None);
    assert!(!shown.text.contains("claim_token"));
}

#[test]
fn stale_versions_are_refused() {
    let server = Server::start();
    server.with_batch(2);
    let id = server.queue()[0].clone();
    let read = server.ask("GET", &format!("/active-learning/queue/{id}"), None);
    let tag = read.header("etag").unwrap().to_owned();
    let bearer = format!("Bearer {}", server.admin);
    let label = |tag: &str| {
        let headers = [("authorization", bearer.as_str()), ("if-match", tag)];
        let body = json!({"label": 2.5}).to_string().into_bytes();
        server.send(
            "POST",
            &of(&id, "label"),
            &headers,
            Some(("application/json", body)),
        )
    };
    label("\"77\"").is_problem(412, "somebody changed it");
    label("nonsense").is_problem(400, "no ETag");
    let labelled = label(&tag);
    assert_eq!(labelled.status, 200);
    assert_ne!(labelled.header("etag"), Some(tag.as_str()));
    label(&tag).is_problem(412, "somebody changed it");
}

#[test]
fn too_few_labels_retrain_nothing() {
    let server = Server::start();
    let cycle = server.with_batch(12);
    for id in &server.queue()[..4] {
        assert_eq!(
            server
                .ask("POST", &of(id, "label"), Some(json!({"label": 1})))
                .status,
            200
        );
    }
    let path = format!("/active-learning/cycles/{cycle}/retrain");
    let refused = server.ask("POST", &path, Some(json!({})));
    refused.is_problem(409, "4 of 10 new labels that are needed are there");
    let below = server.ask("POST", &path, Some(json!({"min_new_labels": -1})));
    below.is_problem(422, "at least -1 new labels");
    assert_eq!(server.ask("GET", "/jobs", None).body["items"], json!([]));
}

#[test]
fn selections_that_make_no_sense_are_refused() {
    let server = Server::start();
    let settings = json!({"target": "y", "task": "regression"});
    let model = json!({"name": "m", "settings": settings});
    assert_eq!(server.ask("POST", "/models", Some(model)).status, 201);
    let select = |more: Value| {
        let mut body = json!({"model_id": "m"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        server.ask("POST", "/active-learning/select", Some(body))
    };
    select(json!({})).is_problem(409, "there is nothing to choose from");
    let unknown = select(json!({"strategy": "best"}));
    unknown.is_problem(422, "there is no strategy 'best'; take one of random,");
    assert_eq!(unknown.body["field"], "strategy");
    select(json!({"strategy": "entropy"})).is_problem(422, "needs a model that has learned");
    select(json!({"batch_size": 0})).is_problem(422, "a batch of 0 items");
    select(json!({"batch_size": -3})).is_problem(422, "a batch of 0 items");
    select(json!({"batch_size": 1e12})).is_problem(422, "");
    select(json!({"pool": []})).is_problem(422, "the list is empty");
    select(json!({"pool": "nowhere"})).is_problem(404, "there is no data set 'nowhere'");
    select(json!({"pool": ["C1CC"]})).is_problem(422, "cannot be read as a structure");
    select(json!({"typo": 1})).is_problem(422, "unknown field `typo`");
    let bare = server.send(
        "POST",
        "/active-learning/select",
        &[("authorization", &format!("Bearer {}", server.admin))],
        Some(("text/plain", b"{}".to_vec())),
    );
    bare.is_problem(415, "not declared as JSON");
}

#[test]
fn uploads_reach_no_other_file() {
    let server = Server::start();
    let bearer = format!("Bearer {}", server.admin);
    let put = |path: &str, media: &str, bytes: &[u8]| {
        let headers = [("authorization", bearer.as_str())];
        server.send("PUT", path, &headers, Some((media, bytes.to_vec())))
    };
    for name in [
        "..%2F..%2Fetc%2Fpasswd",
        "%2Fetc%2Fpasswd",
        "..",
        ".hidden",
        "a%20b",
    ] {
        let path = format!("/models/{name}/file");
        let refused = put(&path, "application/octet-stream", b"x");
        assert!(
            matches!(refused.status, 404 | 422),
            "{name}: {}",
            refused.text
        );
    }
    put("/models/m/file", "application/octet-stream", b"no model").is_problem(422, "m");
    // A data set is a name, whatever it looks like.
    let headers = [("authorization", bearer.as_str())];
    let upload = |media: &str, bytes: &[u8]| {
        let path = "/items/upload?dataset=..%2F..%2Fetc&rows_only=true";
        server.send("POST", path, &headers, Some((media, bytes.to_vec())))
    };
    assert_eq!(upload("text/csv", b"a,b\n1,2\n").status, 201);
    upload("image/png", b"a,b\n1,2\n").is_problem(415, "is no table that can be read");
    upload("text/csv", b"").is_problem(400, "the body is empty");
    // What an error says of a table names no folder of the server.
    let broken = upload("application/vnd.apache.parquet", b"PAR1");
    assert!(!broken.text.contains("/tmp"), "{}", broken.text);
}

#[test]
fn sql_in_text_fields_is_text() {
    let server = Server::start();
    let cycle = server.with_batch(2);
    let hostile = "'; DROP TABLE items; --";
    let id = server.queue()[0].clone();
    assert_eq!(
        server
            .ask("POST", "/users", Some(json!({"name": hostile})))
            .status,
        201
    );
    let items = json!({
        "dataset": hostile,
        "items": [{"name": hostile, "properties": {"x": 1, hostile: hostile}}],
    });
    assert_eq!(server.ask("POST", "/items", Some(items)).status, 201);
    let label = json!({"label": 1, "notes": hostile});
    let labelled = server.ask("POST", &of(&id, "label"), Some(label));
    assert_eq!(labelled.body["notes"], hostile);
    let skip = server.ask(
        "POST",
        &of(&server.queue()[1], "skip"),
        Some(json!({"reason": hostile})),
    );
    assert_eq!(skip.body["skip_reason"], hostile);
    let encoded = al_server::encoded(hostile);
    for path in [
        format!("/active-learning/queue?model_id={encoded}"),
        format!("/active-learning/queue?assigned_to={encoded}"),
        format!("/active-learning/queue?cycle_id={encoded}&selection_batch={encoded}"),
        format!("/events?subject={encoded}"),
    ] {
        assert_eq!(
            server.ask("GET", &path, None).body["items"],
            json!([]),
            "{path}"
        );
    }
    for path in ["queue", "cycles"] {
        let path = format!("/active-learning/{path}?status={encoded}");
        assert_eq!(server.ask("GET", &path, None).status, 422);
    }
    for list in [
        "/active-learning/queue",
        "/items",
        "/jobs",
        "/models",
        "/events",
    ] {
        let path = format!("{list}?cursor={encoded}");
        server.ask("GET", &path, None).is_problem(422, "cursor");
    }
    let settings = json!({"target": hostile, "task": "regression", "unit": hostile});
    let model = json!({"name": "n", "settings": settings});
    assert_eq!(server.ask("POST", "/models", Some(model)).status, 201);
    assert_eq!(
        server
            .ask("GET", &format!("/active-learning/cycles/{cycle}"), None)
            .status,
        200
    );
    assert_eq!(server.queue().len(), 2);
}
