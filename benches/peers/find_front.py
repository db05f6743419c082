"""The best trade-offs of two targets in a measured table, found by altool.

16 random rows that work are measured first, the same for all, then batches of 8 up to
136 rows. Measuring is a look into the table. The tables are the kernels of one GPU each
(least time and least compile time; failed configurations included) and the LLM serving
table (largest throughput, least latency per token), rows distinct in their features.

- `both`: a model of each target is trained, and `select --goal best` has both; with
  `--way NAME:OPTIONS`, once per name with these options of `select`;
- `first`, `second`: the model of one target alone chooses;
- `random`: rows in random order;
- `teach`: both models, without `--goal best`: rows that teach both; `teach-first`,
  `teach-second`: the same with one of the models.

Shown is the hypervolume of the measured rows on the logarithms of the targets, above the
medians of the table, in % of that of the whole table, after 24, 48, 96 and 136 rows; and how many times what is missing is as much as
with the first way, averaged over all batches, with 95 % intervals over seeds (geometric means, paired).
With `--error`, also the error of both models on all rows not measured, as root mean squares on
the logarithms, at the end.
"""

import concurrent.futures
import itertools
import os
import pathlib
import tempfile

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import pandas as pd

import common
from find_best import BATCH, GPUS, INITIAL, LAST, Cache

SHOWN = [24, 48, 96, 136]
WAYS = "first,second,random"
RESAMPLES = 10_000


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--tables", default="A100,W6600,llm", help=f"of {','.join(GPUS)},llm")
    p.add_argument("--seeds", type=int, default=10, help="default: 10")
    p.add_argument("--ways", default=WAYS, help="beside both (default: %(default)s)")
    p.add_argument("--way", action="append", metavar="NAME:OPTIONS", default=[])
    p.add_argument("--error", action="store_true", help="score all rows at the end")
    p.add_argument("--cache", metavar="FILE", help="what was found, read and written")
    args = common.parse(p)
    own = dict(text.split(":", 1) for text in args.way or ["both:"] if text)
    ways = [*own, *filter(None, args.ways.split(","))]
    tables = args.tables.split(",")
    cache = Cache(args.cache)
    asked = list(itertools.product(range(args.seeds), tables, ways))
    missing = [(table, seed, way) for seed, table, way in asked if not cache.has(table, seed, way)]
    with concurrent.futures.ProcessPoolExecutor(args.threads) as workers:
        running = {
            workers.submit(one, table, seed, way, own.get(way, ""), args): (table, seed, way)
            for table, seed, way in missing
        }
        for done in concurrent.futures.as_completed(running):
            cache.put(*running[done], done.result())
    print(report(cache, tables, ways, ways[0], args))


class World:
    """A measured table with two targets."""

    def __init__(self, name, data):
        spec = common.TABLES["llm" if name == "llm" else "convolution"]
        frame = pd.read_csv(pathlib.Path(data) / spec.file)
        self.features = [c for c in spec.features if c != "gpu"]
        self.status = spec.status
        if name == "llm":
            frame["latency_per_token_s"] = frame["latency_s"] / frame["in_out_len"]
            self.targets = [("throughput_tok_s", "max"), ("latency_per_token_s", "min")]
        else:
            frame = frame[frame["gpu"] == name]
            self.targets = [("time_ms", "min"), ("compile_time_ms", "min")]
        self.frame = frame.drop_duplicates(self.features).reset_index(drop=True)
        works = np.ones(len(self.frame), dtype=bool)
        if self.status:
            works = (self.frame[self.status[0]] == self.status[1]).to_numpy()
        # Larger is better; not a number where measuring fails.
        self.values = np.column_stack(
            [
                np.where(works, np.log(self.frame[c].astype(float)), np.nan)
                * (1.0 if way == "max" else -1.0)
                for c, way in self.targets
            ]
        )
        self.reference = np.nanmedian(self.values, axis=0)
        self.whole = volume(self.values, self.reference)

    def first(self, seed):
        order = np.random.default_rng([seed, 16]).permutation(len(self.values))
        works = np.cumsum(~np.isnan(self.values[order, 0]))
        return [int(row) for row in order[: int(np.searchsorted(works, INITIAL)) + 1]]

    def share(self, known):
        return volume(self.values[known], self.reference) / self.whole


def best(values):
    """The rows that no other beats, by the first target."""
    order = np.lexsort([-values[:, 1], -values[:, 0]])
    found, top = [], -np.inf
    for row in order:
        if values[row, 1] > top:
            found.append(row)
            top = values[row, 1]
    return found


def volume(values, reference):
    """The area that the rows dominate above the reference."""
    area, floor = 0.0, reference[1]
    for row in best(values):
        a, b = values[row]
        if a > reference[0] and b > floor:
            area += (a - reference[0]) * (b - floor)
            floor = b
    return area


def one(table, seed, way, options, args):
    """The rows in the order measured, how many there were before each batch, and at the end
    the errors."""
    world = World(table, args.data)
    known = world.first(seed)
    order = np.random.default_rng([seed, 17]).permutation(len(world.values))
    sizes, errors = [], []
    with tempfile.TemporaryDirectory() as folder:
        altool = Altool(world, seed, pathlib.Path(folder), args)
        while True:
            sizes.append(len(known))
            if len(known) >= LAST:
                break
            n = min(BATCH, LAST - len(known))
            if way == "random":
                taken = set(known)
                known += [int(row) for row in order if int(row) not in taken][:n]
            else:
                known += altool.choose(known, n, way, options)
        if args.error:
            errors = altool.errors(known)
    return {"known": known, "sizes": sizes, "errors": errors}


class Altool:
    def __init__(self, world, seed, folder, args):
        self.world, self.seed, self.folder, self.altool = world, seed, folder, args.altool
        self.shown = world.frame[world.features].assign(row=world.frame.index)
        self.shown.to_csv(folder / "candidates.csv", index=False)
        columns = [c for c, _ in world.targets] + ([world.status[0]] if world.status else [])
        self.measured = self.shown.join(world.frame[columns])

    def train(self, known, targets):
        world, folder = self.world, self.folder
        self.measured.iloc[known].to_csv(folder / "measured.csv", index=False)
        status = ["--status", world.status[0]] if world.status else []
        for at in targets:
            target, direction = world.targets[at]
            other = world.targets[1 - at][0]
            common.run(
                [self.altool, "-q", "train", folder / "measured.csv", "--id", "row"]
                + ["--target", target, "--ignore", other, "--log-target"]
                + ["--direction", direction, *status]
                + ["--seed", 1000 * self.seed + len(known), "--threads", 1]
                + ["-o", folder / f"{at}.altool"]
            )

    def choose(self, known, n, way, options):
        targets = {"first": [0], "second": [1]}.get(way.removeprefix("teach-"), [0, 1])
        self.train(known, targets)
        models = [word for at in targets for word in ("--model", self.folder / f"{at}.altool")]
        goal = [] if way.startswith("teach") else ["--goal", "best"]
        common.run(
            [self.altool, "-q", "select", self.folder / "candidates.csv", *models, "-n", n, *goal]
            + ["--threads", 1, *options.split(), "-o", self.folder / "batch.csv"]
        )
        rows = [int(row) for row in pd.read_csv(self.folder / "batch.csv")["row"]]
        assert len(rows) == n and not set(rows) & set(known)
        return rows

    def errors(self, known):
        self.train(known, [0, 1])
        found = []
        for at, (target, _) in enumerate(self.world.targets):
            scored = self.folder / "scored.csv"
            common.run(
                [self.altool, "-q", "score", self.folder / "candidates.csv"]
                + ["--model", self.folder / f"{at}.altool", "--gain", "none", "-o", scored]
            )
            said = np.log(pd.read_csv(scored)["prediction"].to_numpy())
            true = np.log(self.world.frame[target].to_numpy(dtype=float))
            rest = ~np.isnan(self.world.values[:, 0])
            rest[known] = False
            found.append(float(np.sqrt(np.mean((said - true)[rest] ** 2))))
        return found


def report(cache, tables, ways, own, args):
    rng = np.random.default_rng(0)
    lines, all_ratios = [], {way: [] for way in ways}
    for table in tables:
        world = World(table, args.data)
        runs = {w: [curve(world, cache.get(table, s, w)) for s in range(args.seeds)] for w in ways}
        for way in ways:
            shares = np.array([[share for _, share in run["curve"]] for run in runs[way]])
            at = [
                [share for n, share in run["curve"] if n >= rows][0]
                for rows in SHOWN
                for run in runs[way]
            ]
            means = np.array(at).reshape(len(SHOWN), -1).mean(axis=1)
            missing = np.log(np.maximum(1.0 - shares, 1e-4)).mean(axis=1)
            base = [[share for _, share in run["curve"]] for run in runs[own]]
            base = np.log(np.maximum(1.0 - np.array(base), 1e-4)).mean(axis=1)
            ratio = missing - base
            all_ratios[way].append(ratio)
            errors = [run["errors"] for run in runs[way]]
            shown = ["-", "-"]
            if errors[0]:
                shown = [f"{value:.3f}" for value in np.mean(errors, axis=0)]
            lines.append(
                [table, way, *(f"{100 * m:.1f} %" for m in means), interval(ratio, rng), *shown]
            )
    for way in ways:
        ratio = np.mean(all_ratios[way], axis=0)
        lines.append(["all", way, "", "", "", "", interval(ratio, rng), "", ""])
    header = ["table", "way", *(f"{rows} rows" for rows in SHOWN)]
    return common.markdown([*header, f"missing / {own}'s", "error 1", "error 2"], lines)


def curve(world, run):
    """The share of the volume before each batch, and at the end."""
    found = [[n, world.share(run["known"][:n])] for n in run["sizes"]]
    return {"curve": found, "errors": run["errors"]}


def interval(logs, rng):
    means = rng.choice(logs, (RESAMPLES, len(logs))).mean(axis=1)
    low, high = np.exp(np.percentile(means, [2.5, 97.5]))
    return f"{np.exp(np.mean(logs)):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
