"""Compares structure data files of al-chem with RDKit's, both ways.

  cargo build --release -p al-chem --example molecules
  python3 benches/chem/sdf.py --data DIR [--example PATH] [--show]

DIR holds mol_esol.csv, mol_freesolv.csv and mol_bace.csv (benches/peers/README.md). RDKit writes
each molecule as V2000 and V3000, with 2-D coordinates, without any, with 3-D ones and their
hydrogens, and with aromatic bonds; altool reads them. The other way RDKit reads what altool
writes. Forms are compared by canonical SMILES, and by InChI of what altool writes. Prints
Markdown.
"""

import argparse
import collections
import csv
import json
import os
import pathlib
import subprocess
import sys

from rdkit import Chem, RDLogger
from rdkit.Chem import AllChem, rdDepictor

RDLogger.DisableLog("rdApp.*")


def tables(data):
    for name in ("esol", "freesolv", "bace"):
        with open(data / f"mol_{name}.csv") as file:
            yield name, [row["smiles"] for row in csv.DictReader(file)]


def run(path, command, text):
    done = subprocess.run([path, command], input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def drawn(m):
    m = Chem.Mol(m)
    rdDepictor.Compute2DCoords(m)
    return m


def solid(m):
    m = Chem.AddHs(m)
    if AllChem.EmbedMolecule(m, randomSeed=7, maxAttempts=20) != 0:
        return None
    return m


def flat(m):
    m = Chem.Mol(m)
    Chem.RemoveStereochemistry(m)
    return m


def aromatic(m):
    return Chem.MolToMolBlock(m, kekulize=False)


WAYS = {
    "2-D, V2000": (drawn, Chem.MolToMolBlock),
    "2-D, V3000": (drawn, Chem.MolToV3KMolBlock),
    "2-D, aromatic bonds": (drawn, aromatic),
    "3-D with hydrogens, V2000": (solid, Chem.MolToMolBlock),
    "3-D with hydrogens, V3000": (solid, Chem.MolToV3KMolBlock),
    "no coordinates, V2000": (flat, lambda m: Chem.MolToMolBlock(m, includeStereo=False)),
    "no coordinates, V3000": (flat, lambda m: Chem.MolToV3KMolBlock(m, includeStereo=False)),
}


def counted(found):
    return " | ".join(str(found[key]) for key in ("all", "alike", "error", "differ"))


def read(path, lines, show):
    for way, (prepared, written) in WAYS.items():
        blocks, wanted = [], []
        found = collections.Counter()
        for line in lines:
            m = Chem.MolFromSmiles(line)
            m = m and prepared(m)
            if m is None:
                found["none"] += 1
                continue
            try:
                block = written(m)
            except Chem.KekulizeException:
                found["none"] += 1
                continue
            again = Chem.MolFromMolBlock(block)
            if again is None:
                found["none"] += 1
                continue
            blocks.append(block + f"> <line>\n{line}\n\n$$$$\n")
            wanted.append((line, Chem.MolToSmiles(again)))
        for (line, smiles), record in zip(
            wanted, run(path, "read-sdf", "".join(blocks)), strict=True
        ):
            assert record["fields"] == [["line", line]], record
            kind = "error" if "error" in record else "differ"
            if record.get("canonical") == smiles:
                kind = "alike"
            found["all"] += 1
            found[kind] += 1
            if show and kind != "alike":
                print(way, line, smiles, record, file=sys.stderr)
        yield way, found


def write(path, lines, show):
    """What RDKit makes of a file of altool, by canonical SMILES and by InChI."""
    found = collections.Counter()
    for line, entry in zip(lines, run(path, "write-sdf", "\n".join(lines) + "\n"), strict=True):
        m = Chem.MolFromSmiles(line)
        found["all"] += 1
        if "error" in entry:
            kind, again = "error", entry["error"]
        else:
            supplier = Chem.SDMolSupplier()
            supplier.SetData(entry["text"])
            (again,) = list(supplier)
            kind = "differ"
            if again is not None:
                assert again.GetProp("smiles") == line
                same = Chem.MolToSmiles(again) == Chem.MolToSmiles(m)
                kind = "alike" if same else kind
                found["inchi"] += Chem.MolToInchi(again) == Chem.MolToInchi(m)
                again = Chem.MolToSmiles(again)
        found[kind] += 1
        if show and kind != "alike":
            print("write", line, again, file=sys.stderr)
    return found


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--data", default=os.environ.get("ALTOOL_DATA"), type=pathlib.Path)
    p.add_argument("--example", default="target/release/examples/molecules")
    p.add_argument("--show", action="store_true", help="print what differs to standard error")
    args = p.parse_args()
    if args.data is None:
        p.error("name the folder of the tables: --data DIR, or ALTOOL_DATA")
    print("| read by altool | set | records | alike | refused | differ |\n|---|---|---|---|---|---|")
    written = []
    for name, lines in tables(args.data):
        for way, found in read(args.example, lines, args.show):
            print(f"| {way} | {name} | {counted(found)} |")
        written.append((name, write(args.example, lines, args.show)))
    print(
        "\n| written by altool | records | alike | refused | differ | same InChI |\n"
        "|---|---|---|---|---|---|"
    )
    for name, found in written:
        print(f"| {name} | {counted(found)} | {found['inchi']} |")


if __name__ == "__main__":
    main()
