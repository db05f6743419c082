"""Training the ensemble: altool against LightGBM with shared bins.

100 000 rows × 20 numeric columns (made up, see synthetic.py), read from
Parquet by both; 10 members × 100 trees, depth 6, learning rate 0.1, other
parameters as pinned in common.py. LightGBM bins the rows once and trains the
members on bootstraps of that one Dataset, in three ways, each with histograms
by column and by row; the fastest counts:

  subset    `Dataset.subset` of the drawn rows, threads inside each member
  weights   all rows, the bootstrap's counts as weights, threads inside
  parallel  as subset, but as many members at a time as there are threads

altool: `altool train train.parquet --target y --holdout 0 …`, which also
trains quantile members and calibrates, neither of which LightGBM does here.
So two comparisons: whole commands (LightGBM: a Python process from start to
end) and the ensemble alone (LightGBM: binning + members; altool: the stages of
`-v --log-format json` whose name contains --stage). Each side runs --repeats
times, in turn, the fastest run counts; RMSE on 20 000 further rows shows that
both did the same work. The bar: the ensemble at least 2× faster.
"""

import concurrent.futures
import json
import os
import pathlib
import resource
import sys
import tempfile
import time

WAYS = ["subset", "weights", "parallel"]
ORDERS = ["col", "row"]


def main():
    import common
    import synthetic

    p = common.parser(__doc__)
    p.add_argument("--rows", type=int, default=100_000, help="default: 100000")
    p.add_argument("--repeats", type=int, default=3, help="default: 3")
    p.add_argument("--stage", default="ensemble", help="of altool's log (default: %(default)s)")
    p.add_argument("--lightgbm-only", action="store_true", help="do not run altool")
    args = common.parse(p)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        synthetic.write(folder / "train.parquet", *synthetic.table(args.rows, seed=1))
        x_test, y_test = synthetic.table(20_000, seed=2)
        synthetic.write(folder / "test.parquet", x_test)
        lightgbm_runs, altool_runs = [], []
        for _ in range(args.repeats):
            for way in WAYS:
                for order in ORDERS:
                    lightgbm_runs.append(peer(folder, y_test, way, order, args.threads))
                    print(json.dumps(lightgbm_runs[-1]), flush=True)
            if not args.lightgbm_only:
                altool_runs.append(altool(folder, y_test, args))
                print(json.dumps(altool_runs[-1]), flush=True)

    print()
    print(table(lightgbm_runs, altool_runs))
    if args.json:
        common.write_json(args.json, {"lightgbm": lightgbm_runs, "altool": altool_runs})


def peer(folder, y_test, way, order, threads):
    """One LightGBM run in a process of its own."""
    import numpy as np

    import common

    os.environ["OMP_NUM_THREADS"] = str(threads)
    done = common.run([sys.executable, __file__, "--peer", folder, way, order, threads])
    run = json.loads(done.stdout)
    # Predicting the test rows is there for the check only.
    run["whole_s"] = done.seconds - run.pop("check_s")
    run["rmse"] = common.rmse(y_test, np.load(folder / "prediction.npy"))
    return run


def peer_main(folder, way, order, threads):
    """What the timed Python process does."""
    import lightgbm as lgb
    import numpy as np

    import common
    import synthetic

    folder, threads = pathlib.Path(folder), int(threads)
    marks = [time.perf_counter()]
    x, y = synthetic.read(folder / "train.parquet", "y")
    marks.append(time.perf_counter())

    params = dict(common.LIGHTGBM, objective="regression", num_threads=threads)
    params["force_col_wise" if order == "col" else "force_row_wise"] = True
    shared = lgb.Dataset(x, label=y, params=params, free_raw_data=False).construct()
    marks.append(time.perf_counter())

    bags = [
        np.random.default_rng([0, m]).integers(0, len(y), len(y)) for m in range(common.MEMBERS)
    ]

    def on_subset(member, threads):
        own = dict(params, seed=member, num_threads=threads)
        bag = shared.subset(np.sort(bags[member]).tolist())
        return lgb.train(own, bag, num_boost_round=common.TREES)

    if way == "subset":
        boosters = [on_subset(m, threads) for m in range(common.MEMBERS)]
    elif way == "weights":
        boosters = []
        for member, bag in enumerate(bags):
            shared.set_weight(np.bincount(bag, minlength=len(y)).astype(np.float32))
            own = dict(params, seed=member)
            boosters.append(lgb.train(own, shared, num_boost_round=common.TREES))
    else:
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            boosters = list(pool.map(lambda m: on_subset(m, 1), range(common.MEMBERS)))
    marks.append(time.perf_counter())

    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    x_test, _ = synthetic.read(folder / "test.parquet")
    np.save(folder / "prediction.npy", np.mean([b.predict(x_test) for b in boosters], axis=0))
    read_s, bin_s, members_s = (b - a for a, b in zip(marks, marks[1:]))
    print(
        json.dumps(
            {
                "way": f"{way}, {order}-wise",
                "read_s": read_s,
                "bin_s": bin_s,
                "members_s": members_s,
                "ensemble_s": bin_s + members_s,
                "peak_mib": peak,
                "check_s": time.perf_counter() - marks[-1],
            }
        )
    )


def altool(folder, y_test, args):
    import pandas as pd

    import common

    trained = common.run(
        [args.altool, "train", folder / "train.parquet", "--target", "y", "--learner", "boosted", "--holdout", 0]
        + ["--learner", "boosted", "--members", common.MEMBERS, "--trees", common.TREES]
        + ["--depth", common.LIGHTGBM["max_depth"]]
        + ["--learning-rate", common.LIGHTGBM["learning_rate"]]
        + ["--threads", args.threads, "-v", "--log-format", "json"]
        + args.altool_args
        + ["-o", folder / "m.altool"]
    )
    stages = common.stage_seconds(trained.stderr)
    ensemble = [s for name, s in stages.items() if args.stage in name]
    common.run(
        [args.altool, "score", folder / "test.parquet", "--model", folder / "m.altool"]
        + ["--threads", args.threads, "-o", folder / "scored.parquet"]
    )
    scored = pd.read_parquet(folder / "scored.parquet", columns=["prediction"])
    return {
        "whole_s": trained.seconds,
        "ensemble_s": sum(ensemble) if ensemble else None,
        "stages_s": stages,
        "peak_mib": trained.peak_mib,
        "rmse": common.rmse(y_test, scored["prediction"].to_numpy()),
    }


def table(lightgbm_runs, altool_runs):
    import common

    def line(name, runs):
        ensembles = [r["ensemble_s"] for r in runs if r["ensemble_s"] is not None]
        ensemble = f"{min(ensembles):.2f}" if ensembles else "not in the log"
        whole = min(r["whole_s"] for r in runs)
        peak = max(r["peak_mib"] for r in runs)
        return [name, ensemble, f"{whole:.2f}", f"{peak:.0f}", f"{runs[0]['rmse']:.4f}"]

    ways = sorted({r["way"] for r in lightgbm_runs})
    rows = [line(f"LightGBM {w}", [r for r in lightgbm_runs if r["way"] == w]) for w in ways]
    if altool_runs:
        rows.append(line("altool", altool_runs))
    text = common.markdown(["", "ensemble, s", "whole command, s", "peak MiB", "test RMSE"], rows)
    if altool_runs:
        ours_whole = min(r["whole_s"] for r in altool_runs)
        theirs_whole = min(r["whole_s"] for r in lightgbm_runs)
        text += f"\n\nwhole command: altool {theirs_whole / ours_whole:.2f}× as fast"
        ours = [r["ensemble_s"] for r in altool_runs if r["ensemble_s"] is not None]
        theirs = min(r["ensemble_s"] for r in lightgbm_runs)
        if ours:
            text += f"\nensemble alone: altool {theirs / min(ours):.2f}× as fast"
        text += (
            f"\naltool's whole command against LightGBM's ensemble alone: "
            f"{theirs / ours_whole:.2f}×"
        )
    return text


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer_main(*sys.argv[2:])
    else:
        main()
