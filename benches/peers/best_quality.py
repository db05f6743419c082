"""altool's default beside AutoGluon's `best_quality` with trees only, 60 s a table.

The tables, splits and rows are those of best_peer.py. RMSE on the test rows, on the log
scale where the target is learned as a log, and the seconds of training. Needs
autogluon.tabular with lightgbm, catboost and xgboost (PyPI), in an environment of its own.
"""

import pathlib
import tempfile
import time

import numpy as np

import best_peer
import common

TREES = {"GBM": {}, "CAT": {}, "XGB": {}, "RF": {}, "XT": {}}


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    listed = lambda text: text.split(",")
    p.add_argument("--tables", type=listed, default=["concrete", "esol", "convolution-A100"])
    p.add_argument("--rows", type=listed, default=["100", "all"])
    p.add_argument("--seconds", type=int, default=60, help="for AutoGluon (default: 60)")
    args = common.parse(p)
    rows = []
    for name in args.tables:
        for size in args.rows:
            spec, frame, train, test = best_peer.split(name, size, 0, args.data)
            ours, our_seconds = best_peer.altool(spec, frame, train, test, 0, [], args)
            theirs, their_seconds = autogluon(spec, frame, train, test, args.seconds)
            cells = [f"{name}, {size}", f"{theirs:.4g}", f"{their_seconds:.1f}"]
            rows.append(cells + [f"{ours:.4g}", f"{our_seconds:.1f}", f"× {ours / theirs:.3f}"])
            print(rows[-1], flush=True)
    header = ["table, rows", "AutoGluon", "seconds", "altool", "seconds", "altool / AutoGluon"]
    print(common.markdown(header, rows))


def autogluon(spec, frame, train, test, seconds):
    from autogluon.tabular import TabularPredictor

    y = best_peer.truth_of(spec, frame)
    table = frame[spec.features].copy()
    for column in spec.categorical:
        table[column] = table[column].astype("category")
    table["target of the comparison"] = y
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        predictor = TabularPredictor(
            "target of the comparison", path=str(pathlib.Path(folder) / "m"), verbosity=0
        )
        predictor.fit(
            table.iloc[train],
            presets="best_quality",
            hyperparameters=TREES,
            time_limit=seconds,
            dynamic_stacking=False,
        )
        took = time.perf_counter() - began
        said = predictor.predict(table.iloc[test].drop(columns="target of the comparison"))
    return common.rmse(y[test], np.asarray(said)), took


if __name__ == "__main__":
    main()
