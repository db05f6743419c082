"""How many of the best compounds are found: altool simulate against MolPAL's published way.

  cargo build --release --features chem
  python3 benches/chem/screen.py --data DIR [--altool PATH] [--repeats 10] [--only esol,bace]
                                 [--strategies greedy,thompson,ucb,expected-improvement]

DIR holds mol_esol.csv and mol_bace.csv (benches/peers/README.md). A hundredth of the compounds is
measured at first and a hundredth in each of 14 batches; the best 20 are looked for (large logS,
large pIC50). altool replays all strategies from the same starts; `molpal` is a random forest of
100 trees of depth 8 on 2048-bit fingerprints whose upper confidence bound of beta 2 chooses
(Graff, Shakhnovich & Coley 2021), from starts of its own. Prints Markdown: recall at 6 % and 15 %
of the labels with bootstrap intervals over repeats.
"""

import argparse
import csv
import pathlib
import subprocess
import tempfile

import numpy as np
from rdkit import Chem, RDLogger
from rdkit.Chem import rdFingerprintGenerator
from sklearn.ensemble import RandomForestRegressor

RDLogger.DisableLog("rdApp.*")
TABLES = {"esol": ("mol_esol.csv", "measured_logS"), "bace": ("mol_bace.csv", "pIC50")}
TOP = 20
ROUNDS = 14
GENERATOR = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)


def table(data, name):
    file, target = TABLES[name]
    with open(data / file, newline="") as rows:
        rows = list(csv.DictReader(rows))
    found = {}
    for row in rows:
        key = Chem.MolToSmiles(Chem.MolFromSmiles(row["smiles"]))
        found.setdefault(key, []).append(float(row[target]))
    return list(found), np.array([np.mean(values) for values in found.values()])


def recall(y, known):
    last = np.sort(y)[-TOP]
    return min((y[known] >= last).sum(), TOP) / TOP


def molpal(x, y, step, seed):
    rng = np.random.default_rng(seed)
    known = list(rng.choice(len(y), step, replace=False))
    recalls = [recall(y, known)]
    for _ in range(ROUNDS):
        model = RandomForestRegressor(100, max_depth=8, random_state=seed, n_jobs=2)
        model.fit(x[known], y[known])
        said = np.array([tree.predict(x) for tree in model.estimators_])
        bound = said.mean(0) + 2 * said.std(0)
        bound[known] = -np.inf
        known += list(np.argsort(-bound, kind="stable")[:step])
        recalls.append(recall(y, known))
    return recalls


def altool(smiles, y, step, args):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with open(folder / "table.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["smiles", "y"])
            writer.writerows(zip(smiles, map(repr, map(float, y))))
        command = [args.altool, "simulate", "table.csv", "--target", "y", "--smiles", "smiles",
                   "--direction", "max", "--goal", "best", "--strategies", args.strategies,
                   "--initial", str(step), "--batch", str(step), "--rounds", str(ROUNDS),
                   "--repeats", str(args.repeats), "--top", str(TOP), "-o", "curves.csv"]
        if args.learner:
            command += ["--learner", args.learner]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        with open(folder / "curves.csv", newline="") as file:
            rows = list(csv.DictReader(file))
    curves = {}
    for row in rows:
        curve = curves.setdefault(row["strategy"], {}).setdefault(int(row["repeat"]), {})
        curve[int(row["round"])] = float(row["top_recall"])
    return {name: [[curve[r] for r in sorted(curve)] for curve in runs.values()]
            for name, runs in curves.items()}


def interval(values):
    rng = np.random.default_rng(0)
    means = [rng.choice(values, len(values)).mean() for _ in range(5000)]
    return f"{np.mean(values):.3f} [{np.quantile(means, 0.025):.3f}, {np.quantile(means, 0.975):.3f}]"


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=pathlib.Path, required=True)
    p.add_argument("--altool", type=lambda path: str(pathlib.Path(path).resolve()), default="target/release/altool")
    p.add_argument("--repeats", type=int, default=10)
    p.add_argument("--only", default=",".join(TABLES))
    p.add_argument("--strategies", default="greedy,thompson,ucb,expected-improvement")
    p.add_argument("--learner")
    args = p.parse_args()
    for name in args.only.split(","):
        smiles, y = table(args.data, name)
        step = round(len(y) / 100)
        x = np.array([GENERATOR.GetFingerprintAsNumPy(Chem.MolFromSmiles(s)) for s in smiles])
        curves = altool(smiles, y, step, args)
        curves["molpal"] = [molpal(x, y, step, seed) for seed in range(args.repeats)]
        print(f"\n{name}: {len(y)} compounds, {step} a batch, {args.repeats} repeats\n")
        print("| strategy | recall at 6 % | recall at 15 % |\n|---|---|---|")
        for strategy, runs in curves.items():
            runs = np.array(runs)
            print(f"| {strategy} | {interval(runs[:, 5])} | {interval(runs[:, 14])} |")
        other = np.array(curves["molpal"])
        for strategy, runs in curves.items():
            if strategy in ("molpal",):
                continue
            runs = np.array(runs)
            parts = []
            for at, share in ((5, 6), (14, 15)):
                rng = np.random.default_rng(1)
                apart = [rng.choice(runs[:, at], len(runs)).mean() - rng.choice(other[:, at], len(other)).mean()
                         for _ in range(5000)]
                low, high = np.quantile(apart, [0.025, 0.975])
                parts.append(f"{share} %: {runs[:, at].mean() - other[:, at].mean():+.3f} [{low:+.3f}, {high:+.3f}]")
            print(f"\n{strategy} above molpal at " + ", ".join(parts))


if __name__ == "__main__":
    main()
