"""Which accelerator for which language model that was never measured.

A workload is (model, length, batch, framework, devices). Whole workloads are held
out: a fifth in each fold, grouped, so that a held-out workload was measured on no
hardware. Of those that were measured on two or more, the recommended hardware is
compared with the best of the measured ones; altool is offered those only, so that
every choice has a true value. Pairs that do not fit the memory of the devices are
left out by fixtures/llm/hardware_specs.csv and models.csv; how many measured pairs
that concerns is said.

Compared: altool recommend; always the hardware that is best on average over the
training workloads, by its advantage over the mean of each workload; argmax of a
LightGBM of the logarithm of the throughput on the same rows.

    python benches/hardware/llm.py --data DIR --altool target/release/altool

Needs numpy, pandas and lightgbm.
"""

import argparse
import pathlib
import tempfile

import numpy as np
import pandas as pd

from common import Altool, interval, reliability, told

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "llm"
HARDWARE = "hardware"
TARGET = "throughput_tok_s"
WORKLOAD = ["model", "in_out_len", "batch_size", "framework", "num_devices"]
FEATURES = [HARDWARE, *WORKLOAD]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the table")
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--repeats", type=int, default=5, help="seeds of the split")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    table = pd.read_csv(options.data / "hw_llm_inference_bench.csv")
    infeasible(table)
    workload = table.groupby(WORKLOAD, sort=True).ngroup().to_numpy()
    results = {}
    for repeat in range(options.repeats):
        fold = np.random.default_rng(repeat).permutation(workload.max() + 1) % options.folds
        for number in range(options.folds):
            held = fold[workload] == number
            outcome = one_fold(table[~held], table[held], options, repeat)
            for name, one in outcome.items():
                results.setdefault(name, {}).setdefault(repeat, []).append(one)
        print(f"split {repeat + 1} of {options.repeats}", flush=True)
    report(results)


def infeasible(table):
    """Says how many measured pairs the specs would leave out."""
    specs = pd.read_csv(FIXTURES / "hardware_specs.csv")
    models = pd.read_csv(FIXTURES / "models.csv")
    joined = table.merge(specs, on=HARDWARE).merge(models, on="model")
    assert len(joined) == len(table), "every row has its specs"
    bad = joined[joined.memory_need_gb > joined.memory_gb * joined.num_devices]
    print(f"measured rows that the specs would leave out: {len(bad)} of {len(joined)}")
    print(bad.groupby([HARDWARE, "model", "num_devices"]).size().to_string())


def one_fold(train, held, options, seed):
    truth = held.groupby([*WORKLOAD, HARDWARE])[TARGET].median().unstack(HARDWARE)
    truth = truth[truth.notna().sum(axis=1) >= 2]
    with tempfile.TemporaryDirectory() as folder:
        altool = Altool(options.altool, folder)
        folder = pathlib.Path(folder)
        train.to_csv(folder / "train.csv", index=False)
        pairs = held[FEATURES].drop_duplicates()
        keep = pd.MultiIndex.from_frame(pairs[WORKLOAD]).isin(truth.index)
        pairs[keep].to_csv(folder / "held.csv", index=False)
        altool(
            "train", "train.csv", "--learner", "boosted", "--target", TARGET, "--log-target", "--direction", "max",
            "--features", ",".join(FEATURES), "--holdout", "0", "--seed", seed, "-o", "m.altool",
        )  # fmt: skip
        altool(
            "recommend", "held.csv", "--model", "m.altool", "--hardware", HARDWARE,
            "--optimize-for", "throughput", "--specs", FIXTURES / "hardware_specs.csv",
            "--specs", FIXTURES / "models.csv", "-o", "advice.csv",
        )  # fmt: skip
        given = pd.read_csv(folder / "advice.csv").set_index(WORKLOAD).reindex(truth.index)
    # A workload with nothing left is given what is best on average.
    usual = globally(train)
    fallback = [first_known(row, usual) for _, row in truth.iterrows()]
    chosen = given["recommended_hardware"].where(
        given["recommended_hardware"].notna(), pd.Series(fallback, index=truth.index)
    )
    out = {
        "altool": judged(truth, chosen),
        "global": judged(truth, pd.Series(fallback, index=truth.index)),
        "lightgbm": judged(truth, boosted(train, truth, seed)),
    }
    # Missing where nothing was recommended: that is no statement to be judged.
    out["altool"]["p"] = given["p_best"].to_numpy()
    out["altool"]["stated"] = given["expected_regret_percent"].to_numpy()
    return out


def judged(truth, chosen):
    """Regret of each workload in percent of the best, and whether it is the best."""
    at = [truth.columns.get_loc(name) for name in chosen]
    got = truth.to_numpy()[np.arange(len(truth)), at]
    best = truth.max(axis=1).to_numpy()
    # Neighbours in length and batch are nearly copies of one another.
    family = [f"{row[0]} {row[3]}" for row in truth.index]
    return {
        "regret": 100 * (1 - got / best),
        "hit": (got == best).astype(float),
        "family": np.array(family),
    }


def globally(train):
    """Hardware by its mean advantage over the mean of each workload, best first."""
    value = np.log(train[TARGET])
    mean = value.groupby([train[name] for name in WORKLOAD]).transform("mean")
    shared = train.groupby(WORKLOAD)[HARDWARE].transform("nunique") > 1
    advantage = (value - mean)[shared].groupby(train[HARDWARE][shared]).mean()
    return list(advantage.sort_values(ascending=False).index)


def first_known(row, usual):
    return next(name for name in [*usual, *row.index] if not np.isnan(row.get(name, np.nan)))


def boosted(train, truth, seed):
    import lightgbm

    texts = [HARDWARE, "model", "framework"]
    kinds = {name: pd.CategoricalDtype(sorted(train[name].unique())) for name in texts}
    model = lightgbm.LGBMRegressor(
        n_estimators=500, learning_rate=0.05, num_leaves=31, min_child_samples=5,
        random_state=seed, n_jobs=2, verbose=-1,
    )  # fmt: skip
    model.fit(train[FEATURES].astype(kinds), np.log(train[TARGET]))
    pairs = truth.stack().dropna().rename("measured").reset_index()
    pairs["value"] = model.predict(pairs[FEATURES].astype(kinds))
    wide = pairs.set_index([*WORKLOAD, HARDWARE])["value"].unstack(HARDWARE)
    return wide.reindex(index=truth.index, columns=truth.columns).idxmax(axis=1)


def report(results):
    def mean(name, repeat, what):
        return np.concatenate([one[what] for one in results[name][repeat]]).mean()

    repeats = sorted(results["altool"])
    rows = []
    for name in results:
        top = 100 * np.mean([mean(name, repeat, "hit") for repeat in repeats])
        regret = np.mean([mean(name, repeat, "regret") for repeat in repeats])
        rows.append([name, f"{top:.1f} %", f"{regret:.2f} %"])
    told("Workloads held out whole", rows, ["way", "top-1", "regret"])
    rows = []
    # Workloads are what is drawn: repeats of the split share them.
    for name in ["global", "lightgbm"]:
        cells = [f"altool − {name}"]
        for what, scale in [("hit", 100), ("regret", 1)]:
            differences = np.concatenate(
                [
                    scale * (a[what] - b[what])
                    for a, b in zip(results["altool"][repeats[0]], results[name][repeats[0]])
                ]
            )
            families = np.concatenate([a["family"] for a in results["altool"][repeats[0]]])
            middle, low, high = interval(differences, families)
            cells.append(f"{middle:+.2f} ({low:+.2f} to {high:+.2f})")
        rows.append(cells)
    told(
        "Paired differences over the workloads of the first split, 95 % intervals "
        "(drawn by model and framework)",
        rows,
        ["", "top-1, points", "regret, points"],
    )
    joined = {
        key: np.concatenate([one[key] for repeat in repeats for one in results["altool"][repeat]])
        for key in ["p", "hit", "stated", "regret"]
    }
    decided = ~np.isnan(joined["p"])
    brier, table = reliability(joined["p"][decided], joined["hit"][decided])
    stated = np.nanmean(joined["stated"])
    told(
        f"p_best of the recommended: Brier {brier:.4f}, regret stated {stated:.2f} %, "
        f"true {joined['regret'].mean():.2f} %",
        [[f"{a:.1f}", f"{n}", f"{b:.3f}", f"{c:.3f}"] for a, n, b, c in table],
        ["from", "workloads", "stated", "came true"],
    )


if __name__ == "__main__":
    main()
