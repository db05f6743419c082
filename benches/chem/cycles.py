"""Five cycles of 50 labels: what strategies save over random, on tables of molecules.

  cargo build --release --features chem
  python3 benches/chem/cycles.py --data DIR [--altool PATH] [--repeats 10] [--strategies lcmd,core-set]
                                 [--learner gp]

DIR holds mol_esol.csv, mol_freesolv.csv and mol_bace.csv (benches/peers/README.md). Replays each
table from 50 labels with five batches of 50 and prints altool's verdicts against random in Markdown.
"""

import argparse
import csv
import io
import pathlib
import subprocess

TABLES = {
    "esol": ("mol_esol.csv", "measured_logS", []),
    "freesolv": ("mol_freesolv.csv", "expt_kcal_mol", []),
    "bace_pic50": ("mol_bace.csv", "pIC50", []),
    "bace_class": ("mol_bace.csv", "Class", ["--task", "classification"]),
}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=pathlib.Path, required=True)
    p.add_argument("--altool", default="target/release/altool")
    p.add_argument("--repeats", type=int, default=10)
    p.add_argument("--only", default=",".join(TABLES))
    p.add_argument("--strategies", default="lcmd,core-set")
    p.add_argument("--learner")
    args = p.parse_args()
    for name in args.only.split(","):
        file, target, more = TABLES[name]
        command = [args.altool, "simulate", args.data / file, "--target", target, "--smiles", "smiles",
                   "--features", "smiles", "--strategies", args.strategies, "--initial", "50",
                   "--batch", "50", "--rounds", "5", "--repeats", str(args.repeats), "--format", "csv", *more]
        if args.learner:
            command += ["--learner", args.learner]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        rows = list(csv.DictReader(io.StringIO(run.stdout)))
        print(f"\n{name}, {args.repeats} repeats, learner {args.learner or 'default of simulate'}\n")
        print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
        for row in rows:
            print("| " + " | ".join(row.values()) + " |")


if __name__ == "__main__":
    main()
