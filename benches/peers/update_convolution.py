"""Updating a model batch by batch against fitting it anew, convolution table.

A fixed fifth of the distinct configurations is the test set. Per seed, 2000 of
the other rows (status ok, log time, all GPUs): `altool train` on 1000, then
five `altool update`s of 200 rows each. Compared at the end with

  refit   `altool update --refit` of the first model with all five files at once
  train   `altool train` on all 2000 rows

by RMSE of log time on the test set (from `altool score`) and by wall time.
The models are trained with --eval TEST.csv, so that all rows go to training
and calibration, the same for all three. The bar: RMSE after the updates
within 5 % of the refit's.
"""

import json
import pathlib
import shutil
import tempfile

import numpy as np
import pandas as pd

import common

FIRST, BATCHES, BATCH = 1000, 5, 200


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--seeds", type=int, default=10, help="default: 10")
    p.add_argument(
        "--update-args", default="", metavar="'ARGS'", help="more arguments for `altool update`"
    )
    args = common.parse(p)
    args.update_args = args.update_args.split()

    spec, frame = common.load("convolution", args.data)
    pool, test = common.split_by_key(spec, frame, seed=0)
    runs = []
    for seed in range(args.seeds):
        runs.append(one(spec, frame, pool, test, seed, args))
        print(json.dumps(runs[-1]), flush=True)
    print()
    print(table(runs))
    if args.json:
        common.write_json(args.json, {"results": runs})


def one(spec, frame, pool, test, seed, args):
    rows = np.random.default_rng([seed, 1]).choice(pool, FIRST + BATCHES * BATCH, replace=False)
    common_args = ["--threads", args.threads, "--seed", seed]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        frame.iloc[test].to_csv(folder / "test.csv", index=False)
        common.without_target(spec, frame.iloc[test]).to_csv(
            folder / "candidates.csv", index=False
        )
        frame.iloc[rows].to_csv(folder / "all.csv", index=False)
        frame.iloc[rows[:FIRST]].to_csv(folder / "first.csv", index=False)
        batches = [folder / f"batch{i}.csv" for i in range(BATCHES)]
        for i, path in enumerate(batches):
            start = FIRST + i * BATCH
            frame.iloc[rows[start : start + BATCH]].to_csv(path, index=False)

        def train(table, model):
            return common.run(
                [args.altool, "train", table, "--learner", "boosted"]
                + common.train_arguments(spec)
                + ["--eval", folder / "test.csv"]
                + common_args
                + args.altool_args
                + ["-o", model]
            ).seconds

        def update(tables, model, *more):
            return common.run(
                [args.altool, "update", *tables, "--model", model, *more]
                + common_args
                + args.update_args
            ).seconds

        def rmse(model):
            scored_file = folder / "scored.csv"
            common.run(
                [args.altool, "score", folder / "candidates.csv", "--model", model]
                + ["--threads", args.threads, "-o", scored_file]
            )
            prediction = pd.read_csv(scored_file)["prediction"].to_numpy(dtype=float)
            truth = frame[spec.target].iloc[test].to_numpy(dtype=float)
            return common.rmse(np.log(truth), np.log(prediction))

        updated, refitted, trained = (
            folder / f"{name}.altool" for name in ("updated", "refitted", "trained")
        )
        result = {"seed": seed, "first_seconds": train(folder / "first.csv", updated)}
        shutil.copyfile(updated, refitted)
        result["rmse_by_batch"] = [rmse(updated)]
        result["update_seconds"] = []
        for batch in batches:
            result["update_seconds"].append(update([batch], updated))
            result["rmse_by_batch"].append(rmse(updated))
        result["refit_seconds"] = update(batches, refitted, "--refit")
        result["refit_rmse"] = rmse(refitted)
        result["train_seconds"] = train(folder / "all.csv", trained)
        result["train_rmse"] = rmse(trained)
    return result


def table(runs):
    updated = [r["rmse_by_batch"][-1] for r in runs]
    one_update = np.mean([np.mean(r["update_seconds"]) for r in runs])
    rows = [
        ["first 1000 rows", mean(r["rmse_by_batch"][0] for r in runs), "", seconds(r["first_seconds"] for r in runs), ""],
        ["5 updates of 200", mean(updated), "", f"{one_update:.3f} s each", ""],
    ]
    for name, what in [("refit", "one `update --refit`"), ("train", "`train` on all 2000")]:
        ratio, low, high = common.ratio_interval(updated, [r[f"{name}_rmse"] for r in runs])
        times = [r[f"{name}_seconds"] for r in runs]
        rows.append(
            [
                what,
                mean(r[f"{name}_rmse"] for r in runs),
                f"× {ratio:.4f} [{low:.4f}, {high:.4f}]",
                seconds(times),
                f"{np.mean(times) / one_update:.1f} updates",
            ]
        )
    return common.markdown(
        ["model", "RMSE of log time", "after the updates / this, 95 % interval", "seconds", "costs as much as"],
        rows,
    )


def mean(values):
    values = list(values)
    return f"{np.mean(values):.4f} ± {common.standard_error(values):.4f}"


def seconds(values):
    return f"{np.mean(list(values)):.3f} s"


if __name__ == "__main__":
    main()
