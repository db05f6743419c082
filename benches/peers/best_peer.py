"""The error of altool's models against the best of three peers on each table.

A random fifth of the distinct rows is for testing; of the rest so many random
rows are learned from (`--rows`, or `all`). Peers, each with its defaults:
CatBoost; LightGBM, 300 trees, bagged ten times; scikit-learn's Gaussian process
(a constant times a Matérn 5/2 kernel with a length per column, one for all where
there are more than 100, and noise) on at most 800 of the rows, categories
one-hot; classes have no Gaussian process. altool: one column per `--model`, whose
value are options of `altool train`, as in `--model "gp:--learner gp"`.

Tables: those of common.py; `convolution-GPU` are the kernels of one GPU,
`fbnet-DEVICE` the latencies of one device, `bace-class` the classes of BACE.

Per table and number of rows: the RMSE of each on the test rows, on the log scale
where the target is learned as a log, or the log loss of classes (probabilities
at least 1e-4) with the accuracy after it, as means over seeds; then the geometric
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

GPUS = "A100,A4000,A6000,MI250X,W6600,W7800".split(",")
DEVICES = "1080ti_1,raspi4,fpga,pixel3".split(",")
TABLES = ["llm", "esol", "bace", "concrete", "powerplant", "yacht"]
TABLES += [f"convolution-{gpu}" for gpu in GPUS] + [f"fbnet-{device}" for device in DEVICES]
PEERS = ["catboost", "lightgbm", "sklearn-gp"]
MOST_GP_ROWS = 800
MOST_LENGTHS = 100
LEAST_PROBABILITY = 1e-4


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    listed = lambda text: text.split(",")
    p.add_argument("--tables", type=listed, default=TABLES)
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
                key: [list(map(float, seed[key])) for seed in found] for key in found[0]
            }
            told = ", ".join(
                f"{key} {np.mean(values, axis=0)[0]:.4g} ({np.mean(values, axis=0)[1]:.1f} s)"
                for key, values in results[f"{name}, {rows}"].items()
            )
            print(f"{name}, {rows} rows: {told}", flush=True)
    print()
    print(table(results, models))
    if args.json:
        common.write_json(args.json, {"versions": common.versions(), "results": results})


def load(name, data):
    """As common.load; see above for the names of parts."""
    table, _, part = name.partition("-")
    if table == "fbnet" and part:
        spec = common.dataclasses.replace(common.TABLES[table], target=f"lat_{part}")
        frame = pd.read_csv(pathlib.Path(data) / spec.file)[spec.features + [spec.target]]
        return spec, frame
    if name == "bace-class":
        spec = common.dataclasses.replace(common.TABLES[table], target="Class", task="classification")
        frame = pd.read_csv(pathlib.Path(data) / spec.file)[spec.features + [spec.target]]
        return spec, frame
    spec, frame = common.load(table, data)
    if part:
        frame = frame[frame["gpu"] == part].reset_index(drop=True)
        spec = common.dataclasses.replace(spec, categorical=())
    return spec, frame


def split(name, rows, seed, data):
    """The spec, the table, and the rows to learn from and to test on."""
    spec, frame = load(name, data)
    train, test = common.split_by_key(spec, frame, seed)
    if rows != "all":
        rng = np.random.default_rng([seed, 1])
        train = np.sort(rng.permutation(train)[: int(rows)])
    return spec, frame, train, test


def peers_of(spec):
    return [peer for peer in PEERS if peer != "sklearn-gp" or spec.task == "regression"]


def one(name, rows, seed, models, cache, args):
    """Per peer and model its error and its seconds; of classes the accuracy, too."""
    spec, frame, train, test = split(name, rows, seed, args.data)
    found = {}
    for peer in peers_of(spec):
        found[peer] = cache.of(
            f"{name}/{rows}/{seed}/{peer}", lambda: timed(peer, spec, frame, train, test, seed, args)
        )
    for label, options in models.items():
        found[label] = altool(spec, frame, train, test, seed, options.split(), args)
    return found


def timed(peer, spec, frame, train, test, seed, args):
    y = truth_of(spec, frame)
    began = time.perf_counter()
    predicted = {"catboost": catboost, "lightgbm": lightgbm, "sklearn-gp": gaussian}[peer](
        spec, frame, y, train, test, seed, args
    )
    return judged(spec, y[test], predicted, time.perf_counter() - began)


def truth_of(spec, frame):
    """The target as it is learned: on its scale, or the numbers of sorted classes."""
    if spec.task == "regression":
        return common.fitted_scale(spec, frame[spec.target].to_numpy(dtype=float))
    return frame[spec.target].astype("category").cat.codes.to_numpy()


def judged(spec, truth, predicted, seconds):
    """The error, the seconds and, of classes, the accuracy."""
    if spec.task == "regression":
        return common.rmse(truth, predicted), seconds
    own = np.clip(predicted[np.arange(len(truth)), truth], LEAST_PROBABILITY, 1.0)
    return -np.log(own).mean(), seconds, (predicted.argmax(axis=1) == truth).mean()


def catboost(spec, frame, y, train, test, seed, args):
    import catboost as cb

    x = frame[spec.features].copy()
    for column in spec.categorical:
        x[column] = x[column].astype(str)
    kind = cb.CatBoostRegressor if spec.task == "regression" else cb.CatBoostClassifier
    model = kind(
        random_seed=seed,
        verbose=False,
        thread_count=args.threads,
        cat_features=list(spec.categorical),
        allow_writing_files=False,
    )
    model.fit(x.iloc[train], y[train])
    if spec.task == "regression":
        return model.predict(x.iloc[test])
    return spread_out(model.predict_proba(x.iloc[test]), model.classes_, y)


def spread_out(probabilities, classes, y):
    """Probabilities of all classes, from those of the classes that were seen."""
    all_classes = np.zeros((len(probabilities), y.max() + 1))
    all_classes[:, np.asarray(classes, dtype=int)] = probabilities
    return all_classes


def lightgbm(spec, frame, y, train, test, seed, args):
    x = common.lightgbm_features(spec, frame, common.category_types(spec, frame))
    boosters = common.bagged_members(spec, x.iloc[train], y[train], seed, args.threads, trees=300)
    if spec.task == "classification":
        known = common.mean_probability(boosters, x.iloc[test], args.threads)
        return spread_out(known, np.arange(known.shape[1]), y)
    return np.mean([b.predict(x.iloc[test], num_threads=args.threads) for b in boosters], axis=0)


def gaussian(spec, frame, y, train, test, seed, args):
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    rng = np.random.default_rng([seed, 2])
    train = rng.permutation(train)[:MOST_GP_ROWS]
    x = pd.get_dummies(frame[spec.features], columns=list(spec.categorical)).to_numpy(dtype=float)
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)
    x = (x - mean) / np.where(deviation > 0, deviation, 1.0)
    lengths = np.ones(x.shape[1]) if x.shape[1] <= MOST_LENGTHS else 1.0
    kernel = ConstantKernel() * Matern(lengths, nu=2.5) + WhiteKernel(0.1)
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
        scored = pd.read_csv(folder / "scored.csv")
    return judged(spec, truth_of(spec, frame)[test], said(spec, frame, scored), trained.seconds)


def said(spec, frame, scored):
    """What altool predicts, in the form of the peers."""
    if spec.task == "regression":
        return common.fitted_scale(spec, scored["prediction"].to_numpy())
    classes = frame[spec.target].astype("category").cat.categories
    columns = [scored.get(f"p_{value}", pd.Series(0.0, scored.index)) for value in classes]
    return np.column_stack(columns)


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
        means = {key: np.mean(values, axis=0) for key, values in found.items()}
        peers = [peer for peer in PEERS if peer in means]
        best = min(peers, key=lambda peer: means[peer][0])
        told = {key: " / ".join(f"{value:.4g}" for value in [mean[0], *mean[2:]]) for key, mean in means.items()}
        row = [name] + [told.get(peer, "") for peer in PEERS]
        for label in models:
            ratio = means[label][0] / means[best][0]
            ratios[label].setdefault(name.split(", ")[1], []).append(ratio)
            row.append(f"{told[label]} (× {ratio:.3f})")
        rows.append(row)
    for size in {name.split(", ")[1]: None for name in results}:
        mean = [f"× {np.exp(np.mean(np.log(ratios[label][size]))):.3f}" for label in models]
        rows.append([f"geometric mean, {size}", "", "", ""] + mean)
    return common.markdown(["table, rows"] + PEERS + list(models), rows)


if __name__ == "__main__":
    main()
