"""Error against seconds spent: selection that knows what a measurement costs.

The convolution table, one graphics card at a time: 24 random rows are measured
first, then batches of as many seconds (compiling and measuring, the real price of
a row) as 24 median rows take, 8 of them. Three ways to fill a batch:

  cost-aware  `altool select --cost cost_s --budget S`: the model has learned what
              rows cost from those measured; no candidate's cost is given
  cost-blind  `altool select`, rows in the order of their rank until the seconds
              are spent
  random      rows in random order until the seconds are spent

The error is the RMSE of log(time_ms) on a random quarter of the rows, read off at
the same seconds for all three; a ratio below 1 says that the first is ahead.

    python3 benches/hardware/cost.py --data DIR --altool target/release/altool

Needs numpy and pandas.
"""

import argparse
import pathlib
import tempfile

import numpy as np
import pandas as pd

from common import Altool, journal

TABLE = "hw_conv_kernel_6gpu.csv"
FEATURES = [
    "block_size_x", "block_size_y", "tile_size_x", "tile_size_y", "read_only", "use_padding",
    "use_shmem",
]  # fmt: skip
ARMS = ["cost-aware", "cost-blind", "random"]
BATCH = 24
ROUNDS = 8


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the tables")
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--repeats", type=int, default=10, help="per graphics card; default: 10")
    parser.add_argument("--gpus", default="A100,A4000,A6000,MI250X,W6600,W7800")
    parser.add_argument("--select", default="", help="more options of the cost-aware select")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("cost.jsonl"))
    options = parser.parse_args()
    table = pd.read_csv(options.data / TABLE)
    table = table[table["status"] == "ok"].reset_index(drop=True)
    table["cost_s"] = (table["compile_time_ms"] + table["benchmark_time_ms"]) / 1000
    gpus = options.gpus.split(",")
    lines = journal(
        options.out,
        options.select,
        options.altool,
        ["gpu", "repeat"],
        [(gpu, repeat) for repeat in range(options.repeats) for gpu in gpus],
        lambda item: run(table, *item, options),
        options.jobs,
    )
    report(lines, gpus)


def run(table, gpu, repeat, options):
    rows = table[table["gpu"] == gpu].reset_index(drop=True)
    rng = np.random.default_rng([repeat, len(gpu), int(rows["cost_s"].sum())])
    order = rng.permutation(len(rows))
    test, pool = order[: len(rows) // 4], order[len(rows) // 4 :]
    seconds = BATCH * float(rows["cost_s"].median())
    curves = {}
    for arm in ARMS:
        with tempfile.TemporaryDirectory() as folder:
            curves[arm] = replay(rows, test, pool, seconds, arm, repeat, folder, options)
    return [{"gpu": gpu, "repeat": repeat, "batch_s": seconds, "curves": curves}]


def replay(rows, test, pool, seconds, arm, seed, folder, options):
    folder = pathlib.Path(folder)
    rows = rows[[*FEATURES, "time_ms", "cost_s"]].assign(row=np.arange(len(rows)))
    rows.loc[test].drop(columns=["time_ms", "cost_s"]).to_csv(folder / "test.csv", index=False)
    truth = np.log(rows.loc[test, "time_ms"].to_numpy())
    known = list(pool[:BATCH])

    altool = Altool(options.altool, folder, "--seed", seed, "--threads", 1, "-q")

    spent, errors = [], []
    for step in range(ROUNDS + 1):
        rows.loc[known].drop(columns="row").to_csv(folder / "measured.csv", index=False)
        altool("train", "measured.csv", "--learner", "boosted", "--target", "time_ms", "--log-target", "--holdout", "0",
               "--cost", "cost_s", "-o", "m.altool")
        altool("score", "test.csv", "--model", "m.altool", "--gain", "none", "-o", "scored.csv")
        predicted = np.log(pd.read_csv(folder / "scored.csv")["prediction"].to_numpy())
        spent.append(float(rows.loc[known, "cost_s"].sum()))
        errors.append(float(np.sqrt(np.mean((predicted - truth) ** 2))))
        if step == ROUNDS:
            break
        left = np.setdiff1d(pool, known)
        candidates = rows.loc[left].drop(columns=["time_ms", "cost_s"])
        candidates.to_csv(folder / "candidates.csv", index=False)
        select = ["select", "candidates.csv", "--model", "m.altool", "--columns", "row",
                  "-o", "batch.csv"]
        if arm == "cost-aware":
            altool(*select, "--cost", "cost_s", "--budget", str(seconds),
                   *options.select.split())
            known += list(pd.read_csv(folder / "batch.csv")["row"])
            continue
        if arm == "cost-blind":
            altool(*select, "-n", str(4 * BATCH))
            ranked = pd.read_csv(folder / "batch.csv")["row"].to_numpy()
        else:
            ranked = [row for row in pool if row in set(left)]
        costs = np.cumsum(rows.loc[ranked, "cost_s"].to_numpy())
        known += list(ranked[: max(1, int(np.searchsorted(costs, seconds, side="right")))])
    return {"spent": spent, "errors": errors}


def at(curve, seconds):
    """The log of the error at these seconds, between the rounds on a line."""
    return np.interp(seconds, curve["spent"], np.log(curve["errors"]))


def report(lines, gpus):
    lines = [line for line in lines if line["gpu"] in gpus]
    rng = np.random.default_rng(0)

    def ratios(line, a, b):
        first, second = line["curves"][a], line["curves"][b]
        start = max(first["spent"][1], second["spent"][1])
        end = min(first["spent"][-1], second["spent"][-1])
        grid = np.linspace(start, end, 50)
        return float(np.mean(at(first, grid) - at(second, grid)))

    print("mean ratio of errors at the same seconds, with a 95 % interval (bootstrap of the repeats)")
    for a, b in [("cost-aware", "cost-blind"), ("cost-aware", "random"), ("cost-blind", "random")]:
        each = {gpu: np.array([ratios(x, a, b) for x in lines if x["gpu"] == gpu]) for gpu in gpus}
        each = {gpu: values for gpu, values in each.items() if len(values)}
        means = [
            np.mean([rng.choice(values, len(values)).mean() for values in each.values()])
            for _ in range(10_000)
        ]
        low, high = np.exp(np.percentile(means, [2.5, 97.5]))
        mean = np.exp(np.mean([values.mean() for values in each.values()]))
        print(f"{a} to {b}: {mean:.3f} [{low:.3f}, {high:.3f}]; by card: "
              + ", ".join(f"{gpu} {np.exp(values.mean()):.3f}" for gpu, values in each.items()))
    measured = {arm: np.mean([len(x["curves"][arm]["spent"]) for x in lines]) for arm in ARMS}
    print(f"repeats: { {gpu: sum(x['gpu'] == gpu for x in lines) for gpu in gpus} }, rounds "
          + f"{measured['random']:.0f}")


if __name__ == "__main__":
    main()
