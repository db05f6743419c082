"""Compares al-chem with RDKit on whole tables, and times both.

  cargo build --release -p al-chem --example molecules
  python3 benches/chem/compare.py --data DIR [--example PATH] [--only agree,spell,parent,mutate,fuzz,time]

DIR holds mol_esol.csv, mol_freesolv.csv and mol_bace.csv (benches/peers/README.md); the NCI,
WEHI and ChEMBL sets are those that RDKit's wheel carries. Prints Markdown.
"""

import argparse
import collections
import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import time

import rdkit
from rdkit import Chem, DataStructs, RDLogger
from rdkit.Chem import Crippen, rdFingerprintGenerator, rdMolDescriptors
from rdkit.Chem.MolStandardize import rdMolStandardize
from rdkit.Chem.Scaffolds import MurckoScaffold

RDLogger.DisableLog("rdApp.*")

GENERATORS = {
    f"{letter}{radius}": rdFingerprintGenerator.GetMorganGenerator(
        radius=radius, includeChirality=chirality
    )
    for letter, chirality in (("r", False), ("c", True))
    for radius in (2, 3)
}
FOLDED = {
    (name, size): rdFingerprintGenerator.GetMorganGenerator(
        radius=2, includeChirality=name == "c2", fpSize=size
    )
    for name in ("r2", "c2")
    for size in (1024, 2048)
}
DESCRIPTORS = {
    "weight": rdMolDescriptors._CalcMolWt,
    "log_p": Crippen.MolLogP,
    "tpsa": rdMolDescriptors.CalcTPSA,
    "donors": rdMolDescriptors.CalcNumHBD,
    "acceptors": rdMolDescriptors.CalcNumHBA,
    "rotatable_bonds": rdMolDescriptors.CalcNumRotatableBonds,
    "rings": rdMolDescriptors.CalcNumRings,
    "heavy_atoms": lambda m: m.GetNumHeavyAtoms(),
    "fraction_sp3": rdMolDescriptors.CalcFractionCSP3,
}


def tables(data):
    """Name and SMILES of each set."""
    wheel = pathlib.Path(rdkit.__file__).parent
    for name in ("esol", "freesolv", "bace"):
        with open(data / f"mol_{name}.csv") as file:
            yield name, [row["smiles"] for row in csv.DictReader(file)]
    with open(wheel / "Data/NCI/first_5K.smi") as file:
        yield "NCI", [line.split()[0] for line in file if line.strip()]
    with open(wheel / "Data/Pains/test_data/wehi_mols.csv") as file:
        yield "WEHI", [row[0] for row in csv.reader(file) if row]
    with open(wheel / "Contrib/FreeWilson/data/CHEMBL2321810.smi") as file:
        yield "ChEMBL2321810", [line.split()[0] for line in file if line.strip()]


def example(path, arguments, lines):
    run = subprocess.run(
        [path, *arguments], input="\n".join(lines) + "\n", capture_output=True, text=True
    )
    if run.returncode:
        sys.exit(run.stderr)
    return [json.loads(line) for line in run.stdout.splitlines()]


def pairs(counts):
    return sorted([int(key), n] for key, n in counts.GetNonzeroElements().items())


def expected(m):
    """What RDKit says of a molecule, by the names of the example."""
    all = {
        "canonical": Chem.MolToSmiles(m),
        "scaffold": MurckoScaffold.MurckoScaffoldSmiles(mol=m),
    }
    for name, generator in GENERATORS.items():
        all[name] = pairs(generator.GetSparseCountFingerprint(m))
    for (name, size), generator in FOLDED.items():
        all[f"{name}_{size}"] = pairs(generator.GetCountFingerprint(m))
        all[f"{name}_{size}_bits"] = list(generator.GetFingerprint(m).GetOnBits())
    return all


def agree(path, data, show):
    largest = collections.Counter()
    print("| set | SMILES | read by both | refused by both | only RDKit reads | only altool reads | differ |")
    print("|---|---|---|---|---|---|---|")
    for name, lines in tables(data):
        count = collections.Counter()
        differ = collections.Counter()
        for line, found in zip(lines, example(path, ["describe"], lines)):
            m = Chem.MolFromSmiles(line)
            ours = "error" not in found
            count[(m is not None, ours)] += 1
            if m is None or not ours:
                if show and (m is not None or ours):
                    print(line, found.get("error"), file=sys.stderr)
                continue
            for key, value in expected(m).items():
                if found[key] != value:
                    differ[key] += 1
                    if show:
                        print(key, line, found[key], value, file=sys.stderr)
            for key, of in DESCRIPTORS.items():
                difference = abs(found[key] - of(m))
                largest[key] = max(largest[key], difference)
                if show and difference > 1e-6:
                    print(key, line, found[key], of(m), file=sys.stderr)
        said = ", ".join(f"{key}: {n}" for key, n in differ.items()) or "none"
        print(
            f"| {name} | {len(lines)} | {count[True, True]} | {count[False, False]} "
            f"| {count[True, False]} | {count[False, True]} | {said} |"
        )
    print("\n| descriptor | largest difference |\n|---|---|")
    for key in DESCRIPTORS:
        print(f"| `{key}` | {largest[key]:.2g} |")


def spell(path, data, n, spellings):
    """Random spellings of one molecule have one key; different molecules have different ones."""
    for name, lines in tables(data):
        random.seed(1)
        molecules = {}
        for line in random.sample(lines, len(lines)):
            m = Chem.MolFromSmiles(line)
            if m is not None:
                molecules.setdefault(Chem.MolToSmiles(m), m)
            if len(molecules) == n:
                break
        texts, of = [], []
        for canonical, m in molecules.items():
            for text in Chem.MolToRandomSmilesVect(m, spellings, randomSeed=7):
                texts.append(text)
                of.append(canonical)
        keys = collections.defaultdict(set)
        rdkits = collections.defaultdict(set)
        refused = 0
        for text, canonical, found in zip(texts, of, example(path, ["describe"], texts)):
            if "error" in found:
                refused += 1
                continue
            keys[canonical].add(found["key"])
            rdkits[canonical].add(Chem.MolToSmiles(Chem.MolFromSmiles(text)))
        several = sum(len(k) > 1 for k in keys.values())
        theirs = sum(len(k) > 1 for k in rdkits.values())
        all = set().union(*keys.values())
        print(
            f"| {name} | {len(molecules)} | {spellings} | {len(all)} | {several} | {theirs} | {refused} |"
        )


SIGNS = list("CNOcnos()[]=#123%.@/\\+-H:90*$BPFI") + ["Cl", "[nH]", "[N+]", "[O-]", "[13C]", "[C@H]"]


def mutate(path, data, n, show):
    """Texts of which some signs were changed: who reads them, and whether they agree."""
    random.seed(3)
    known = [line for _, lines in tables(data) for line in lines]
    texts = []
    for _ in range(n):
        signs = list(random.choice(known))
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(signs) + 1)
            kind = random.randrange(4)
            if kind == 0:
                signs[at : at + 1] = []
            elif kind == 1:
                signs[at:at] = random.choice(SIGNS)
            elif kind == 2:
                signs[at : at + 1] = random.choice(SIGNS)
            else:
                other = random.choice(known)
                start = random.randrange(len(other))
                signs[at:at] = other[start : start + random.randint(1, 12)]
        texts.append("".join(signs).strip() or "C")
    count = collections.Counter()
    differ = collections.Counter()
    for text, found in zip(texts, example(path, ["describe"], texts)):
        m = Chem.MolFromSmiles(text)
        ours = "error" not in found
        count[(m is not None, ours)] += 1
        if m is None or not ours:
            if show and (m is not None or ours):
                print("ours" if ours else "RDKit's", text, found.get("error"), file=sys.stderr)
            continue
        for atom in m.GetAtoms():
            atom.SetAtomMapNum(0)
        for key, value in expected(m).items():
            if found[key] != value:
                differ[key] += 1
                if show:
                    print(key, text, found[key], value, file=sys.stderr)
        for key, of in DESCRIPTORS.items():
            if abs(found[key] - of(m)) > (0.2 if key == "weight" else 1e-6):
                differ[key] += 1
                if show:
                    print(key, text, found[key], of(m), file=sys.stderr)
    said = ", ".join(f"{key}: {n}" for key, n in differ.items()) or "none"
    print(
        f"\n{n} mutations: read by both {count[True, True]}, refused by both "
        f"{count[False, False]}, only RDKit reads {count[True, False]}, only altool reads "
        f"{count[False, True]}; of those read by both differ: {said}"
    )


def standard(path, data, show):
    chooser = rdMolStandardize.LargestFragmentChooser()
    uncharger = rdMolStandardize.Uncharger()
    for name, lines in tables(data):
        alike = differ = changed = 0
        for line, found in zip(lines, example(path, ["describe"], lines)):
            m = Chem.MolFromSmiles(line)
            if m is None or "error" in found:
                continue
            theirs = Chem.MolToSmiles(uncharger.uncharge(chooser.choose(m)))
            theirs = Chem.CanonSmiles(theirs)
            changed += theirs != Chem.MolToSmiles(m)
            if theirs == found["parent"]:
                alike += 1
            else:
                differ += 1
                if show:
                    print("parent", line, found["parent"], theirs, file=sys.stderr)
        print(f"| {name} | {alike + differ} | {changed} | {differ} |")


def descriptors_of(m):
    return [of(m) for of in DESCRIPTORS.values()]


def seconds_of(work, all, chunk, passes):
    """Seconds of `work` on all: of each chunk the fastest of several passes, as in the example."""
    total = 0.0
    for start in range(0, len(all), chunk):
        some = all[start : start + chunk]
        times = []
        for _ in range(passes):
            begin = time.perf_counter()
            for one in some:
                work(one)
            times.append(time.perf_counter() - begin)
        total += min(times)
    return total


def speed(path, data):
    lines = dict(tables(data))["WEHI"]
    os.environ["RAYON_NUM_THREADS"] = "1"
    print("| step, 10 000 molecules of the WEHI set, one thread | altool, µs each | RDKit from Python, µs each |")
    print("|---|---|---|")
    generator = GENERATORS["r2"]
    read = Chem.MolFromSmiles
    theirs = {
        "read": read,
        "read, canonical": lambda line: Chem.MolToSmiles(read(line)),
        "read, counts of radius 2": lambda line: generator.GetSparseCountFingerprint(read(line)),
        "read, descriptors": lambda line: descriptors_of(read(line)),
        "read, scaffold": lambda line: MurckoScaffold.MurckoScaffoldSmiles(mol=read(line)),
    }
    for found in example(path, ["time"], lines):
        step = found["step"]
        seconds = seconds_of(theirs[step], lines[::5], 4, 11)
        print(
            f"| {step} | {found['microseconds']:.1f} | {seconds / len(lines[::5]) * 1e6:.1f} |"
        )
    sets = dict(tables(data))
    others = [line for name, some in sets.items() if name != "WEHI" for line in some]
    bits = lambda some: [
        generator.GetFingerprint(m) for m in map(read, some) if m is not None
    ]
    references, queries = bits(lines), bits(others)
    bulk = DataStructs.BulkTanimotoSimilarity
    nearest = lambda query: max(bulk(query, references))
    seconds = seconds_of(nearest, queries[::20], 2, 7)
    print("\n| nearest of 10 000 (WEHI) for molecules of the other sets, one thread | queries/s |")
    print("|---|---|")
    for found in example(path, ["nearest", "10"], lines + others):
        print(f"| altool, {found['k']} nearest | {found['queries_per_second']:,.0f} |")
    print(f"| RDKit, BulkTanimotoSimilarity and max | {len(queries[::20]) / seconds:,.0f} |")


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--data", default=os.environ.get("ALTOOL_DATA"), type=pathlib.Path)
    p.add_argument("--example", default="target/release/examples/molecules")
    p.add_argument("--only", default="agree,spell,parent,mutate,time")
    p.add_argument("--molecules", type=int, default=1000)
    p.add_argument("--spellings", type=int, default=20)
    p.add_argument("--mutations", type=int, default=100_000)
    p.add_argument("--show", action="store_true", help="print what differs to standard error")
    args = p.parse_args()
    if args.data is None:
        p.error("name the folder of the tables: --data DIR, or ALTOOL_DATA")
    what = args.only.split(",")
    if "agree" in what:
        agree(args.example, args.data, args.show)
    if "spell" in what:
        print("\n| set | molecules | spellings each | keys | molecules with several keys | with several of RDKit's | refused |")
        print("|---|---|---|---|---|---|---|")
        spell(args.example, args.data, args.molecules, args.spellings)
    if "parent" in what:
        print("\n| set | molecules | changed by it | differ from RDKit |\n|---|---|---|---|")
        standard(args.example, args.data, args.show)
    if "mutate" in what:
        mutate(args.example, args.data, args.mutations, args.show)
    if "time" in what:
        print()
        speed(args.example, args.data)
    if "fuzz" in what:
        lines = [line for _, some in tables(args.data) for line in some]
        print(example(args.example, ["fuzz", str(args.mutations)], lines)[0])


if __name__ == "__main__":
    main()
