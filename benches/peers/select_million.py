"""The whole `altool select` command against the picking alone in numpy.

1000 rows of 1 000 000 candidates × 10 numeric columns (made up: eight clusters
of correlated columns, a nonlinear target), with 2000 rows measured and 10
members. altool: `altool select candidates.parquet --model m.altool -n 1000 -o
out.csv`, from reading the Parquet to the batch with its reasons: predicting,
scoring, choosing, writing. numpy: LCMD (Holzmüller et al. 2023) over member
predictions that are there already: float32, centred, of LightGBM members on the
same rows. Its nearest measured rows come from matrix products, block by block;
then per pick one product for the distances to the last pick, and cluster sums by
bincount: O(n · m) each. Reading the predictions and imports do not count. With
--plain also once in the form one writes first, as the reference protocol has it:
doubles, and distances by the difference of all rows to each measured row and
each pick in turn.

The two sides have members of their own, so their batches differ; the work per
pick is the same. Altool's model is trained before the clock starts.
"""

import json
import os
import pathlib
import sys
import tempfile
import time

COLUMNS = 10


def main():
    import common

    p = common.parser(__doc__)
    p.add_argument("--rows", type=int, default=1_000_000, help="default: 1000000")
    p.add_argument("--measured", type=int, default=2000, help="default: 2000")
    p.add_argument("-n", "--batch", type=int, default=1000, help="default: 1000")
    p.add_argument("--repeats", type=int, default=3, help="of each side, the fastest counts (default: 3)")
    p.add_argument("--plain", action="store_true", help="the plain form, too (minutes)")
    p.add_argument("--strategy", default="lcmd", help="of altool (default: %(default)s)")
    args = common.parse(p)
    # The libraries read these when they start.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(args.threads)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        prepare(folder, args)
        numpy_runs, altool_runs = [], []
        for _ in range(args.repeats):
            numpy_runs.append(numpy_run(folder, args))
            print(json.dumps(numpy_runs[-1]), flush=True)
            altool_runs.append(altool_run(folder, args))
            print(json.dumps(altool_runs[-1]), flush=True)
        plain = numpy_run(folder, args, "--plain") if args.plain else None
    print()
    print(table(numpy_runs, altool_runs, plain))
    if args.json:
        common.write_json(args.json, {"numpy": numpy_runs, "altool": altool_runs})


def rows(count, seed):
    """Features (count × 10) and target."""
    import numpy as np

    shape = np.random.default_rng(0)
    centres = shape.normal(scale=2.0, size=(8, COLUMNS))
    mixing = shape.normal(size=(COLUMNS, COLUMNS)) / np.sqrt(COLUMNS)
    rng = np.random.default_rng([seed])
    x = rng.normal(size=(count, COLUMNS)) @ mixing + centres[rng.integers(0, 8, count)]
    y = (
        5.0 * np.sin(x[:, 0] * x[:, 1])
        + 3.0 * np.abs(x[:, 2]) * (x[:, 3] > 0)
        + x[:, 4] * x[:, 5]
        + 2.0 * np.tanh(x[:, 6])
        + np.log1p(np.abs(x[:, 7]))
        + rng.normal(scale=0.5, size=count)
    )
    return x, y


def prepare(folder, args):
    """The tables, altool's model, and LightGBM's centred predictions."""
    import numpy as np

    import common
    import synthetic

    x, y = rows(args.measured, seed=1)
    candidates, _ = rows(args.rows, seed=2)
    synthetic.write(folder / "measured.parquet", x, y)
    synthetic.write(folder / "candidates.parquet", candidates)
    common.run(
        [args.altool, "train", folder / "measured.parquet", "--target", "y", "--learner", "boosted", "--holdout", 0]
        + ["--members", common.MEMBERS, "--threads", args.threads]
        + args.altool_args
        + ["-o", folder / "m.altool"]
    )
    spec = common.TableSpec("synthetic", "", "y", numeric=())
    boosters = common.bagged_members(spec, x, y, seed=0, threads=args.threads)
    for name, of in [("anchors", x), ("pool", candidates)]:
        draws = np.column_stack([b.predict(of, num_threads=args.threads) for b in boosters])
        draws -= draws.mean(axis=1, keepdims=True)
        np.save(folder / f"{name}.npy", draws.astype(np.float32))


def numpy_run(folder, args, form="--peer"):
    import common

    done = common.run([sys.executable, __file__, form, folder, args.batch])
    run = json.loads(done.stdout)
    return dict(run, peak_mib=done.peak_mib)


def numpy_main(folder, batch):
    """What the Python process does; prints its seconds."""
    import numpy as np

    folder, batch = pathlib.Path(folder), int(batch)
    pool, anchors = np.load(folder / "pool.npy"), np.load(folder / "anchors.npy")
    start = time.perf_counter()
    squares = np.einsum("ij,ij->i", pool, pool)
    anchor_squares = np.einsum("ij,ij->i", anchors, anchors)
    distance = np.empty(len(pool), np.float32)
    nearest = np.empty(len(pool), np.int64)
    for first in range(0, len(pool), 10_000):
        block = slice(first, first + 10_000)
        to = anchor_squares - 2.0 * (pool[block] @ anchors.T)
        nearest[block] = to.argmin(axis=1)
        least = np.take_along_axis(to, nearest[block][:, None], axis=1)[:, 0]
        distance[block] = np.maximum(least + squares[block], 0.0)
    measured = time.perf_counter()
    clusters = len(anchors)
    picks = []
    for _ in range(batch):
        sums = np.bincount(nearest, weights=distance, minlength=clusters)
        inside = np.flatnonzero(nearest == sums.argmax())
        pick = inside[distance[inside].argmax()]
        picks.append(pick)
        to = np.maximum(squares - 2.0 * (pool @ pool[pick]) + squares[pick], 0.0)
        nearer = to < distance
        distance[nearer] = to[nearer]
        nearest[nearer] = clusters
        # Rounding must not let a pick be picked again.
        distance[pick], nearest[pick] = 0.0, clusters
        clusters += 1
    end = time.perf_counter()
    if len(set(picks)) != batch:
        raise SystemExit("a row was picked twice")
    print(json.dumps({"nearest_s": measured - start, "picks_s": end - measured, "whole_s": end - start}))


def plain_main(folder, batch):
    """As numpy_main, written plainly."""
    import numpy as np

    folder, batch = pathlib.Path(folder), int(batch)
    pool = np.load(folder / "pool.npy").astype(float)
    anchors = np.load(folder / "anchors.npy").astype(float)
    start = time.perf_counter()
    distance = np.full(len(pool), np.inf)
    nearest = np.zeros(len(pool), int)
    clusters = 0

    def add(centre):
        nonlocal clusters
        to = ((pool - centre) ** 2).sum(1)
        nearer = to < distance
        distance[nearer] = to[nearer]
        nearest[nearer] = clusters
        clusters += 1

    for anchor in anchors:
        add(anchor)
    measured = time.perf_counter()
    for _ in range(batch):
        sums = np.bincount(nearest, weights=distance, minlength=clusters)
        inside = np.where(nearest == sums.argmax())[0]
        pick = inside[distance[inside].argmax()]
        add(pool[pick])
    end = time.perf_counter()
    print(json.dumps({"nearest_s": measured - start, "picks_s": end - measured, "whole_s": end - start}))


def altool_run(folder, args):
    import common

    done = common.run(
        [args.altool, "select", folder / "candidates.parquet", "--model", folder / "m.altool"]
        + ["--strategy", args.strategy, "-n", args.batch, "--threads", args.threads]
        + ["-v", "--log-format", "json", "-o", folder / "out.csv"]
    )
    lines = (folder / "out.csv").read_text().count("\n")
    if lines != args.batch + 1:
        raise SystemExit(f"out.csv has {lines} lines instead of {args.batch + 1}")
    return {
        "whole_s": done.seconds,
        "peak_mib": done.peak_mib,
        "stages_s": common.stage_seconds(done.stderr),
    }


def table(numpy_runs, altool_runs, plain):
    import common

    theirs = min(numpy_runs, key=lambda r: r["whole_s"])
    ours = min(altool_runs, key=lambda r: r["whole_s"])
    lines = [
        ["numpy, picking alone", theirs],
        ["altool, the whole command", ours],
    ]
    text = common.markdown(
        ["", "s", "peak MiB"],
        [[name, f"{run['whole_s']:.2f}", f"{run['peak_mib']:.0f}"] for name, run in lines],
    )
    text += f"\n\nnumpy / altool: {theirs['whole_s'] / ours['whole_s']:.2f}"
    if plain:
        text += f"\n\nnumpy written plainly: {plain['whole_s']:.1f} s, of which picks {plain['picks_s']:.1f} s"
        text += f"; / altool: {plain['whole_s'] / ours['whole_s']:.1f}, picks alone {plain['picks_s'] / ours['whole_s']:.1f}"
    parts = [
        ["nearest measured rows, numpy", f"{theirs['nearest_s']:.2f}"],
        ["picks, numpy", f"{theirs['picks_s']:.2f}"],
    ]
    parts += [[f"{name}, altool", f"{s:.2f}"] for name, s in ours["stages_s"].items()]
    return text + "\n\n" + common.markdown(["stage", "s"], parts)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        numpy_main(*sys.argv[2:])
    elif sys.argv[1:2] == ["--plain"] and len(sys.argv) == 4:
        plain_main(*sys.argv[2:])
    else:
        main()
