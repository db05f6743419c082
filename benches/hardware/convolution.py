"""Which of six GPUs for which convolution kernel, from few measurements.

A workload is a kernel's seven parameters, 4362 of them; the hardware is the GPU.
5 % of the pairs are measured at random, then five rounds of 1 % are added. For
every workload the recommended GPU is compared with the exact best one, by the
measured times of all pairs. A recommended pair that fails is no top-1 and counts as
a failure; its regret is that of the next GPU in the same way's order that works.

Compared on the same number of measurements:

  lcmd        rounds chosen by altool select
  integrate   rounds chosen by altool recommend --integrate
  knowledge   the same by what measuring a pair is expected to improve the choice
              (--optimality knowledge-gradient, information gain not counted)
  random      rounds drawn at random, advice by altool recommend
  global      always the GPU that is best on average by the measured rows of knowledge
  lightgbm    argmax of a LightGBM (of log time) on the rows of knowledge, or on the
              random ones, measured values put in where there are some

    python benches/hardware/convolution.py --data DIR --altool target/release/altool

Needs numpy, pandas and lightgbm.
"""

import argparse
import pathlib
import tempfile

import numpy as np
import pandas as pd

from common import Altool, interval, reliability, told

HARDWARE = "gpu"
KERNEL = [
    "block_size_x",
    "block_size_y",
    "tile_size_x",
    "tile_size_y",
    "read_only",
    "use_padding",
    "use_shmem",
]
TARGET = "time_ms"
TRAIN = [
    "--target", TARGET, "--log-target", "--direction", "min", "--status", "status",
    "--features", ",".join([HARDWARE, *KERNEL]), "--holdout", "0",
]  # fmt: skip

KNOWLEDGE = ["--optimality", "knowledge-gradient", "--weights", "information_gain=0,optimality=1"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the table")
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--initial", type=float, default=0.05, help="share measured first")
    parser.add_argument("--batch", type=float, default=0.01, help="share of a round")
    parser.add_argument("--full", action="store_true", help="re-fit at every update")
    options = parser.parse_args()
    table = pd.read_csv(options.data / "hw_conv_kernel_6gpu.csv")
    truth = Truth(table)
    results = {}
    for repeat in range(options.repeats):
        for name, outcome in one_repeat(table, truth, options, repeat).items():
            results.setdefault(name, []).append(outcome)
        print(f"repeat {repeat + 1} of {options.repeats}", flush=True)
    report(results)


class Truth:
    """The exact times, workloads × GPUs; failed pairs are missing."""

    def __init__(self, table):
        self.times = table.pivot_table(index=KERNEL, columns=HARDWARE, values=TARGET, dropna=False)
        self.times = self.times[self.times.notna().any(axis=1)]
        self.gpus = list(self.times.columns)
        self.best = self.times.min(axis=1)

    def judge(self, values):
        """Share of workloads whose best GPU comes first, share whose first fails,
        and mean regret in percent; `values` has workloads × GPUs, small ones first,
        what is left out as missing."""
        values = values.reindex(index=self.times.index, columns=self.gpus)
        order = np.argsort(values.fillna(np.inf).to_numpy(), axis=1, kind="stable")
        times = np.take_along_axis(self.times.to_numpy(), order, axis=1)
        works = ~np.isnan(times)
        got = times[np.arange(len(times)), works.argmax(axis=1)]
        best = self.best.to_numpy()
        return {
            "accuracy": (times[:, 0] == best).mean(),
            "failures": (~works[:, 0]).mean(),
            "regret": (100 * (got / best - 1)).mean(),
        }


def one_repeat(table, truth, options, repeat):
    rng = np.random.default_rng(repeat)
    order = rng.permutation(len(table))
    first = round(options.initial * len(table))
    batch = round(options.batch * len(table))
    outcomes = {}
    with tempfile.TemporaryDirectory() as folder:
        altool = Altool(options.altool, folder)
        folder = pathlib.Path(folder)
        table[[HARDWARE, *KERNEL]].to_csv(folder / "all.csv", index=False)
        table.iloc[order[:first]].to_csv(folder / "first.csv", index=False)
        altool("train", "first.csv", "--learner", "boosted", *TRAIN, "--seed", repeat, "-o", "first.altool")
        for way in ["lcmd", "integrate", "knowledge", "random"]:
            rows = follow(altool, folder, table, way, order, first, batch, options)
            outcomes[way] = advice(altool, folder, truth, f"{way}.altool")
            if way == "knowledge":
                outcomes["global"] = globally(rows, truth)
                outcomes["lightgbm"] = boosted(rows, table, truth, repeat)
            if way == "random":
                outcomes["lightgbm, random"] = boosted(rows, table, truth, repeat)
    return outcomes


def follow(altool, folder, table, way, order, first, batch, options):
    """The rounds of one way; gives all rows it measured and leaves its model."""
    model = f"{way}.altool"
    (folder / model).write_bytes((folder / "first.altool").read_bytes())
    rows = [table.iloc[order[:first]]]
    for number in range(options.rounds):
        if way == "random":
            start = first + number * batch
            new = table.iloc[order[start : start + batch]]
        else:
            chosen = choose(altool, way, model, batch)
            new = table.merge(chosen, on=[HARDWARE, *KERNEL])
        new.to_csv(folder / "new.csv", index=False)
        full = ["--refit"] if options.full else []
        altool("update", "new.csv", "--model", model, *full)
        rows.append(new)
    return pd.concat(rows)


def choose(altool, way, model, batch):
    if way in ["integrate", "knowledge"]:
        more = KNOWLEDGE if way == "knowledge" else []
        altool(
            "recommend", "all.csv", "--model", model, "--hardware", HARDWARE, "--optimize-for",
            "latency", "--integrate", "-n", batch, *more, "-o", "batch.csv",
        )  # fmt: skip
    else:
        altool(
            "select", "all.csv", "--model", model, "-n", batch, "--strategy", way,
            "--min-gain", "0", "-o", "batch.csv",
        )  # fmt: skip
    return pd.read_csv(altool.folder / "batch.csv")[[HARDWARE, *KERNEL]]


def advice(altool, folder, truth, model):
    """What altool recommends: how good it is, and how well it knows."""
    altool(
        "recommend", "all.csv", "--model", model, "--hardware", HARDWARE,
        "--optimize-for", "latency", "--hardware-table", "pairs.csv", "-o", "advice.csv",
    )  # fmt: skip
    given = pd.read_csv(folder / "advice.csv").set_index(KERNEL)
    given = given.reindex(truth.times.index)
    pairs = pd.read_csv(folder / "pairs.csv")
    p = pairs.pivot_table(index=KERNEL, columns=HARDWARE, values="p_best", dropna=False)
    values = pairs.pivot_table(index=KERNEL, columns=HARDWARE, values="predicted", dropna=False)
    p = p.reindex(truth.times.index)[truth.gpus].fillna(0).to_numpy()
    hit = (truth.times.to_numpy() == truth.best.to_numpy()[:, None]).astype(float)
    decided = given["recommended_hardware"].notna().to_numpy()
    at = [truth.gpus.index(gpu) for gpu in given["recommended_hardware"][decided]]
    return truth.judge(values) | {
        # Of the recommended one, where there is one, and of all pairs.
        "p": given["p_best"][decided].to_numpy(),
        "hit": hit[decided][np.arange(decided.sum()), at],
        "all_p": p.ravel(),
        "all_hit": hit.ravel(),
        "stated": given["expected_regret_percent"].mean(),
    }


def globally(rows, truth):
    """Always the GPU with the smallest mean log time of the measured rows."""
    mean = np.log(rows[TARGET]).groupby(rows[HARDWARE]).mean()
    values = np.tile(mean.reindex(truth.gpus), (len(truth.times), 1))
    return truth.judge(pd.DataFrame(values, truth.times.index, truth.gpus))


def boosted(rows, table, truth, seed):
    import lightgbm

    category = pd.CategoricalDtype(truth.gpus)

    def features(part):
        return part[[HARDWARE, *KERNEL]].astype({HARDWARE: category})

    known = rows[rows[TARGET].notna()]
    model = lightgbm.LGBMRegressor(
        n_estimators=500, learning_rate=0.05, num_leaves=31, min_child_samples=5,
        random_state=seed, n_jobs=2, verbose=-1,
    )  # fmt: skip
    model.fit(features(known), np.log(known[TARGET]))
    predicted = table[[HARDWARE, *KERNEL]].copy()
    predicted["value"] = model.predict(features(table))
    predicted = predicted.set_index([*KERNEL, HARDWARE])["value"]
    measured = known.groupby([*KERNEL, HARDWARE])[TARGET].mean()
    predicted.loc[measured.index] = np.log(measured)
    failed = rows[rows[TARGET].isna()].set_index([*KERNEL, HARDWARE]).index
    predicted.loc[failed] = np.inf
    return truth.judge(predicted.unstack(HARDWARE))


def report(results):
    rows = []
    for name, outcomes in results.items():
        accuracy = np.array([outcome["accuracy"] for outcome in outcomes])
        regret = np.array([outcome["regret"] for outcome in outcomes])
        failures = np.mean([outcome["failures"] for outcome in outcomes])
        cells = [100 * accuracy.mean(), 100 * failures, regret.mean()]
        rows.append([name, *(f"{cell:.2f} %" for cell in cells)])
    told("Right GPU and mean regret", rows, ["way", "top-1", "first fails", "regret"])
    rows = []
    for ahead in ["knowledge", "integrate"]:
        for name, outcomes in results.items():
            if name == ahead:
                continue
            cells = [f"{ahead} − {name}"]
            for what, scale in [("accuracy", 100), ("regret", 1)]:
                pairs = zip(results[ahead], outcomes)
                mean, low, high = interval([scale * (a[what] - b[what]) for a, b in pairs])
                cells.append(f"{mean:+.2f} ({low:+.2f} to {high:+.2f})")
            rows.append(cells)
    told("Paired differences, 95 % intervals", rows, ["", "top-1, points", "regret, points"])
    for name in ["knowledge", "lcmd", "integrate", "random"]:
        joined = {
            key: np.concatenate([outcome[key] for outcome in results[name]])
            for key in ["p", "hit", "all_p", "all_hit"]
        }
        stated = np.mean([outcome["stated"] for outcome in results[name]])
        for which, p, hit in [("recommended", "p", "hit"), ("all pairs", "all_p", "all_hit")]:
            brier, table = reliability(joined[p], joined[hit])
            told(
                f"{name}, p_best of {which}: Brier {brier:.4f}, stated regret {stated:.2f} %",
                [[f"{a:.1f}", f"{n}", f"{b:.3f}", f"{c:.3f}"] for a, n, b, c in table],
                ["from", "pairs", "stated", "came true"],
            )


if __name__ == "__main__":
    main()
