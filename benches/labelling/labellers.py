"""Many labellers at once: is an item ever held by two, is a label ever lost, how long does it take?

Starts a server, loads --items rows, makes a model that has not learned, selects all
rows at random, and lets --labellers users claim (POST queue/next) and label
(with an Idempotency-Key) until nothing is left. With --kills the server is
killed (SIGKILL) so often meanwhile and started again; requests that a kill
breaks are sent again with the same key. Counted are

  twice    items given to somebody while another's lease ran, or labelled twice
  lost     acknowledged labels that the queue or the export does not have
  errors   answers with status 400 or above, and connections broken without a kill

and the 50th and 95th percentile of both requests in ms, measured by the client (one
process of threads, which shares the cores with the server). Exits with 1 if anything
was held twice, lost, an error, or left over.

    python3 benches/labelling/labellers.py --altool target/release/altool
    python3 benches/labelling/labellers.py --database postgres://postgres@127.0.0.1/postgres --kills 5
"""

import argparse
import collections
import csv
import http.client
import io
import json
import sys
import threading
import time
import uuid

import common

MODEL = "bench"


def label_of(n):
    """What row n is labelled with, so that a label in the wrong place is seen."""
    return n * 0.125 + 1


class Bench:
    def __init__(self, args, place):
        self.args, self.place, self.lock = args, place, threading.Lock()
        self.server = common.Server(place, *args.serve)
        self.kills, self.ready = 0, threading.Event()
        self.ready.set()
        self.held, self.acknowledged = {}, {}
        self.times = collections.defaultdict(list)
        self.errors, self.twice, self.retried = [], [], 0
        self.end = time.monotonic() + args.limit

    def fill(self):
        admin = common.Client(self.server.port, self.place.token)
        rows = [{"name": f"row{n}", "properties": {"x": n, "z": n % 7}} for n in range(self.args.items)]
        for n in range(0, len(rows), 1000):
            admin.must("POST", "/items", {"dataset": MODEL, "items": rows[n : n + 1000]})
        admin.must("POST", "/models", {"name": MODEL, "settings": {"target": "y", "task": "regression"}})
        wish = {"model_id": MODEL, "pool": MODEL, "strategy": "random", "add": True}
        left = self.args.items
        while left > 0:
            made = admin.must("POST", "/active-learning/select", {**wish, "batch_size": min(left, 10000)})
            left -= len(made["items"])
        tokens = []
        for n in range(self.args.labellers):
            user = admin.must("POST", "/users", {"name": f"labeller{n}", "role": "annotator"})
            tokens.append(admin.must("POST", f"/users/{user['id']}/tokens", {})["secret"])
        return tokens

    def insist(self, client, kind, path, body, **headers):
        """Asks until there is an answer; a connection that a kill broke is tried again."""
        while True:
            # A connection that was opened before a kill breaks at its next request.
            kills = self.kills if client.connection is None else client.kills
            client.kills = kills
            self.ready.wait()
            began = time.monotonic()
            try:
                status, answer = client.ask("POST", path, body, **headers)
                ended = time.monotonic()
            except (OSError, http.client.HTTPException) as error:
                time.sleep(0.05)
                with self.lock:
                    if kills == self.kills:
                        self.errors.append(f"{path}: {error!r}")
                    self.retried += 1
                if time.monotonic() > self.end:
                    return None, None, began, began
                continue
            with self.lock:
                self.times[kind].append(ended - began)
                if status >= 400:
                    self.errors.append(f"{path}: {status} {answer}")
            return status, answer, began, ended

    def label(self, token):
        client = common.Client(self.server.port, token)
        lease = self.args.lease
        while time.monotonic() < self.end:
            wish = {"model_id": MODEL, "lease_seconds": lease}
            status, answer, began, ended = self.insist(client, "next", "/active-learning/queue/next", wish)
            if status == 204:
                # Claims whose answers a kill cut off come back when their lease ends.
                with self.lock:
                    if not self.args.kills or len(self.acknowledged) >= self.args.items:
                        break
                time.sleep(0.5)
                continue
            if status != 200:
                continue
            item, held = answer["item"], answer["claim_token"]
            n = int(item["item_name"][3:])
            with self.lock:
                other = self.held.get(item["id"])
                if item["id"] in self.acknowledged or (other and ended < other):
                    self.twice.append(item["id"])
                self.held[item["id"]] = began + lease
            if self.args.think:
                time.sleep(self.args.think)
            status, answer, began, ended = self.insist(
                client, "label", f"/active-learning/queue/{item['id']}/label",
                {"label": label_of(n), "claim_token": held}, Idempotency_Key=str(uuid.uuid4()),
            )
            if status != 200:
                continue
            with self.lock:
                if item["id"] in self.acknowledged:
                    self.twice.append(item["id"])
                self.acknowledged[item["id"]] = (item["item_id"], n)
                self.held.pop(item["id"], None)
        client.close()

    def kill(self):
        """Kills the server whenever another part of the items is labelled."""
        for n in range(self.args.kills):
            goal = self.args.items * (n + 1) // (self.args.kills + 1)
            while len(self.acknowledged) < goal:
                if time.monotonic() > self.end:
                    return
                time.sleep(0.01)
            with self.lock:
                self.ready.clear()
                self.kills += 1
            port = self.server.port
            self.server.kill()
            self.server = common.Server(self.place, *self.args.serve, port=port)
            self.ready.set()

    def lost(self):
        """Acknowledged labels that are not where they should be."""
        admin = common.Client(self.server.port, self.place.token)
        path = f"/active-learning/queue?status=labeled&limit=1000&model_id={MODEL}"
        queue = {row["id"]: row for row in admin.all(path)}
        table = admin.must("GET", f"/active-learning/labels?model_id={MODEL}&format=csv").decode()
        export = {row["item_id"]: row for row in csv.DictReader(io.StringIO(table))}
        lost = []
        for id, (item, n) in self.acknowledged.items():
            value = label_of(n)
            if id not in queue or queue[id]["label"] != value:
                lost.append(f"{id} in the queue")
            if item not in export or float(export[item]["y"]) != value:
                lost.append(f"{item} in the export")
        more = len(queue) - len(self.acknowledged)
        return lost, max(0, more)


def at(times, share):
    ordered = sorted(times)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    common.options(parser)
    parser.add_argument("--labellers", type=int, default=50)
    parser.add_argument("--items", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=0, help="how often the server is killed meanwhile")
    parser.add_argument("--lease", type=int, default=30, help="seconds that a claim lasts")
    parser.add_argument("--think", type=float, default=0, help="seconds between claim and label")
    parser.add_argument("--limit", type=float, default=600, help="seconds after which it is given up")
    parser.add_argument("--serve", nargs="*", default=[], help="more options of the server")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    place = common.Place(args, "labellers")
    bench = None
    try:
        bench = Bench(args, place)
        tokens = bench.fill()
        bench.end = time.monotonic() + args.limit
        began = time.monotonic()
        threads = [threading.Thread(target=bench.label, args=(token,)) for token in tokens]
        threads.append(threading.Thread(target=bench.kill))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        lost, unacknowledged = bench.lost()
        bench.server.kill(common.signal.SIGTERM)
        problems = place.check()
    finally:
        if bench:
            bench.server.__exit__()
        place.remove()
    figures = {
        "database": "PostgreSQL" if args.database else "SQLite",
        "labellers": args.labellers, "items": args.items, "labelled": len(bench.acknowledged),
        "seconds": round(seconds, 2), "per_second": round(len(bench.acknowledged) / seconds, 1),
        "kills": bench.kills, "retried": bench.retried, "twice": len(bench.twice), "lost": len(lost),
        "labelled_unacknowledged": unacknowledged, "errors": len(bench.errors), "db_check": problems,
        **{f"{kind}_{name}_ms": round(at(bench.times[kind], share), 1)
           for kind in ("next", "label") for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))},
        "examples": (bench.errors[:5] + bench.twice[:5] + lost[:5]),
    }
    if args.json:
        print(json.dumps(figures, indent=1))
    else:
        shown = [f"{name} {value}" for name, value in figures.items() if name != "examples"]
        print(", ".join(shown))
        for example in figures["examples"]:
            print(f"  {example}", file=sys.stderr)
    bad = figures["twice"] or lost or bench.errors or problems or len(bench.acknowledged) < args.items
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
