"""Schemathesis against every operation of the labelling server, all checks on, states too.

Starts a demo server on a new SQLite folder, or on a new database of --database,
reads /openapi.json and asks what it describes as the admin: edges, random
requests (right and wrong ones, two of three with ids that there are) and
sequences of requests. Prints schemathesis' summary and exits with its status;
a server that has ended meanwhile and a database that `altool db check` finds
faults in are failures, too. Needs schemathesis 4.

The description says what a request looks like, not all that it must mean: MEANT
below lists where a request of the right form may be refused, and by what status.
NUL characters, which no request may have and the description does not exclude,
are sent with --nul alone, which asks nothing of requests of the right form.

    python3 benches/labelling/fuzz.py --altool target/debug/altool --schemathesis st
    python3 benches/labelling/fuzz.py --database postgres://postgres@127.0.0.1/postgres --nul
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import common

# Where form is not all: operation, statuses beside the usual ones, why.
MEANT = [
    ("POST", "/active-learning/queue/bulk", [422], "a reason or a user, by the action; some condition"),
    ("GET", "/active-learning/queue", [422], "a cursor of the queue"),
    ("POST", "/active-learning/queue/{item_id}/label", [412, 422], "the version; a label that fits the model"),
    ("POST", "/active-learning/queue/{item_id}/skip", [412], "the version"),
    ("POST", "/active-learning/queue/{item_id}/assign", [412], "the version"),
    ("POST", "/active-learning/queue/{item_id}/requeue", [412], "the version"),
    ("POST", "/active-learning/select", [422], "a strategy that the model has; readable compounds"),
    ("POST", "/active-learning/results", [400, 422], "a table with labels"),
    ("POST", "/items", [422], "compounds that can be read"),
    ("POST", "/items/upload", [400, 422], "a table"),
    ("POST", "/models", [422], "settings that go together"),
    ("PUT", "/models/{model_id}/file", [400, 422], "a model file"),
    ("POST", "/schedules", [422], "a time zone; a time that comes"),
    ("POST", "/users/{user_id}/tokens", [422], "an end that is to come"),
]

# Tables as text: any text is one of the right form.
TABLES = ("/active-learning/results", "/items/upload")

# Keeps the one who asks signed in: neither their token nor their account is ended.
HOOKS = """
import schemathesis

ENDS = ("/users/{user_id}/disable", "/users/{user_id}/tokens/{token_id}")


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.path in ENDS and case.path_parameters.get("user_id") in %s:
        case.path_parameters["user_id"] = "nobody"
"""

USUAL = ["2xx", "3xx", 401, 403, 404, 409, 429, "5xx"]


def known(port, token):
    """Ids and names that there are, by the parameters that take them, and who asks."""
    client = common.Client(port, token)
    queue = client.must("GET", "/active-learning/queue?limit=40")["items"]
    queue += client.must("GET", "/active-learning/queue?limit=5&status=archived")["items"]
    models = [model["id"] for model in client.all("/models")] + ["solubility"]
    cycles = [cycle["id"] for cycle in client.all("/active-learning/cycles")]
    users = [client.must("GET", "/users/me")["id"], "admin"]
    jobs = [job["id"] for job in client.all("/jobs")]
    datasets = ["esol", "esol measured"]
    for name in ("anna", "ben"):
        user = client.must("POST", "/users", {"name": name})["id"]
        users += [user, name]
    tokens = [client.must("POST", f"/users/{users[-2]}/tokens", {})["token"]["id"]]
    schedule = {"name": "nights", "cron": "0 3 * * *", "model_id": "solubility"}
    schedules = [client.must("POST", "/schedules", schedule)["id"]]
    client.close()
    items = [row["id"] for row in queue] + [row["item_id"] for row in queue[:5]]
    batches = sorted({row["selection_batch"] for row in queue})
    strategies = ["random", "lcmd", "core-set", "hybrid"]
    found = {
        "path.item_id": items, "path.model_id": models, "path.cycle_id": cycles, "path.job_id": jobs,
        "path.user_id": users[2:], "path.token_id": tokens, "path.schedule_id": schedules,
        "query.model_id": models, "query.cycle_id": cycles, "query.dataset": datasets,
        "query.subject": items + models, "query.assigned_to": [*users, "me"], "query.selection_batch": batches,
        "body.model_id": models, "body.cycle_id": cycles, "body.strategy": strategies, "body.user_id": users,
        "body.pool": [*datasets, "all_unlabeled"], "body.filter.model_id": models,
        "body.filter.cycle_id": cycles, "body.filter.selection_batch": batches, "body.filter.assigned_to": users,
    }
    return found, users[:2]


def settings(found, nul):
    """The settings of schemathesis, as TOML."""
    lines = ['hooks = "./hooks.py"', "[generation]", f"allow-x00 = {json.dumps(nul)}", "database = 'none'"]
    for n, values in enumerate(found.values()):
        lines += [f"[dictionaries.d{n}]", f"values = {json.dumps(values)}"]
    lines += ["[parameters]"]
    lines += [f'"{name}" = {{ dictionary = "d{n}", probability = 0.67 }}' for n, name in enumerate(found)]
    if nul:
        lines += ["[checks]", "positive_data_acceptance.enabled = false"]
    for method, path, statuses, _ in MEANT:
        checks = {}
        if not nul:
            checks["positive_data_acceptance.expected-statuses"] = USUAL + statuses
        if path in TABLES:
            checks["negative_data_rejection.enabled"] = False
        if checks:
            lines += ["[[operations]]", f"include-name = {json.dumps(f'{method} {path}')}"]
            lines += [f"checks.{name} = {json.dumps(value)}" for name, value in checks.items()]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    common.options(parser)
    parser.add_argument("--schemathesis", default="schemathesis", help="that program")
    parser.add_argument("--max-examples", type=int, default=30, help="random requests per operation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--nul", action="store_true", help="with NUL characters")
    parser.add_argument("--schema", type=pathlib.Path, help="another description than the server's")
    parser.add_argument("--report", type=pathlib.Path, help="file for all requests and answers (HAR)")
    parser.add_argument("--log", type=pathlib.Path, help="file for the server's log")
    parser.add_argument("more", nargs="*", help="more options of schemathesis, after --")
    args = parser.parse_args()
    program = shutil.which(args.schemathesis)
    if program is None:
        raise SystemExit(f"there is no {args.schemathesis}: pip install 'schemathesis>=4'")
    place = common.Place(args, "fuzz")
    log = open(args.log, "w") if args.log else None
    extra = ["--demo"] + (["--access-log", "text"] if args.log else [])
    try:
        # Schemathesis leaves files where it runs.
        with common.Server(place, *extra, log=log) as server, tempfile.TemporaryDirectory() as scratch:
            config = pathlib.Path(scratch) / "schemathesis.toml"
            found, asking = known(server.port, place.token)
            config.write_text(settings(found, args.nul))
            config.with_name("hooks.py").write_text(HOOKS % json.dumps(asking))
            base = f"http://127.0.0.1:{server.port}"
            schema = [str(args.schema.resolve()), "--url", base] if args.schema else [f"{base}/openapi.json"]
            command = [os.path.abspath(program), "--config-file", str(config), "run", *schema,
                       "-H", f"Authorization: Bearer {place.token}",
                       "--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure",
                       "-n", str(args.max_examples), "--seed", str(args.seed), "--request-timeout", "60"]
            if args.report:
                command += ["--report", "har", "--report-har-path", str(args.report.resolve())]
            sys.stdout.flush()
            status = subprocess.run([*command, *args.more], cwd=scratch).returncode
            if server.process.poll() is not None:
                print(f"the server ended with {server.process.returncode}")
                status = status or 1
        problems = place.check()
        if problems:
            print(f"altool db check: {problems}")
            status = status or 1
    finally:
        place.remove()
    raise SystemExit(status)


if __name__ == "__main__":
    main()
