"""Compares altool's default model with others on the same molecules.

  cargo build --release --features chem
  python3 benches/chem/models.py --data DIR [--altool PATH] [--seeds 10] [--only esol,bace_class]
                                 [--splits random,scaffold] [--json OUT]

DIR holds mol_esol.csv, mol_freesolv.csv and mol_bace.csv (benches/peers/README.md). For each
table, split and seed a fifth of the rows is left out: at random, or by whole Murcko scaffolds.

- altool train --smiles, all defaults
- scikit-learn's random forest of 500 trees
- CatBoost with its defaults
- a Gaussian process with a Tanimoto kernel on counts: amplitude, mean and noise by maximum
  likelihood (of classes on 0 and 1)

The three others read RDKit's Morgan counts (radius 2, 2048) and the nine descriptors that altool
has, but for the Gaussian process, which reads the counts. Prints Markdown: errors, and ratios of
altool's to each with bootstrap intervals over seeds.
"""

import argparse
import csv
import json
import pathlib
import subprocess
import tempfile
import time

import numpy as np
from catboost import CatBoostClassifier, CatBoostRegressor
from rdkit import Chem, RDLogger
from rdkit.Chem import Crippen, rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize
from scipy.stats import norm
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import roc_auc_score

RDLogger.DisableLog("rdApp.*")
GENERATOR = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
DESCRIPTORS = [
    rdMolDescriptors._CalcMolWt,
    Crippen.MolLogP,
    rdMolDescriptors.CalcTPSA,
    rdMolDescriptors.CalcNumHBD,
    rdMolDescriptors.CalcNumHBA,
    rdMolDescriptors.CalcNumRotatableBonds,
    rdMolDescriptors.CalcNumRings,
    lambda m: m.GetNumHeavyAtoms(),
    rdMolDescriptors.CalcFractionCSP3,
]
TABLES = {
    "esol": ("mol_esol.csv", "measured_logS", False),
    "freesolv": ("mol_freesolv.csv", "expt_kcal_mol", False),
    "bace_pic50": ("mol_bace.csv", "pIC50", False),
    "bace_class": ("mol_bace.csv", "Class", True),
}
LEVEL = 0.8


class Table:
    def __init__(self, data, name):
        file, target, self.classes = TABLES[name]
        with open(data / file, newline="") as rows:
            rows = list(csv.DictReader(rows))
        self.smiles = [row["smiles"] for row in rows]
        self.y = np.array([float(row[target]) for row in rows])
        molecules = [Chem.MolFromSmiles(one) for one in self.smiles]
        self.counts = np.array([GENERATOR.GetCountFingerprintAsNumPy(m) for m in molecules], float)
        descriptors = np.array([[f(m) for f in DESCRIPTORS] for m in molecules])
        self.x = np.hstack([self.counts, descriptors])
        canonical = [Chem.MolToSmiles(m) for m in molecules]
        scaffold = [MurckoScaffold.MurckoScaffoldSmiles(mol=m) for m in molecules]
        # Molecules without rings share no scaffold.
        self.groups = {
            "random": canonical,
            "scaffold": [s or c for s, c in zip(scaffold, canonical)],
        }

    def split(self, how, seed):
        """Rows to learn from and a fifth to test on, whole groups of them."""
        names = sorted(set(self.groups[how]))
        order = np.random.default_rng(seed).permutation(len(names))
        members = {}
        for row, name in enumerate(self.groups[how]):
            members.setdefault(name, []).append(row)
        test = []
        for at in order:
            rows = members[names[at]]
            if len(test) + len(rows) <= 0.2 * len(self.y) * 1.05:
                test += rows
            if len(test) >= 0.2 * len(self.y):
                break
        train = sorted(set(range(len(self.y))) - set(test))
        return np.array(train), np.array(sorted(test))


def altool(table, train, test, binary):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, rows in (("train", train), ("test", test)):
            with open(folder / f"{name}.csv", "w", newline="") as file:
                writer = csv.writer(file)
                writer.writerow(["smiles", "y"] if name == "train" else ["smiles"])
                for row in rows:
                    y = f"c{int(table.y[row])}" if table.classes else repr(float(table.y[row]))
                    writer.writerow([table.smiles[row], y][: 2 if name == "train" else 1])
        begin = time.time()
        run = lambda *words: subprocess.run([binary, *words], check=True, capture_output=True, cwd=folder)
        run("train", "train.csv", "--target", "y", "--smiles", "smiles", "-o", "m.altool")
        seconds = time.time() - begin
        run("score", "test.csv", "--model", "m.altool", "--gain", "none", "-o", "s.csv")
        with open(folder / "s.csv", newline="") as file:
            rows = list(csv.DictReader(file))
    column = lambda name: np.array([float(row[name]) for row in rows])
    if table.classes:
        return dict(p=column("p_c1"), seconds=seconds)
    low, high = column("interval_low"), column("interval_high")
    # The deviation of a measurement, from the interval that is to cover 80 %.
    return dict(mean=column("prediction"), deviation=(high - low) / (2 * norm.ppf(0.5 + LEVEL / 2)),
                low=low, high=high, seconds=seconds)


def of_deviations(mean, deviation, seconds):
    z = norm.ppf(0.5 + LEVEL / 2)
    return dict(mean=mean, deviation=deviation, low=mean - z * deviation, high=mean + z * deviation,
                seconds=seconds)


def forest(table, train, test, seed):
    begin = time.time()
    if table.classes:
        model = RandomForestClassifier(500, random_state=seed, n_jobs=2).fit(table.x[train], table.y[train])
        seconds = time.time() - begin
        return dict(p=model.predict_proba(table.x[test])[:, 1], seconds=seconds)
    model = RandomForestRegressor(500, random_state=seed, n_jobs=2, oob_score=True)
    model.fit(table.x[train], table.y[train])
    seconds = time.time() - begin
    trees = np.array([tree.predict(table.x[test]) for tree in model.estimators_])
    # The spread of the trees, scaled to the out-of-bag errors.
    own = np.array([tree.predict(table.x[train]) for tree in model.estimators_]).std(0)
    scale = np.sqrt(np.mean((table.y[train] - model.oob_prediction_) ** 2) / np.mean(own**2))
    return of_deviations(trees.mean(0), scale * trees.std(0) + 1e-9, seconds)


def catboost(table, train, test, seed):
    begin = time.time()
    options = dict(random_seed=seed, verbose=False, thread_count=2, allow_writing_files=False)
    if table.classes:
        model = CatBoostClassifier(**options).fit(table.x[train], table.y[train])
        return dict(p=model.predict_proba(table.x[test])[:, 1], seconds=time.time() - begin)
    # A tenth tells the size of the errors, as CatBoost has none of its own with this loss.
    rng = np.random.default_rng(seed)
    held = rng.permutation(len(train)) < len(train) // 10
    part = CatBoostRegressor(**options).fit(table.x[train][~held], table.y[train][~held])
    deviation = np.sqrt(np.mean((part.predict(table.x[train][held]) - table.y[train][held]) ** 2))
    begin = time.time()
    model = CatBoostRegressor(**options).fit(table.x[train], table.y[train])
    seconds = time.time() - begin
    return of_deviations(model.predict(table.x[test]), np.full(len(test), deviation), seconds)


def tanimoto(a, b):
    sums = a.sum(1)[:, None] + b.sum(1)[None, :]
    common = np.zeros((len(a), len(b)))
    for row in range(len(a)):
        used = a[row] > 0
        common[row] = np.minimum(a[row, used], b[:, used]).sum(1)
    return common / (sums - common)


def process(table, train, test, seed):
    begin = time.time()
    k = tanimoto(table.counts[train], table.counts[train])
    y = table.y[train]
    centre, unit = y.mean(), y.std()
    y = (y - centre) / unit

    def cost(logs):
        amplitude, noise, level = np.exp(logs)
        matrix = amplitude * k + level + (noise + 1e-6) * np.eye(len(y))
        factor = cho_factor(matrix, lower=True)
        inner = cho_solve(factor, y)
        return 0.5 * y @ inner + np.log(np.diag(factor[0])).sum()

    found = minimize(cost, [0.0, -2.0, 0.0], method="Nelder-Mead", options=dict(maxiter=60))
    amplitude, noise, level = np.exp(found.x)
    factor = cho_factor(amplitude * k + level + (noise + 1e-6) * np.eye(len(y)), lower=True)
    seconds = time.time() - begin
    cross = amplitude * tanimoto(table.counts[test], table.counts[train]) + level
    mean = cross @ cho_solve(factor, y)
    variance = amplitude + level - np.einsum("ij,ji->i", cross, cho_solve(factor, cross.T)) + noise
    mean, deviation = centre + unit * mean, unit * np.sqrt(np.maximum(variance, 1e-12))
    if table.classes:
        return dict(p=np.clip(mean, 1e-3, 1 - 1e-3), seconds=seconds)
    return of_deviations(mean, deviation, seconds)


def measures(table, test, said):
    y = table.y[test]
    if table.classes:
        p = np.clip(said["p"], 1e-6, 1 - 1e-6)
        bins = np.minimum((p * 10).astype(int), 9)
        ece = sum(abs(p[bins == b].mean() - y[bins == b].mean()) * (bins == b).mean()
                  for b in range(10) if (bins == b).any())
        loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        return dict(auc=roc_auc_score(y, p), log_loss=loss, ece=ece, seconds=said["seconds"])
    likelihood = -norm.logpdf(y, said["mean"], np.maximum(said["deviation"], 1e-3)).mean()
    return dict(rmse=np.sqrt(np.mean((y - said["mean"]) ** 2)), nll=likelihood,
                coverage=np.mean((said["low"] <= y) & (y <= said["high"])),
                width=np.mean(said["high"] - said["low"]), seconds=said["seconds"])


def interval(values, seed=0):
    rng = np.random.default_rng(seed)
    means = [rng.choice(values, len(values)).mean() for _ in range(5000)]
    return np.mean(values), *np.quantile(means, [0.025, 0.975])


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=pathlib.Path, required=True)
    p.add_argument("--altool", default="target/release/altool")
    p.add_argument("--seeds", type=int, default=10)
    p.add_argument("--only", default=",".join(TABLES))
    p.add_argument("--splits", default="random,scaffold")
    p.add_argument("--models", default="altool,forest,catboost,process")
    p.add_argument("--json", type=pathlib.Path)
    args = p.parse_args()
    binary = str(pathlib.Path(args.altool).resolve())
    models = dict(altool=lambda t, a, b, s: altool(t, a, b, binary), forest=forest, catboost=catboost,
                  process=process)
    found = []
    for name in args.only.split(","):
        table = Table(args.data, name)
        for how in args.splits.split(","):
            rows = {model: [] for model in args.models.split(",")}
            for seed in range(args.seeds):
                train, test = table.split(how, seed)
                for model in rows:
                    said = models[model](table, train, test, seed)
                    rows[model].append(measures(table, test, said))
            found.append(dict(table=name, split=how, rows=rows))
            show(name, how, table, rows)
            if args.json:
                args.json.write_text(json.dumps(found))


def show(name, how, table, rows):
    names = list(next(iter(rows.values()))[0])
    print(f"\n{name}, {how} split, {len(next(iter(rows.values())))} seeds\n")
    print("| model | " + " | ".join(names) + " |")
    print("|---|" + "---|" * len(names))
    for model, all_of in rows.items():
        means = [np.mean([one[key] for one in all_of]) for key in names]
        print(f"| {model} | " + " | ".join(f"{value:.3f}" for value in means) + " |")
    if "altool" not in rows:
        return
    for model in rows:
        if model == "altool":
            continue
        parts = []
        for key in names[:2] if not table.classes else names[:3]:
            own = np.array([one[key] for one in rows["altool"]])
            other = np.array([one[key] for one in rows[model]])
            if key in ("rmse", "log_loss"):
                mean, low, high = interval(np.log(own / other))
                parts.append(f"{key} ×{np.exp(mean):.3f} [{np.exp(low):.3f}, {np.exp(high):.3f}]")
            else:
                mean, low, high = interval(own - other)
                parts.append(f"{key} {mean:+.3f} [{low:+.3f}, {high:+.3f}]")
        print(f"\naltool against {model}: " + ", ".join(parts))


if __name__ == "__main__":
    main()
