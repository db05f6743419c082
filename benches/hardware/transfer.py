"""Few measurements of a new device: how well its ranking is predicted.

Every device of the FBNet table in turn is the new one: 900 random rows of each
other device are measured (devices that are the same hardware at another batch
size are left out), and 10 or 20 rows of the new one. The score is Spearman's
correlation of predicted and measured latency over the device's other rows.

  altool    `altool train --hardware device`, then `altool score`; the rows of the
            new device are drawn at random, or chosen by `altool select`
  lightgbm  one LightGBM on the same rows, the device as a category
  ridge     a ridge on what is predicted of each source device: by a LightGBM of
            its rows (trees), or by a ridge on one-hot blocks (additive)

The ridges get the random rows and those that altool chose. With --table convolution
the devices are the six GPUs of the convolution kernels, and rows their configurations
that work on all of them.

    python3 benches/hardware/transfer.py --data DIR --altool target/release/altool

Needs numpy, pandas, scipy, scikit-learn and lightgbm.
"""

import argparse
import pathlib
import re
import tempfile
import warnings

import lightgbm
import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge, RidgeCV

from common import Altool, journal

SOURCE_ROWS = 900


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the tables")
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--table", default="fbnet", choices=["fbnet", "convolution"])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--devices", default="", help="names, by commas; default: all")
    parser.add_argument("--budgets", default="10,20", help="measurements of the new device")
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("transfer.jsonl"))
    parser.add_argument("--train", default="", help="more options of train, in one text")
    parser.add_argument("--select", default="", help="more options of select, in one text")
    parser.add_argument("--no-peers", action="store_true", help="altool alone")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    table = fbnet(options.data) if options.table == "fbnet" else convolution(options.data)
    devices = [name[4:] for name in table.columns if name.startswith("lat_")]
    wanted = options.devices.split(",") if options.devices else devices
    lines = journal(
        options.out,
        f"{options.table} {options.budgets} {options.train} {options.select}",
        options.altool,
        ["device", "seed"],
        [(device, seed) for seed in range(options.seeds) for device in wanted],
        lambda item: run(table, devices, *item, options),
        options.jobs,
    )
    report(lines, wanted)


def fbnet(data):
    """Networks by their blocks, which are categories, and lat_<device>."""
    table = pd.read_csv(data / "hw_fbnet_latency_27dev.csv")
    blocks = [name for name in table.columns if name.startswith("block")]
    return table.astype(dict.fromkeys(blocks, "category"))


def convolution(data):
    """Kernels by their seven numbers, and lat_<GPU>."""
    long = pd.read_csv(data / "hw_conv_kernel_6gpu.csv")
    inputs = list(long.columns[1:8])
    wide = long.pivot_table(index=inputs, columns="gpu", values="time_ms").dropna()
    return wide.add_prefix("lat_").reset_index()


def hardware(device):
    """The hardware, whatever the batch size."""
    return re.sub(r"_(1|32|64)$", "", device) if not device.endswith("ph_1") else device


def run(table, devices, new, seed, options):
    rng = np.random.default_rng([seed, devices.index(new)])
    blocks = [n for n in table.columns if not n.startswith("lat_") and n != "arch_id"]
    sources = [d for d in devices if hardware(d) != hardware(new)]
    picked = {d: rng.permutation(len(table))[:SOURCE_ROWS] for d in sources}
    order = rng.permutation(len(table))
    truth = table[f"lat_{new}"].to_numpy()

    def rows(device, which):
        part = table.loc[which, blocks].copy()
        part.insert(0, "device", device)
        part["latency_ms"] = table.loc[which, f"lat_{device}"].to_numpy()
        return part

    measured = pd.concat([rows(d, picked[d]) for d in sources])
    lines = []

    def note(method, budget, which, predicted, extra=None):
        rest = np.setdiff1d(np.arange(len(table)), which)
        rho = spearmanr(predicted[rest], truth[rest]).statistic
        line = {"device": new, "seed": seed, "method": method, "budget": budget, "rho": rho}
        lines.append(line | (extra(rest) if extra else {}))

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        measured.to_csv(folder / "measured.csv", index=False)
        candidates = rows(new, np.arange(len(table))).drop(columns="latency_ms")
        candidates["row"] = np.arange(len(table))
        candidates.to_csv(folder / "candidates.csv", index=False)

        altool = Altool(options.altool, folder, "--seed", seed, "--threads", 1, "-q")

        def train(*files):
            more = options.train.split()
            altool("train", *files, "--learner", "boosted", "--target", "latency_ms", "--log-target", "--direction", "min",
                   "--hardware", "device", "--holdout", "0", *more, "-o", "m.altool")

        def score(method, budget, which):
            altool("score", "candidates.csv", "--model", "m.altool", "--gain", "none",
                   "-o", "scored.csv")
            scored = pd.read_csv(folder / "scored.csv")

            def covered(rest):
                low, high = scored["interval_low"][rest], scored["interval_high"][rest]
                inside = (truth[rest] >= low) & (truth[rest] <= high)
                return {"coverage": float(inside.mean())}

            note(method, budget, which, scored["prediction"].to_numpy(), covered)

        budgets = [int(b) for b in options.budgets.split(",")]
        train("measured.csv")
        score("altool, no measurement", 0, [])
        altool("select", "candidates.csv", "--model", "m.altool", "-n", str(max(budgets)),
               "--columns", "row", *options.select.split(), "-o", "chosen.csv")
        chosen = pd.read_csv(folder / "chosen.csv")["row"].to_numpy()
        features = None
        for budget in budgets:
            for method, which in [("random", order[:budget]), ("select", chosen[:budget])]:
                rows(new, which).to_csv(folder / "new.csv", index=False)
                train("measured.csv", "new.csv")
                score(f"altool, {method}", budget, which)
            if options.no_peers:
                continue
            which = order[:budget]
            both = pd.concat([measured, rows(new, which)])
            note("lightgbm", budget, which, joint(both, candidates, blocks))
            if features is None:
                features = source_predictions(table, blocks, picked)
            for name, columns in features.items():
                for method, which in [("random", order[:budget]), ("select", chosen[:budget])]:
                    model = RidgeCV(np.logspace(-2, 4, 13))
                    model.fit(columns[which], np.log(truth[which]))
                    note(f"ridge on {name}, {method}", budget, which, model.predict(columns))
    return lines


def joint(measured, candidates, blocks):
    columns = ["device", *blocks]
    both = pd.concat([measured[columns], candidates[columns]]).astype({"device": "category"})
    model = lightgbm.LGBMRegressor(n_jobs=1, verbose=-1)
    model.fit(both[: len(measured)], np.log(measured["latency_ms"].to_numpy()))
    return model.predict(both[len(measured):])


def source_predictions(table, blocks, picked):
    """What is predicted of each source device for every row, standardised."""
    inputs = table[blocks]
    hot = pd.get_dummies(inputs).to_numpy(float)
    hot = (hot - hot.mean(0)) / hot.std(0) if len(blocks) == hot.shape[1] else hot
    trees, additive = [], []
    for device, rows in picked.items():
        target = np.log(table.loc[rows, f"lat_{device}"].to_numpy())
        model = lightgbm.LGBMRegressor(n_jobs=1, verbose=-1).fit(inputs.iloc[rows], target)
        trees.append(model.predict(inputs))
        additive.append(Ridge(1.0).fit(hot[rows], target).predict(hot))
    both = {"trees": np.column_stack(trees), "additive": np.column_stack(additive)}
    return {name: (f - f.mean(0)) / f.std(0) for name, f in both.items()}


def report(lines, wanted):
    lines = pd.DataFrame(lines)
    lines = lines[lines["device"].isin(wanted)]
    lines["what"] = lines["method"] + " (" + lines["budget"].astype(str) + ")"
    order = lines.drop_duplicates("what").sort_values(["budget", "method"])["what"]
    means = lines.pivot_table(index="device", columns="what", values="rho")[list(order)]
    print(means.round(3).to_string())
    three = means.reindex(["raspi4", "eyeriss", "fpga"]).dropna()
    print("\nmean of all devices:\n" + means.mean().round(3).to_string())
    print("\nmean of raspi4, eyeriss, fpga:\n" + three.mean().round(3).to_string())
    covered = lines.dropna(subset="coverage").groupby("what")["coverage"].mean()
    print("\ncoverage of 80 % intervals:\n" + covered.round(3).to_string())
    print(f"\nseeds: {lines.groupby('device')['seed'].nunique().to_dict()}")


if __name__ == "__main__":
    main()
