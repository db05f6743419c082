"""Coverage of altool's 80 % interval where it is narrow and where it is wide.

As coverage.py, and the test rows are sorted by the width of their interval into
thirds: an interval that knows where the model errs covers as often in each.
"""

import pathlib
import tempfile

import numpy as np
import pandas as pd

import common


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--tables", type=common.names, default=common.names("concrete,esol,bace,yacht"))
    p.add_argument("--seeds", type=int, default=8, help="default: 8")
    args = common.parse(p)
    rows = []
    for name in args.tables:
        spec, frame = common.load(name, args.data)
        thirds = np.array([one(spec, frame, seed, args) for seed in range(args.seeds)])
        mean = thirds.mean(axis=0)
        rows.append([name] + [f"{value:.3f}" for value in mean])
        print(rows[-1], flush=True)
    header = ["table", "narrow", "middle", "wide", "width of wide / narrow"]
    print(common.markdown(header, rows))


def one(spec, frame, seed, args):
    train, test = common.split_by_key(spec, frame, seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        frame.iloc[train].to_csv(folder / "train.csv", index=False)
        common.without_target(spec, frame.iloc[test]).to_csv(folder / "c.csv", index=False)
        common.run(
            [args.altool, "train", folder / "train.csv"]
            + common.train_arguments(spec)
            + ["--seed", seed, "--threads", args.threads]
            + args.altool_args
            + ["-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "score", folder / "c.csv", "--gain", "none"]
            + ["--model", folder / "m.altool", "--threads", args.threads]
            + ["-o", folder / "scored.csv"]
        )
        scored = pd.read_csv(folder / "scored.csv")
    truth = frame[spec.target].iloc[test].to_numpy()
    low, high = (
        common.fitted_scale(spec, scored[column].to_numpy())
        for column in ("interval_low", "interval_high")
    )
    inside = (scored["interval_low"].to_numpy() <= truth) & (truth <= scored["interval_high"].to_numpy())
    width = high - low
    order = np.argsort(width, kind="stable")
    parts = np.array_split(order, 3)
    covered = [inside[part].mean() for part in parts]
    return covered + [width[parts[2]].mean() / width[parts[0]].mean()]


if __name__ == "__main__":
    main()
