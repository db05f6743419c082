"""How often `select --min-gain` would have stopped too early.

Reads curves that `altool simulate --strategies lcmd -o CURVES.csv` wrote. A
threshold stops a repeat at the first round whose batch is expected to bring
less. It was too early if the next three batches brought more than the threshold
each, in the mean.

    python stopping.py CURVES.csv [CURVES.csv ...]
"""

import sys

import numpy as np
import pandas as pd

THRESHOLDS = (0.02, 0.03, 0.05, 0.08)


def table(path):
    rows = pd.read_csv(path)
    rows = rows[rows.strategy != "random"]
    error = np.log(rows.pivot(index="repeat", columns="round", values="error").to_numpy())
    expected = rows.pivot(index="repeat", columns="round", values="expected_gain").to_numpy()
    fell = -np.diff(error, axis=1)
    print(f"\n{path}: the error fell by {fell.mean() / expected[:, :-1].mean():.2f} of what was expected")
    print("| min-gain | stopped | too early | labels at the stop, mean round | missed until the end |")
    print("|---|---|---|---|---|")
    for threshold in THRESHOLDS:
        stops, early, rounds, missed = 0, 0, [], []
        for repeat in range(len(error)):
            below = np.flatnonzero(expected[repeat, :-1] < threshold)
            if len(below) == 0:
                continue
            at = below[0]
            stops += 1
            early += fell[repeat, at : at + 3].mean() > threshold
            rounds.append(at)
            missed.append(1 - np.exp(error[repeat, -1] - error[repeat, at]))
        mean = lambda values, form: format(np.mean(values), form) if values else "–"
        print(
            f"| {threshold:.2f} | {stops} of {len(error)} | {early} | {mean(rounds, '.1f')} | {mean(missed, '.1%')} |"
        )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path in sys.argv[1:]:
        table(path)
