"""Retrainings that are killed: is there one new version, and is nothing lost?

Starts a demo server once, labels its 50 pending items with fixtures/esol/results.csv
by name, and keeps that as a template (a folder, or a database). Of a copy each:
the server is asked to retrain, dies, is started again, and takes the job up once
its lease of 30 s has run out. It dies at each place that retrain.rs passes (the
variable ALTOOL_FAILPOINT makes it abort there) and at --random moments (SIGKILL).
Then there must be

  exactly one new version, active, the old one superseded, and the file that its digest names,
  50 labels archived, none left, all with the values of the table, and 150 of the demo as before,
  the cycle complete and naming the version, its job done, one event that tells of it,
  no problem that `altool db check` finds, and the same model as without a kill.

With --two-servers two servers share one PostgreSQL, and --requests clients ask both at
once to retrain each of --cycles cycles: each makes one job, one attempt, one version.
Prints a line per case and exits with 1 if anything is otherwise.

    python3 benches/labelling/retrains.py --altool target/release/altool --random 10
    python3 benches/labelling/retrains.py --database postgres://postgres@127.0.0.1/postgres --two-servers
"""

import argparse
import collections
import concurrent.futures
import csv
import hashlib
import io
import json
import pathlib
import random
import re
import threading
import time

import common

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "crates/al-label/src/retrain.rs"
TABLE = common.FIXTURES / "esol/results.csv"
MODEL = "solubility"


def places():
    return list(dict.fromkeys(re.findall(r'self\.passes\("([^"]+)"\)', SOURCE.read_text())))


def label_all(client):
    """Labels what is pending, by name; results of what is not queued would be taken in, too."""
    pending = client.all(f"/active-learning/queue?status=pending&limit=1000&model_id={MODEL}")
    names = {row["item_name"] for row in pending}
    file = io.StringIO()
    with TABLE.open() as source:
        rows = csv.DictReader(source)
        writer = csv.DictWriter(file, ["name", "log_s"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row for row in rows if row["name"] in names)
    path = f"/active-learning/results?model_id={MODEL}"
    report = client.must("POST", path, file.getvalue().encode(), Content_Type="text/csv")
    if (report["items"], report["unqueued"]) != (50, 0):
        raise RuntimeError(f"not 50 items were labelled: {str(report)[:300]}")


def open_cycle(client):
    cycles = client.all("/active-learning/cycles?limit=1000")
    return next(cycle for cycle in cycles if cycle["status"] in ("labeling", "training"))


def ended(client, job):
    """The job once it has ended."""
    def look():
        found = client.must("GET", f"/jobs/{job}")
        return found if found["state"] not in ("queued", "running") else None
    return common.until(look, 150)


def labels(client):
    table = client.must("GET", f"/active-learning/labels?model_id={MODEL}&format=csv").decode()
    return {row["name"]: row for row in csv.DictReader(io.StringIO(table))}


def problems(client, before, job, expected, new=1):
    """What is otherwise than it should be; the new version."""
    wrong = []
    said = lambda fine, what: fine or wrong.append(what)
    said(job is not None, "the job did not end within 150 s")
    if job is None:
        return wrong, None
    said(job["state"] == "done", f"the job is {job['state']}: {job['error']}")
    versions = sorted((m for m in client.all("/models?limit=1000") if m["name"] == MODEL), key=lambda m: m["version"])
    said([m["version"] for m in versions] == list(range(before["versions"] + new)),
         f"versions {[m['version'] for m in versions]}")
    said([m["state"] for m in versions] == ["superseded"] * (len(versions) - 1) + ["active"],
         f"states {[m['state'] for m in versions]}")
    last = versions[-1]
    file = client.must("GET", f"/models/{last['id']}/file")
    said(hashlib.sha256(file).hexdigest() == last["artefact"], "the file is not what its digest says")
    cycle = client.must("GET", f"/active-learning/cycles/{before['cycle']}")
    said(cycle["status"] == "complete", f"the cycle is {cycle['status']}")
    said(cycle["trained_model_id"] == last["id"], "the cycle names another version")
    said(cycle["items_labeled"] == 50, f"the cycle counts {cycle['items_labeled']} labels")
    said(cycle["metrics_after"] is not None, "the cycle has no figures")
    now = labels(client)
    said({row["status"] for row in now.values()} == {"archived"}, "labels are left that nothing learned from")
    said(len(now) == before["labels"] + 50, f"{len(now)} labels")
    off = [name for name, row in now.items() if abs(float(row["log_s"]) - expected[name]) > 1e-9]
    said(not off, f"other labels: {off[:3]}")
    archived = client.all("/active-learning/queue?status=archived&limit=1000&cycle_id=" + before["cycle"])
    said(len(archived) == 50, f"{len(archived)} rows of the cycle are archived")
    events = client.all("/events?limit=1000&subject=" + last["id"])
    said([e["kind"] for e in events].count("trained") == 1, f"events {[e['kind'] for e in events]}")
    jobs = [j for j in client.all("/jobs?limit=1000") if j["payload"].get("cycle_id") == before["cycle"]]
    said(len(jobs) == 1, f"{len(jobs)} jobs of the cycle")
    return wrong, last


def expectations():
    """Labels by name: those of the table, and those that the demo learned from."""
    found = {}
    for file in ("measured.csv", "results.csv"):
        for row in csv.DictReader((common.FIXTURES / "esol" / file).open()):
            found[row["name"]] = float(row["log_s"])
    return found


def state(client):
    versions = [m for m in client.all("/models?limit=1000") if m["name"] == MODEL]
    archived = [row for row in labels(client).values() if row["status"] == "archived"]
    return {"versions": len(versions), "cycle": open_cycle(client)["id"], "labels": len(archived)}


def template(args):
    place = common.Place(args, "retrains")
    with common.Server(place, "--demo") as server:
        client = common.Client(server.port, place.token)
        label_all(client)
        before = state(client)
        client.close()
        server.kill(common.signal.SIGTERM)
    return place, before


class Case:
    """One retraining that is killed at a place, or after so many seconds, or not at all."""

    def __init__(self, args, origin, before, name, failpoint=None, after=None):
        self.args, self.before, self.name, self.failpoint, self.after = args, before, name, failpoint, after
        self.origin = origin

    def run(self, expected):
        place = self.origin.copy()
        try:
            return self.within(place, expected)
        except (RuntimeError, OSError, StopIteration) as error:
            return [repr(error)], None, 0, {}
        finally:
            place.remove()

    def within(self, place, expected):
        wrong, told = [], {}
        with common.Server(place, failpoint=self.failpoint) as server:
            client = common.Client(server.port, place.token)
            path = f"/active-learning/cycles/{self.before['cycle']}/retrain"
            began = time.monotonic()
            job = client.must("POST", path, {"min_new_labels": 10})["id"]
            if self.failpoint:
                if common.until(lambda: server.process.poll() is not None, 120, 0.05) is None:
                    return [f"the server does not pass {self.failpoint}"], None, 0, told
            elif self.after is not None:
                time.sleep(self.after)
                server.kill()
            else:
                done = ended(client, job)
                told["seconds"] = time.monotonic() - began
                wrong, last = problems(client, self.before, done, expected)
                return wrong, last, told["seconds"], told
        dead = place.check()
        if dead:
            wrong.append(f"db check after the kill: {dead}")
        began = time.monotonic()
        with common.Server(place) as server:
            client = common.Client(server.port, place.token)
            # All or nothing, before anybody takes the job up again.
            found = client.must("GET", f"/jobs/{job}")
            version = client.must("GET", f"/models/{MODEL}")["version"]
            told["killed_at"] = found["step"] if found["state"] != "done" else "done"
            if found["state"] == "done" and version != self.before["versions"]:
                wrong.append("the job is done without a version")
            if found["state"] == "running" and version != self.before["versions"] - 1:
                wrong.append("there is a version before the job is done")
            done = ended(client, job)
            more, last = problems(client, self.before, done, expected)
            client.close()
            told["attempts"] = done and done["attempt"]
            server.kill(common.signal.SIGTERM)
        check = place.check()
        if check:
            more.append(f"db check: {check}")
        return wrong + more, last, time.monotonic() - began, told


def killed(args):
    origin, before = template(args)
    expected = expectations()
    bad = 0
    try:
        wrong, plain, seconds, _ = Case(args, origin, before, "not killed").run(expected)
        print(f"not killed: {seconds:.1f} s, {'; '.join(wrong) or 'right'}", flush=True)
        bad += bool(wrong)
        chance = random.Random(args.seed)
        cases = [Case(args, origin, before, place, failpoint=place) for place in places()] if not args.no_places else []
        for _ in range(args.random):
            after = chance.uniform(0, 1.1 * seconds)
            cases.append(Case(args, origin, before, f"after {after:.2f} s", after=after))
        with concurrent.futures.ThreadPoolExecutor(args.parallel) as pool:
            runs = [(case, pool.submit(case.run, expected)) for case in cases]
            for case, run in runs:
                wrong, last, seconds, told = run.result()
                if last and plain and last["artefact"] != plain["artefact"]:
                    wrong.append("another model than without a kill")
                bad += bool(wrong)
                print(f"{case.name}: {'; '.join(wrong) or 'right'} "
                      f"({seconds:.1f} s after the start, {json.dumps(told)})", flush=True)
        print(f"{'PostgreSQL' if args.database else 'SQLite'}: {len(cases) + 1} retrainings, {bad} wrong")
    finally:
        origin.remove()
    return bad


def two_servers(args):
    place, before = template(args)
    bad, statuses = 0, collections.Counter()
    try:
        with common.Server(place) as one, common.Server(place) as two:
            client = common.Client(one.port, place.token)
            for n in range(args.cycles):
                if n:
                    wish = {"model_id": MODEL, "pool": "esol", "batch_size": 50, "add": True, "strategy": "random"}
                    client.must("POST", "/active-learning/select", wish)
                    label_all(client)
                    before = state(client)
                path = f"/active-learning/cycles/{before['cycle']}/retrain"
                answers, barrier = [], threading.Barrier(args.requests)

                def ask(port):
                    asker = common.Client(port, place.token)
                    asker.ask("GET", "/users/me")
                    barrier.wait()
                    answers.append(asker.ask("POST", path, {"min_new_labels": 10}))
                    asker.close()

                threads = [threading.Thread(target=ask, args=((one, two)[k % 2].port,)) for k in range(args.requests)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                statuses.update(status for status, _ in answers)
                jobs = {answer["id"] for status, answer in answers if status < 300}
                wrong = []
                if len(answers) != args.requests:
                    wrong.append(f"{len(answers)} answers")
                if sum(status == 202 for status, _ in answers) != 1:
                    wrong.append("not one answer says that the job is new")
                if len(jobs) != 1:
                    wrong.append(f"{len(jobs)} jobs were answered")
                others = [answer for status, answer in answers if status not in (200, 202)]
                if others:
                    wrong.append(f"refused: {others[0]}")
                done = ended(client, next(iter(jobs))) if jobs else None
                more, _ = problems(client, before, done, expectations())
                wrong += more
                if done and (done["attempt"], done["fence"]) != (1, 1):
                    wrong.append(f"{done['attempt']} attempts, fence {done['fence']}")
                bad += bool(wrong)
                print(f"cycle {n + 1}: {'; '.join(wrong) or 'right'}", flush=True)
            client.close()
        check = place.check()
        if check:
            bad += 1
            print(f"db check: {check}")
        print(f"two servers: {args.cycles} cycles, {args.requests} requests each, "
              f"answers {dict(statuses)}, {bad} wrong")
    finally:
        place.remove()
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    common.options(parser)
    parser.add_argument("--random", type=int, default=5, metavar="R", help="kills at random moments")
    parser.add_argument("--no-places", action="store_true", help="random moments only")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments")
    parser.add_argument("--parallel", type=int, default=3, help="cases at the same time")
    parser.add_argument("--two-servers", action="store_true", help="two servers on one PostgreSQL")
    parser.add_argument("--cycles", type=int, default=5)
    parser.add_argument("--requests", type=int, default=20)
    args = parser.parse_args()
    if args.two_servers and not args.database:
        parser.error("--two-servers needs --database")
    raise SystemExit(1 if (two_servers if args.two_servers else killed)(args) else 0)


if __name__ == "__main__":
    main()
