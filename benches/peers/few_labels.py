"""What altool says of itself with few labels, beside what is true.

Made-up rows: pure noise in six columns, and the sum of two columns with a little
noise. Trained with `--holdout 0`; the out-of-bag RMSE that `train` prints, the RMSE
on 1000 test rows, and the coverage of the 80 % interval there, means over seeds.
"""

import pathlib
import tempfile

import numpy as np
import pandas as pd

import common

TARGETS = {
    "noise": (6, lambda x: 0.0 * x[:, 0], 1.0),
    "sum": (2, lambda x: x[:, 0] + x[:, 1], 0.3),
}


def main():
    p = common.parser(__doc__)
    p.add_argument("--seeds", type=int, default=8, help="default: 8")
    args = common.parse(p)
    rows = []
    for target in TARGETS:
        for learner in ["gp", "auto", "boosted"]:
            for labels in [15, 40]:
                found = [one(target, learner, labels, seed, args) for seed in range(args.seeds)]
                mean = [f"{value:.3f}" for value in np.mean(found, axis=0)]
                rows.append([target, learner, labels] + mean)
    header = ["target", "learner", "labels", "out-of-bag RMSE", "RMSE on test rows", "coverage"]
    print(common.markdown(header, rows))


def one(target, learner, labels, seed, args):
    columns, function, noise = TARGETS[target]
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(labels + 1000, columns))
    y = function(x) + noise * rng.normal(size=len(x))
    frame = pd.DataFrame(x, columns=[f"x{at}" for at in range(columns)])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        frame[:labels].assign(y=y[:labels]).to_csv(folder / "train.csv", index=False)
        frame[labels:].to_csv(folder / "test.csv", index=False)
        trained = common.run(
            [args.altool, "train", folder / "train.csv", "--target", "y"]
            + ["--learner", learner, "--holdout", 0, "--threads", args.threads]
            + ["--format", "csv", "-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "score", folder / "test.csv", "--gain", "none"]
            + ["--model", folder / "m.altool", "-o", folder / "scored.csv"]
        )
        scored = pd.read_csv(folder / "scored.csv")
    said = dict(line.split(",", 1) for line in trained.stdout.splitlines() if "," in line)
    truth = y[labels:]
    inside = (scored["interval_low"] <= truth) & (truth <= scored["interval_high"])
    return float(said["rmse"]), common.rmse(truth, scored["prediction"]), inside.mean()


if __name__ == "__main__":
    main()
