"""The whole `altool score` command against a Python script doing the same.

1 000 000 candidates × 20 numeric columns (made up, see synthetic.py), Parquet
in and out. Both sides have models trained before the clock starts, on the same
10 000 rows: 10 members × 100 trees (depth 6) and a pair of quantile models.
The timed work: read; 10 member predictions, their mean and variance; the
calibrated interval between two quantile models; mean distance to the 5 nearest
of the 10 000 training rows; combined uncertainty (parts scaled by their
1–99 % range over a sample of 100 000, clipped, averaged); write all input
columns and the seven new ones.

The Python side is LightGBM, scikit-learn's NearestNeighbors, numpy and pyarrow
in a process of its own, imports included. The neighbours are searched in two
ways, and the faster run counts:

  float32   brute force on float32
  default   scikit-learn's own choice, float64

altool: `altool train … --holdout 0` before, then
`altool score candidates.parquet --model m.altool --gain none -o scored.parquet`:
without the columns of what a row would teach, which the Python side has not.
With --default the model is that of `altool train` without options, and the Python
members have as many trees as its members have grown.
"""

import json
import os
import pathlib
import resource
import sys
import tempfile
import time

NEIGHBORS = 5
SEARCHES = ["float32", "default"]
QUANTILES = [0.1, 0.9]


def main():
    import common
    import synthetic

    p = common.parser(__doc__)
    p.add_argument("--rows", type=int, default=1_000_000, help="default: 1000000")
    p.add_argument("--train-rows", type=int, default=10_000, help="default: 10000")
    p.add_argument("--repeats", type=int, default=1, help="of each side, the fastest counts (default: 1)")
    p.add_argument("--default", action="store_true", help="altool's default model, and as many trees in Python")
    p.add_argument("--python-only", action="store_true", help="do not run altool")
    args = common.parse(p)
    # The libraries read these when they start.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"):
        os.environ[name] = str(args.threads)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        x, y = synthetic.table(args.train_rows, seed=1)
        synthetic.write(folder / "train.parquet", x, y)
        synthetic.write(folder / "candidates.parquet", synthetic.table(args.rows, seed=2)[0])
        trees = common.TREES
        if args.default:
            common.run(
                [args.altool, "train", folder / "train.parquet", "--target", "y", "--threads", args.threads]
                + args.altool_args
                + ["-o", folder / "m.altool"]
            )
            told = common.run([args.altool, "inspect", folder / "m.altool", "--format", "json"])
            trees = json.loads(told.stdout)["summary"]["trees"]
            print(f"{trees} trees per member", flush=True)
        train_peer(folder, x, y, args.threads, trees)
        if not args.python_only and not args.default:
            common.run(
                [args.altool, "train", folder / "train.parquet", "--target", "y", "--learner", "boosted"]
                + ["--holdout", 0, "--members", common.MEMBERS, "--trees", common.TREES]
                + ["--depth", common.LIGHTGBM["max_depth"]]
                + ["--learning-rate", common.LIGHTGBM["learning_rate"]]
                + ["--quantiles", ",".join(map(str, QUANTILES)), "--threads", args.threads]
                + args.altool_args
                + ["-o", folder / "m.altool"]
            )
        del x, y
        peer_runs, altool_runs = [], []
        for _ in range(args.repeats):
            for search in SEARCHES:
                peer_runs.append(peer(folder, search, args.threads))
                print(json.dumps(peer_runs[-1]), flush=True)
            if not args.python_only:
                altool_runs.append(altool(folder, args))
                print(json.dumps(altool_runs[-1]), flush=True)
        if altool_runs:
            print(compare(folder))

    print()
    print(table(peer_runs, altool_runs))
    if args.json:
        common.write_json(args.json, {"python": peer_runs, "altool": altool_runs})


def train_peer(folder, x, y, threads, trees):
    """The models the timed script loads, and how far its interval is widened."""
    import lightgbm as lgb
    import numpy as np

    import common

    spec = common.TableSpec("synthetic", "", "y", numeric=())
    boosters = common.bagged_members(spec, x, y, seed=0, threads=threads, trees=trees)
    for member, booster in enumerate(boosters):
        booster.save_model(folder / f"member{member}.txt")
    calibration = np.arange(len(y)) % 5 == 0
    low_high = []
    for i, level in enumerate(QUANTILES):
        params = dict(common.LIGHTGBM, objective="quantile", alpha=level, num_threads=threads)
        data = lgb.Dataset(x[~calibration], label=y[~calibration])
        booster = lgb.train(params, data, num_boost_round=trees)
        booster.save_model(folder / f"quantile{i}.txt")
        low_high.append(booster.predict(x[calibration]))
    scores = np.maximum(low_high[0] - y[calibration], y[calibration] - low_high[1])
    n, level = len(scores), QUANTILES[1] - QUANTILES[0]
    rank = min(n, int(np.ceil(level * (n + 1))))
    (folder / "widening.json").write_text(json.dumps(float(np.sort(scores)[rank - 1])))


def peer(folder, search, threads):
    import common

    done = common.run([sys.executable, __file__, "--peer", folder, search, threads])
    run = json.loads(done.stdout)
    run["start_and_imports_s"] = done.seconds - run.pop("inside_s")
    return {"search": search, "whole_s": done.seconds, "peak_mib": done.peak_mib, "stages_s": run}


def peer_main(folder, search, threads):
    """What the timed Python process does."""
    import lightgbm as lgb
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from sklearn.neighbors import NearestNeighbors

    folder, threads = pathlib.Path(folder), int(threads)
    pa.set_cpu_count(threads)
    stages, start = {}, time.perf_counter()
    last = start

    def stage(name):
        nonlocal last
        now = time.perf_counter()
        stages[f"{name}_s"] = now - last
        last = now

    candidates = pq.read_table(folder / "candidates.parquet")
    x = np.column_stack([column.to_numpy() for column in candidates.columns])
    stage("read")

    draws = np.empty((10, len(x)))
    for member in range(len(draws)):
        booster = lgb.Booster(model_file=folder / f"member{member}.txt")
        draws[member] = booster.predict(x, num_threads=threads)
    prediction, variance = draws.mean(axis=0), draws.var(axis=0)
    del draws
    stage("members")

    bounds = [
        lgb.Booster(model_file=folder / f"quantile{i}.txt").predict(x, num_threads=threads)
        for i in range(2)
    ]
    widening = json.loads((folder / "widening.json").read_text())
    low = np.minimum(*bounds) - widening
    high = np.maximum(*bounds) + widening
    width = high - low
    stage("quantiles")

    train = pq.read_table(folder / "train.parquet").drop_columns(["y"])
    x_train = np.column_stack([column.to_numpy() for column in train.columns])
    mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
    kind = np.float32 if search == "float32" else np.float64
    index = NearestNeighbors(
        n_neighbors=NEIGHBORS,
        algorithm="brute" if search == "float32" else "auto",
        n_jobs=threads,
    ).fit(((x_train - mean) / deviation).astype(kind))
    distance = np.empty(len(x))
    for first in range(0, len(x), 100_000):
        rows = slice(first, first + 100_000)
        query = ((x[rows] - mean) / deviation).astype(kind)
        distance[rows] = index.kneighbors(query)[0].mean(axis=1)
    stage("distance")

    sample = np.random.default_rng(0).choice(len(x), min(len(x), 100_000), replace=False)
    uncertainty = np.zeros(len(x))
    for part in (variance, width, distance):
        bottom, top = np.percentile(part[sample], [1, 99])
        if top > bottom:
            uncertainty += np.clip((part - bottom) / (top - bottom), 0.0, 1.0) / 3.0
    stage("uncertainty")

    new = {
        "prediction": prediction,
        "ensemble_variance": variance,
        "interval_low": low,
        "interval_high": high,
        "interval_width": width,
        "distance": distance,
        "uncertainty": uncertainty,
    }
    for name, column in new.items():
        candidates = candidates.append_column(name, pa.array(column))
    pq.write_table(candidates, folder / "scored_python.parquet")
    stage("write")
    print(json.dumps(dict(stages, inside_s=time.perf_counter() - start)))


def altool(folder, args):
    import common

    done = common.run(
        [args.altool, "score", folder / "candidates.parquet", "--model", folder / "m.altool"]
        + ["--gain", "none"]
        + ["--threads", args.threads, "-v", "--log-format", "json"]
        + ["-o", folder / "scored.parquet"]
    )
    return {
        "whole_s": done.seconds,
        "peak_mib": done.peak_mib,
        "stages_s": common.stage_seconds(done.stderr),
    }


def compare(folder):
    """Both sides' columns, side by side, as a check that the work is the same."""
    import numpy as np
    import pyarrow.parquet as pq

    columns = ["prediction", "ensemble_variance", "interval_width", "distance", "uncertainty"]
    ours = pq.read_table(folder / "scored.parquet", columns=columns)
    theirs = pq.read_table(folder / "scored_python.parquet", columns=columns)
    lines = []
    for name in columns:
        a, b = ours[name].to_numpy().astype(float), theirs[name].to_numpy()
        lines.append(
            f"{name}: correlation {np.corrcoef(a, b)[0, 1]:.4f}, "
            f"means {a.mean():.4g} and {b.mean():.4g}, largest difference {np.abs(a - b).max():.3g}"
        )
    return "\naltool and Python:\n" + "\n".join(lines)


def table(peer_runs, altool_runs):
    import common

    best = min(peer_runs, key=lambda r: r["whole_s"])
    rows = [[f"Python, {best['search']} search", f"{best['whole_s']:.2f}", f"{best['peak_mib']:.0f}"]]
    if altool_runs:
        ours = min(altool_runs, key=lambda r: r["whole_s"])
        rows.append(["altool", f"{ours['whole_s']:.2f}", f"{ours['peak_mib']:.0f}"])
    text = common.markdown(["", "whole command, s", "peak MiB"], rows)
    if altool_runs:
        text += f"\n\naltool {best['whole_s'] / ours['whole_s']:.2f}× as fast"
    stages = [[name.removesuffix("_s"), f"{s:.2f}"] for name, s in best["stages_s"].items()]
    text += "\n\n" + common.markdown(["stage of the Python script", "s"], stages)
    if altool_runs and ours["stages_s"]:
        stages = [[name, f"{s:.2f}"] for name, s in ours["stages_s"].items()]
        text += "\n\n" + common.markdown(["stage of altool", "s"], stages)
    return text


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer_main(*sys.argv[2:])
    else:
        main()
