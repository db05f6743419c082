"""`altool select` from a million candidates with one model, and with two.

1 000 000 rows × 8 columns of random whole numbers; 400 of them measured, two made-up targets
(the default learner, their logarithms). 32 rows are chosen by one model, by two that are to be
taught, for the best row of one, and for the trade-offs of both: seconds from start to end,
processor time and peak memory of the whole command, the fastest of --repeats.
"""

import pathlib
import tempfile

import numpy as np
import pandas as pd

import common

WAYS = {
    "one model": ["1"],
    "two models, to teach": ["1", "2"],
    "one model, the best row": ["1", "best"],
    "two models, trade-offs": ["1", "2", "best"],
}


def main():
    p = common.parser(__doc__)
    p.add_argument("--rows", type=int, default=1_000_000, help="default: %(default)s")
    p.add_argument("--repeats", type=int, default=3, help="default: %(default)s")
    args = common.parse(p)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        prepare(folder, args)
        lines = []
        for name, words in WAYS.items():
            line = [args.altool, "-q", "select", folder / "candidates.parquet", "-n", 32]
            for model in words:
                line += ["--goal", "best"] if model == "best" else ["--model", folder / model]
            line += ["--threads", args.threads, "-o", folder / "batch.csv"]
            runs = [common.run(line) for _ in range(args.repeats)]
            best = min(runs, key=lambda run: run.seconds)
            lines.append([name, f"{best.seconds:.1f}", f"{best.peak_mib:.0f}"])
    print(common.markdown(["", "s", "MiB"], lines))


def prepare(folder, args):
    rng = np.random.default_rng(0)
    columns = {f"x{at}": rng.integers(0, 1000, args.rows) for at in range(8)}
    frame = pd.DataFrame(columns)
    frame.to_parquet(folder / "candidates.parquet")
    measured = frame.iloc[:400].copy()
    x = measured.to_numpy() / 1000
    noise = 0.02 * rng.normal(size=(2, len(x)))
    first = x[:, 0] + np.sin(5 * x[:, 1]) + 0.3 * x[:, 2] * x[:, 3]
    second = -x[:, 0] + x[:, 4] ** 2 + 0.3 * np.sin(4 * x[:, 1])
    measured["t1"], measured["t2"] = np.exp(first + noise[0]), np.exp(second + noise[1])
    measured.to_csv(folder / "measured.csv", index=False)
    for model, (target, other) in {"1": ("t1", "t2"), "2": ("t2", "t1")}.items():
        common.run(
            [args.altool, "-q", "train", folder / "measured.csv", "--target", target]
            + ["--ignore", other, "--log-target", "--direction", "min", "-o", folder / model]
        )


if __name__ == "__main__":
    main()
