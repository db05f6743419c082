"""The error of altool's models against the best of three peers on each table.

A random fifth of the distinct rows is for testing; of the rest so many random
rows are learned from (`--rows`, or `all`). Peers, each with its defaults:
CatBoost; LightGBM, 300 trees, bagged ten times; scikit-learn's Gaussian process
(a constant times a Matérn 5/2 kernel with a length per column, and noise) on at
most 800 of the rows, categories one-hot. altool: one column per `--model`, whose
value are options of `altool train`, as in `--model "gp:--learner gp"`.

Per table and number of rows: the RMSE of each on the test rows, on the log scale
where the target is learned as a log, as means over seeds; then the geometric
mean of the ratios of altool to the best peer of each table, chosen by its mean.
`--cache` keeps what peers found.
"""

import json
import pathlib
import tempfile
import time

import numpy as np
import pandas as pd

import common

TABLES = "llm,convolution-A100,esol,bace,concrete,powerplant,yacht"
PEERS = ["catboost", "lightgbm", "sklearn-gp"]
MOST_GP_ROWS = 800


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    listed = lambda text: text.split(",")
    p.add_argument("--tables", type=listed, default=listed(TABLES))
    p.add_argument("--rows", type=listed, default=["100", "300", "all"])
    p.add_argument("--seeds", type=int, default=3, help="default: 3")
    p.add_argument("--cache", metavar="FILE", help="figures of peers, read and written")
    p.add_argument("--model", action="append", metavar="NAME:OPTIONS", default=[])
    args = common.parse(p)
    models = dict(text.split(":", 1) for text in args.model or ["default:"])
    cache = Cache(args.cache)
    results = {}
    for name in args.tables:
        for rows in args.rows:
            found = [one(name, rows, seed, models, cache, args) for seed in range(args.seeds)]
            results[f"{name}, {rows}"] = {
                key: [float(seed[key][0]) for seed in found] for key in found[0]
            }
            seconds = {key: np.mean([seed[key][1] for seed in found]) for key in found[0]}
            told = ", ".join(
                f"{key} {np.mean(values):.4g} ({seconds[key]:.1f} s)"
                for key, values in results[f"{name}, {rows}"].items()
            )
            print(f"{name}, {rows} rows: {told}", flush=True)
    print()
    print(table(results, list(models)))
    if args.json:
        common.write_json(args.json, {"versions": common.versions(), "results": results})


def load(name, data):
    """As common.load; `convolution-GPU` are the kernels of one GPU."""
    spec, frame = common.load(name.split("-")[0], data)
    if "-" in name:
        frame = frame[frame["gpu"] == name.split("-")[1]].reset_index(drop=True)
        spec = common.dataclasses.replace(spec, categorical=())
    return spec, frame


def one(name, rows, seed, models, cache, args):
    """Per peer and model its error and its seconds."""
    spec, frame = load(name, args.data)
    train, test = common.split_by_key(spec, frame, seed)
    if rows != "all":
        rng = np.random.default_rng([seed, 1])
        train = np.sort(rng.permutation(train)[: int(rows)])
    found = {}
    for peer in PEERS:
        found[peer] = cache.of(
            f"{name}/{rows}/{seed}/{peer}", lambda: timed(peer, spec, frame, train, test, seed, args)
        )
    for label, options in models.items():
        found[label] = altool(spec, frame, train, test, seed, options.split(), args)
    return found


def timed(peer, spec, frame, train, test, seed, args):
    y = common.fitted_scale(spec, frame[spec.target].to_numpy(dtype=float))
    began = time.perf_counter()
    predicted = {"catboost": catboost, "lightgbm": lightgbm, "sklearn-gp": gaussian}[peer](
        spec, frame, y, train, test, seed, args
    )
    return common.rmse(y[test], predicted), time.perf_counter() - began


def catboost(spec, frame, y, train, test, seed, args):
    import catboost as cb

    x = frame[spec.features].copy()
    for column in spec.categorical:
        x[column] = x[column].astype(str)
    model = cb.CatBoostRegressor(
        random_seed=seed,
        verbose=False,
        thread_count=args.threads,
        cat_features=list(spec.categorical),
        allow_writing_files=False,
    )
    model.fit(x.iloc[train], y[train])
    return model.predict(x.iloc[test])


def lightgbm(spec, frame, y, train, test, seed, args):
    x = common.lightgbm_features(spec, frame, common.category_types(spec, frame))
    boosters = common.bagged_members(spec, x.iloc[train], y[train], seed, args.threads, trees=300)
    return np.mean([b.predict(x.iloc[test], num_threads=args.threads) for b in boosters], axis=0)


def gaussian(spec, frame, y, train, test, seed, args):
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    rng = np.random.default_rng([seed, 2])
    train = rng.permutation(train)[:MOST_GP_ROWS]
    x = pd.get_dummies(frame[spec.features], columns=list(spec.categorical)).to_numpy(dtype=float)
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    x = (x - mean) / np.where(deviation > 0, deviation, 1.0)
    kernel = ConstantKernel() * Matern(np.ones(x.shape[1]), nu=2.5) + WhiteKernel(0.1)
    model = GaussianProcessRegressor(kernel, normalize_y=True, random_state=seed)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(x[train], y[train])
    return model.predict(x[test])


def altool(spec, frame, train, test, seed, options, args):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        known = spec.features + [spec.target] + list(spec.ignore)
        frame[known].iloc[train].to_csv(folder / "train.csv", index=False)
        common.without_target(spec, frame.iloc[test]).to_csv(
            folder / "candidates.csv", index=False
        )
        trained = common.run(
            [args.altool, "train", folder / "train.csv"]
            + common.train_arguments(spec)
            + ["--seed", seed, "--threads", args.threads]
            + options
            + ["-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "score", folder / "candidates.csv", "--gain", "none"]
            + ["--model", folder / "m.altool", "--threads", args.threads]
            + ["-o", folder / "scored.csv"]
        )
        predicted = pd.read_csv(folder / "scored.csv")["prediction"].to_numpy()
    truth = frame[spec.target].iloc[test].to_numpy()
    error = common.rmse(common.fitted_scale(spec, truth), common.fitted_scale(spec, predicted))
    return error, trained.seconds


class Cache:
    """What peers found, by table, rows and seed."""

    def __init__(self, path):
        self.path = path and pathlib.Path(path)
        self.content = {}
        if self.path and self.path.exists():
            self.content = json.loads(self.path.read_text())

    def of(self, key, work):
        if key not in self.content:
            self.content[key] = list(work())
            if self.path:
                common.write_json(self.path, self.content)
        return self.content[key]


def table(results, models):
    rows, ratios = [], {label: {} for label in models}
    for name, found in results.items():
        means = {key: float(np.mean(values)) for key, values in found.items()}
        best = min(PEERS, key=lambda peer: means[peer])
        row = [name] + [f"{means[peer]:.4g}" for peer in PEERS]
        for label in models:
            ratio = means[label] / means[best]
            ratios[label].setdefault(name.split(", ")[1], []).append(ratio)
            row.append(f"{means[label]:.4g} (× {ratio:.3f})")
        rows.append(row)
    for size in {name.split(", ")[1]: None for name in results}:
        mean = [f"× {np.exp(np.mean(np.log(ratios[label][size]))):.3f}" for label in models]
        rows.append([f"geometric mean, {size}", "", "", ""] + mean)
    return common.markdown(["table, rows"] + PEERS + models, rows)


if __name__ == "__main__":
    main()
