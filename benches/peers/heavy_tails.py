"""Whether losses for heavy tails would pay: boosting by the square, by Huber and by
log-cosh on the development tables.

CatBoost with its defaults on the rows of best_peer.py, the target at unit variance;
Huber's slope is 1 and 1.35 of it. What counts is the error on the test rows by the
square, which altool reports, and the mean absolute error beside it: geometric means
over tables of the ratio to the square loss, each table its mean over seeds.
"""

import numpy as np

import best_peer
import common

LOSSES = {
    "square": "RMSE",
    "Huber 1": "Huber:delta=1.0",
    "Huber 1.35": "Huber:delta=1.35",
    "log-cosh": "LogCosh",
}


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    listed = lambda text: text.split(",")
    p.add_argument("--tables", type=listed, default=best_peer.TABLES)
    p.add_argument("--rows", type=listed, default=["100", "300"])
    p.add_argument("--seeds", type=int, default=3, help="default: 3")
    args = common.parse(p)
    lines = []
    for rows in args.rows:
        ratios = {loss: [] for loss in LOSSES}
        for name in args.tables:
            seeds = range(args.seeds)
            found = {loss: np.mean([one(name, rows, seed, loss, args) for seed in seeds], axis=0) for loss in LOSSES}
            told = ", ".join(f"{loss} {value[0]:.4g} / {value[1]:.4g}" for loss, value in found.items())
            print(f"{name}, {rows} rows, RMSE / MAE: {told}", flush=True)
            for loss, value in found.items():
                ratios[loss].append(value / found["square"])
        for loss, of in ratios.items():
            by = np.exp(np.log(np.array(of)).mean(axis=0))
            others = [ratio[0] for name, ratio in zip(args.tables, of) if name != "yacht"]
            without = np.exp(np.log(others).mean()) if others else np.nan
            count = lambda test: sum(test(ratio[0]) for ratio in of)
            lower, higher = count(lambda r: r < 0.99), count(lambda r: r > 1.01)
            figures = [f"× {by[0]:.3f}", f"× {without:.3f}", f"× {by[1]:.3f}"]
            lines.append([f"{rows} ({len(of)} tables)", loss, *figures, f"{lower}, {higher}"])
    print()
    heads = ["rows", "loss", "RMSE", "RMSE without yacht", "MAE"]
    print(common.markdown(heads + ["tables with RMSE 1 % lower, higher"], lines))


def one(name, rows, seed, loss, args):
    """RMSE and mean absolute error on the test rows, in standard deviations."""
    from catboost import CatBoostRegressor

    spec, frame, train, test = best_peer.split(name, rows, seed, args.data)
    y = best_peer.truth_of(spec, frame)
    centre, spread = y[train].mean(), y[train].std() or 1.0
    scaled = (y - centre) / spread
    features = frame[spec.features].copy()
    categories = [column for column in spec.categorical if column in spec.features]
    features[categories] = features[categories].astype(str)
    model = CatBoostRegressor(
        loss_function=LOSSES[loss],
        cat_features=categories,
        random_seed=seed,
        thread_count=args.threads,
        verbose=False,
        allow_writing_files=False,
    )
    model.fit(features.iloc[train], scaled[train])
    off = model.predict(features.iloc[test]) - scaled[test]
    return np.sqrt((off**2).mean()), np.abs(off).mean()


if __name__ == "__main__":
    main()
