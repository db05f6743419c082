"""Accuracy of altool's boosted ensemble against LightGBM's, same size.

Random splits (seeds 0, 1, …) of each table, 80 % to train on and 20 % to test
on, by distinct feature row. LightGBM: 10 members × 100 trees on bootstraps of
the rows, parameters pinned in common.py, categories given as categories;
prediction = mean of the members (classes: of their probabilities). altool:

  altool train TRAIN.csv --target … --eval TEST.csv --learner boosted
      --members 10 --trees 100 --depth 6 --learning-rate 0.1 --seed S -o m.altool
  altool score TEST_WITHOUT_TARGET.csv --model m.altool -o scored.csv

Regression: RMSE on the test rows, on the log scale where the target is
learned as a log; the table gives the geometric mean over splits of
altool / LightGBM with the paired 95 % t interval of the log ratios.
Classification: accuracy, and its difference in points.

The LightGBM side needs running once: `--lightgbm-only --cache FILE`, and
later runs with the same --cache take it from there.
"""

import hashlib
import json
import pathlib
import tempfile
import time

import numpy as np
import pandas as pd

import common

DEFAULT_TABLES = "concrete,powerplant,yacht,convolution,llm,fbnet,letter,spambase"


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--tables", type=common.names, default=common.names(DEFAULT_TABLES))
    p.add_argument("--splits", type=int, default=10, help="default: 10")
    p.add_argument("--cache", metavar="FILE", help="LightGBM figures, read and written")
    p.add_argument("--lightgbm-only", action="store_true", help="do not run altool")
    args = common.parse(p)

    cache = Cache(args.cache)
    results = {}
    for name in args.tables:
        spec, frame = common.load(name, args.data)
        rows = []
        for seed in range(args.splits):
            train, test = common.split_by_key(spec, frame, seed)
            row = {"seed": seed, "n_train": len(train), "n_test": len(test)}
            theirs = cache.get(name, seed)
            if theirs is None:
                theirs = lightgbm_side(spec, frame, train, test, seed, args.threads)
                cache.put(name, seed, theirs)
            row["lightgbm"] = theirs
            if not args.lightgbm_only:
                row["altool"] = altool_side(spec, frame, train, test, seed, args)
            rows.append(row)
        results[name] = {
            "measure": "accuracy" if spec.task == "classification" else "rmse",
            "log": spec.log,
            "splits": rows,
        }
        print(describe(name, results[name]), flush=True)

    print()
    print(table(results, args.lightgbm_only))
    document = {
        "lightgbm": dict(common.LIGHTGBM, members=common.MEMBERS, trees=common.TREES),
        "versions": common.versions(),
        "results": results,
    }
    if args.json:
        common.write_json(args.json, document)
    else:
        print()
        print(json.dumps(document, sort_keys=True))


class Cache:
    """LightGBM's figures by table and seed, for one set of parameters."""

    def __init__(self, path):
        self.path = path and pathlib.Path(path)
        pinned = [common.LIGHTGBM, common.MEMBERS, common.TREES, common.versions()]
        digest = hashlib.sha256(json.dumps(pinned, sort_keys=True).encode())
        self.content = {"parameters": digest.hexdigest()[:16], "results": {}}
        if self.path and self.path.exists():
            content = json.loads(self.path.read_text())
            if content.get("parameters") == self.content["parameters"]:
                self.content = content

    def get(self, table, seed):
        return self.content["results"].get(table, {}).get(str(seed))

    def put(self, table, seed, value):
        self.content["results"].setdefault(table, {})[str(seed)] = value
        if self.path:
            common.write_json(self.path, self.content)


def lightgbm_side(spec, frame, train, test, seed, threads):
    x = common.lightgbm_features(spec, frame, common.category_types(spec, frame))
    if spec.task == "classification":
        classes, y = np.unique(frame[spec.target], return_inverse=True)
    else:
        y = common.fitted_scale(spec, frame[spec.target].to_numpy(dtype=float))
    start = time.perf_counter()
    boosters = common.bagged_members(spec, x.iloc[train], y[train], seed, threads)
    seconds = time.perf_counter() - start
    x_test = x.iloc[test]
    if spec.task == "classification":
        chosen = common.mean_probability(boosters, x_test, threads).argmax(axis=1)
        value = float(np.mean(chosen == y[test]))
    else:
        mean = np.mean([b.predict(x_test, num_threads=threads) for b in boosters], axis=0)
        value = common.rmse(y[test], mean)
    return {"value": value, "train_seconds": seconds}


def altool_side(spec, frame, train, test, seed, args):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        frame.iloc[train].to_csv(folder / "train.csv", index=False)
        frame.iloc[test].to_csv(folder / "test.csv", index=False)
        common.without_target(spec, frame.iloc[test]).to_csv(
            folder / "candidates.csv", index=False
        )
        trained = common.run(
            [args.altool, "train", folder / "train.csv"]
            + common.train_arguments(spec)
            + ["--eval", folder / "test.csv", "--learner", "boosted"]
            + ["--members", common.MEMBERS, "--trees", common.TREES]
            + ["--depth", common.LIGHTGBM["max_depth"]]
            + ["--learning-rate", common.LIGHTGBM["learning_rate"]]
            + ["--seed", seed, "--threads", args.threads]
            + args.altool_args
            + ["-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "score", folder / "candidates.csv"]
            + ["--model", folder / "m.altool", "--threads", args.threads]
            + ["-o", folder / "scored.csv"]
        )
        scored = pd.read_csv(folder / "scored.csv")
    if len(scored) != len(test):
        raise SystemExit(f"{spec.name}: {len(test)} rows given, {len(scored)} scored")
    truth = frame[spec.target].iloc[test].to_numpy()
    prediction = scored["prediction"].to_numpy()
    if spec.task == "classification":
        value = float(np.mean(prediction.astype(str) == truth.astype(str)))
    else:
        value = common.rmse(
            common.fitted_scale(spec, truth), common.fitted_scale(spec, prediction)
        )
    return {"value": value, "train_seconds": trained.seconds}


def values(result, side):
    return np.array([row[side]["value"] for row in result["splits"]])


def describe(name, result):
    theirs = values(result, "lightgbm")
    text = f"{name}: {result['measure']} LightGBM {theirs.mean():.5g}"
    if "altool" in result["splits"][0]:
        text += f", altool {values(result, 'altool').mean():.5g}"
    return text


def table(results, lightgbm_only):
    rows = []
    for name, result in results.items():
        splits = result["splits"]
        theirs = values(result, "lightgbm")
        measure = result["measure"] + (" (log)" if result["log"] else "")
        row = [name, measure, len(splits), splits[0]["n_train"], f"{theirs.mean():.5g}"]
        if not lightgbm_only:
            ours = values(result, "altool")
            row.append(f"{ours.mean():.5g}")
            if result["measure"] == "rmse":
                ratio, low, high = common.ratio_interval(ours, theirs)
                row.append(f"× {ratio:.4f} [{low:.4f}, {high:.4f}]")
            else:
                points, half = common.mean_interval(100 * (ours - theirs))
                row.append(f"{points:+.2f} points ± {half:.2f}")
        rows.append(row)
    header = ["table", "measure", "splits", "training rows", "LightGBM"]
    if not lightgbm_only:
        header += ["altool", "altool against LightGBM, 95 % interval"]
    return common.markdown(header, rows)


if __name__ == "__main__":
    main()
