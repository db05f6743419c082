"""What the parts of `auto` tell of classes, alone and weighted, with few and more rows.

  cargo build --release
  python3 benches/peers/classes.py --data DIR [--altool PATH] [--seeds 3]

DIR holds the full tables (README.md): spam of spambase, the thirds of concrete's strength, and
eight letters. Prints the log loss on 1000 other rows, or all there are, as Markdown: the mean over
splits, and the mean ratio of `auto` to the learner that is best alone.
"""

import argparse
import csv
import pathlib
import subprocess
import tempfile

import numpy as np

LEARNERS = ["auto", "boosted", "gp", "logistic", "forest"]
SIZES = [60, 300]


def read(path):
    with open(path, newline="") as rows:
        rows = list(csv.reader(rows))
    return rows[0], rows[1:]


def tables(data):
    head, rows = read(data / "triage_spambase.csv")
    yield "spam", head, [row[:-1] + ["c" + row[-1]] for row in rows]
    head, rows = read(data / "tab_concrete.csv")
    strength = np.array([float(row[-1]) for row in rows])
    thirds = np.searchsorted(np.quantile(strength, [1 / 3, 2 / 3]), strength)
    yield "concrete", head, [row[:-1] + ["abc"[third]] for row, third in zip(rows, thirds)]
    head, rows = read(data / "cls_letter.csv")
    at = head.index("letter")
    last = lambda row: row[:at] + row[at + 1 :] + [row[at]]
    yield "letters", last(head), [last(row) for row in rows if row[at] in "BDEFHKPR"]


def log_loss(binary, learner, head, train, test, folder):
    def write(name, rows, width):
        with open(folder / name, "w", newline="") as file:
            csv.writer(file).writerows(row[:width] for row in [head, *rows])

    write("train.csv", train, len(head))
    write("test.csv", test, len(head) - 1)
    run = lambda *words: subprocess.run([binary, *words], check=True, capture_output=True, cwd=folder)
    run("train", "train.csv", "--target", head[-1], "--learner", learner, "-o", "m.altool")
    run("score", "test.csv", "--model", "m.altool", "--gain", "none", "-o", "s.csv")
    with open(folder / "s.csv", newline="") as file:
        said = [float(row["p_" + of[-1]]) for row, of in zip(csv.DictReader(file), test)]
    return -np.log(np.maximum(said, 1e-6)).mean()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=pathlib.Path, required=True)
    p.add_argument("--altool", default="target/release/altool")
    p.add_argument("--seeds", type=int, default=3)
    args = p.parse_args()
    binary = str(pathlib.Path(args.altool).resolve())
    print("| table, rows | " + " | ".join(LEARNERS) + " | auto against the best of them |")
    print("|---|" + "---|" * (len(LEARNERS) + 1))
    with tempfile.TemporaryDirectory() as folder:
        for name, head, rows in tables(args.data):
            for size in SIZES:
                losses = []
                for seed in range(args.seeds):
                    order = np.random.default_rng(seed).permutation(len(rows))
                    train = [rows[at] for at in order[:size]]
                    test = [rows[at] for at in order[size:][-1000:]]
                    known = {row[-1] for row in train}
                    test = [row for row in test if row[-1] in known]
                    losses.append(
                        [log_loss(binary, one, head, train, test, pathlib.Path(folder)) for one in LEARNERS]
                    )
                losses = np.array(losses)
                means = losses.mean(0)
                best = 1 + means[1:].argmin()
                ratios = np.log(losses[:, 0] / losses[:, best])
                print(
                    f"| {name}, {size} | "
                    + " | ".join(f"{mean:.3f}" for mean in means)
                    + f" | × {np.exp(ratios.mean()):.3f} ({LEARNERS[best]}) |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
