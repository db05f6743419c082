"""What a batch chosen in one pass is worth beside one chosen from all rows.

A million candidates, 300 measured rows, a batch of 200: chosen from all rows,
with --stream, and at random; then measured, and a model trained on all 500 rows.
Its error on 20 000 other rows is told as a ratio to random's, geometric means
over the repeats with their range.

    python3 benches/stream/quality.py --altool target/release/altool
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pandas as pd

from memory import columns, measured

WAYS = {"random": ["--strategy", "random"], "all rows": [], "one pass": ["--stream"]}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    ratios = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for repeat in range(options.repeats):
            errors = once(options.altool, folder, repeat)
            for way, error in errors.items():
                ratios[way].append(np.log(error / errors["random"]))
    print("| chosen | error / random's | range |")
    print("|---|---|---|")
    for way, found in ratios.items():
        low, high = np.exp(min(found)), np.exp(max(found))
        print(f"| {way} | {np.exp(np.mean(found)):.3f} | {low:.3f} to {high:.3f} |")


def once(altool, folder, repeat):
    random = np.random.default_rng(100 + repeat)
    path = lambda name: str(folder / name)
    pd.DataFrame(columns(random, 1_000_000)).to_parquet(path("pool.parquet"), index=False)
    measured(pd.DataFrame(columns(random, 20_000)), random).to_csv(path("eval.csv"), index=False)
    first = measured(pd.DataFrame(columns(random, 300)), random)
    first.to_csv(path("first.csv"), index=False)
    train(altool, path, [path("first.csv")])
    errors = {}
    for way, chosen in WAYS.items():
        select = ["select", path("pool.parquet"), "--model", path("m.altool"), "-n", "200"]
        said = [altool, "-q", *select, *chosen, "-o", path("batch.csv")]
        subprocess.run(said, check=True)
        batch = pd.read_csv(path("batch.csv"))[list(first.columns[:-1])]
        new = path(f"new-{way.split()[0]}.csv")
        measured(batch, np.random.default_rng(repeat)).to_csv(new, index=False)
    for way in WAYS:
        new = path(f"new-{way.split()[0]}.csv")
        errors[way] = train(altool, path, [path("first.csv"), new])["rmse_log"]
    return errors


def train(altool, path, files):
    command = ["-q", "train", *files, "--learner", "boosted", "--target", "ms", "--log-target", "--format", "json"]
    options = ["--eval", path("eval.csv"), "-o", path("m.altool")]
    done = subprocess.run([altool, *command, *options], check=True, capture_output=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
