"""Coverage of altool's intervals with few and many rows, by thirds of their width.

The tables, splits and rows are those of best_peer.py. Per number of rows: the share of
the test rows within their interval, as a mean over tables and the tables' range, that of
the narrowest, the middle and the widest third of the intervals of each table, and the
geometric mean of the widths relative to those with `--than OPTIONS`.
"""

import pathlib
import tempfile

import numpy as np
import pandas as pd

import best_peer
import common


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    listed = lambda text: text.split(",")
    p.add_argument("--tables", type=listed, default=best_peer.TABLES)
    p.add_argument("--rows", type=listed, default=["100", "300"])
    p.add_argument("--seeds", type=int, default=20, help="default: 20")
    p.add_argument("--coverage", type=float, default=0.8, help="stated level (default: 0.8)")
    p.add_argument("--than", default="--learner boosted --holdout 0.2", metavar="OPTIONS")
    args = common.parse(p)
    rows = []
    for size in args.rows:
        found, widths = [], []
        for name in args.tables:
            seeds = [one(name, size, seed, args.altool_args, args) for seed in range(args.seeds)]
            other = [one(name, size, seed, args.than.split(), args) for seed in range(args.seeds)]
            found.append(np.mean(seeds, axis=0))
            widths.append(found[-1][1] / np.mean(other, axis=0)[1])
            print(f"{name}, {size} rows: coverage {found[-1][0]:.3f}", flush=True)
        covered, thirds = np.array(found)[:, 0], np.mean(found, axis=0)[2:]
        rows.append(
            [size, f"{covered.mean():.3f}", f"{covered.min():.3f} to {covered.max():.3f}"]
            + [", ".join(f"{third:.3f}" for third in thirds)]
            + [f"× {np.exp(np.mean(np.log(widths))):.2f}"]
        )
    print(common.markdown(["rows", "coverage", "tables", "narrow, middle, wide", "width"], rows))


def one(name, size, seed, options, args):
    """Coverage, mean finite width, and the coverage of each third."""
    spec, frame, train, test = best_peer.split(name, size, seed, args.data)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        learned = common.dataclasses.replace(spec, ignore=())
        frame[spec.features + [spec.target]].iloc[train].to_csv(folder / "t.csv", index=False)
        common.without_target(spec, frame.iloc[test]).to_csv(folder / "c.csv", index=False)
        common.run(
            [args.altool, "train", folder / "t.csv", "--coverage", args.coverage]
            + common.train_arguments(learned)
            + ["--seed", seed, "--threads", args.threads, *options, "-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "score", folder / "c.csv", "--gain", "none", "-q"]
            + ["--model", folder / "m.altool", "-o", folder / "s.csv"]
        )
        scored = pd.read_csv(folder / "s.csv")
    truth = best_peer.truth_of(spec, frame)[test]
    low, high = (
        common.fitted_scale(spec, scored[end].clip(lower=1e-300 if spec.log else None).to_numpy(float))
        for end in ["interval_low", "interval_high"]
    )
    within, width = (low <= truth) & (truth <= high), high - low
    third = np.argsort(np.argsort(width, kind="stable"), kind="stable") * 3 // len(width)
    return [within.mean(), width[np.isfinite(width)].mean()] + [
        within[third == part].mean() for part in range(3)
    ]


if __name__ == "__main__":
    main()
