"""Times of altool on large tables of molecules: training on 10 000, scoring 100 000, streaming.

  cargo build --release --features chem
  python3 benches/chem/large.py [--altool PATH] [--candidates 100000] [--stream 1000000]

The training table is the WEHI set of RDKit's wheel with its QED as a target; candidates are the
WEHI and NCI sets with one or two hydrogens replaced by small groups. Prints Markdown: seconds and
the largest memory of each command.
"""

import argparse
import csv
import os
import pathlib
import random
import subprocess
import tempfile
import time

import rdkit
from rdkit import Chem, RDLogger
from rdkit.Chem import QED

RDLogger.DisableLog("rdApp.*")
GROUPS = ["F", "Cl", "C", "OC", "N", "C#N", "CC", "O", "C(F)(F)F", "Br", "CCC", "C(C)C", "CN", "CO"]


def molecules():
    wheel = pathlib.Path(rdkit.__file__).parent
    with open(wheel / "Data/Pains/test_data/wehi_mols.csv") as file:
        wehi = [row[0] for row in csv.reader(file) if row]
    with open(wheel / "Data/NCI/first_5K.smi") as file:
        nci = [line.split()[0] for line in file if line.strip()]
    return wehi, nci


def changed(smiles, rng):
    """The molecule with one or two hydrogens replaced."""
    m = Chem.MolFromSmiles(smiles)
    if m is None:
        return None
    m = Chem.RWMol(m)
    for _ in range(rng.choice([1, 1, 2])):
        places = [a.GetIdx() for a in m.GetAtoms() if a.GetTotalNumHs() > 0]
        if not places:
            return None
        group = Chem.MolFromSmiles(rng.choice(GROUPS))
        before = m.GetNumAtoms()
        m = Chem.RWMol(Chem.CombineMols(m, group))
        m.AddBond(rng.choice(places), before, Chem.BondType.SINGLE)
        try:
            Chem.SanitizeMol(m)
        except Exception:
            return None
    return Chem.MolToSmiles(m)


def timed(*command):
    begin = time.time()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {status}")
    return time.time() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--altool", type=lambda path: str(pathlib.Path(path).resolve()), default="target/release/altool")
    p.add_argument("--candidates", type=int, default=100_000)
    p.add_argument("--stream", type=int, default=0, help="rows to stream; the candidates several times")
    p.add_argument("--folder", type=pathlib.Path, help="kept, and its tables used again")
    args = p.parse_args()
    kept = args.folder or pathlib.Path(tempfile.mkdtemp())
    kept.mkdir(exist_ok=True)
    wehi, nci = molecules()
    if not (kept / "train.csv").exists():
        with open(kept / "train.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["smiles", "qed"])
            for smiles in wehi:
                m = Chem.MolFromSmiles(smiles)
                if m is not None:
                    writer.writerow([smiles, round(QED.qed(m), 6)])
        rng, made = random.Random(0), {}
        while len(made) < args.candidates:
            one = changed(rng.choice(wehi + nci), rng)
            if one:
                made.setdefault(one, None)
        with open(kept / "pool.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["smiles"])
            writer.writerows([one] for one in made)
    table = lambda name: str(kept / name)
    print("| command | seconds | processor seconds | largest memory, MiB |\n|---|---|---|---|")
    steps = [
        ("train, 10 000 molecules", ["train", table("train.csv"), "--target", "qed", "--smiles", "smiles", "-o", table("m.altool")]),
        ("score --gain none, 100 000", ["score", table("pool.csv"), "--model", table("m.altool"), "--gain", "none", "-o", table("s.parquet")]),
        ("train a constant on them", ["train", table("train.csv"), "--target", "qed", "--smiles", "smiles", "--learner", "constant", "-o", table("c.altool")]),
        ("score --gain none by the constant, 100 000", ["score", table("pool.csv"), "--model", table("c.altool"), "--gain", "none", "-o", table("s.parquet")]),
        ("score, 100 000", ["score", table("pool.csv"), "--model", table("m.altool"), "-o", table("s.parquet")]),
        ("select -n 50, 100 000", ["select", table("pool.csv"), "--model", table("m.altool"), "-n", "50", "-o", table("b.csv")]),
    ]
    if args.stream:
        # Other atom maps are other texts and the same molecules: isotopes make new ones.
        with open(kept / "pool.csv") as file, open(kept / "large.csv", "w") as out:
            rows = file.read().splitlines()[1:]
            out.write("smiles\n")
            for at in range(args.stream):
                out.write(rows[at % len(rows)] + ("" if at < len(rows) else f".[{at // len(rows)}He]") + "\n")
        steps.append((f"select --stream -n 50, {args.stream}", ["select", table("large.csv"), "--model", table("m.altool"),
                      "-n", "50", "--stream", "-o", table("b.csv")]))
    for name, words in steps:
        seconds, processor, memory = timed(args.altool, *words)
        print(f"| {name} | {seconds:.1f} | {processor:.1f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
