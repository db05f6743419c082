"""What `select` says that a batch will bring, and what it brings, along a campaign.

For each table and repeat: a quarter of the rows to test on, 32 random rows of the rest to
train on, then rounds of `select -n 32` and `update` with what is looked up in the table, all
by the commands and with their defaults. Before each round the forecast ("expected error
reduction: about …") is noted, after each the error on the test rows. Per table:

- the mean fall of the error per round, as forecast and as it was, and their ratio;
- of rests by `select --min-gain`, at the first round that ends with code 4: how many were
  too early. A rest is too early if each of the next three batches would have brought more
  than the threshold in the mean.

    python3 forecast.py --data DIR --altool target/release/altool
"""

import argparse
import concurrent.futures
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peers"))

import common

GPUS = ["A100", "A4000", "A6000", "MI250X", "W6600", "W7800"]
TABLES = [*GPUS, "llm", "concrete", "powerplant", "esol"]
NOTHING = 4


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--data", required=True, help="folder of the tables")
    p.add_argument("--altool", default="target/release/altool")
    p.add_argument("--tables", default=",".join(TABLES), help="default: %(default)s")
    p.add_argument("--repeats", type=int, default=5)
    p.add_argument("--rounds", type=int, default=12)
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--min-gain", type=float, default=0.03)
    p.add_argument("--threads", type=int, default=os.cpu_count())
    p.add_argument("--cache", help="what was found, read and written")
    args = p.parse_args()
    found = json.loads(pathlib.Path(args.cache).read_text()) if has(args.cache) else {}
    tables = args.tables.split(",")
    asked = [(table, seed) for seed in range(args.repeats) for table in tables]
    with concurrent.futures.ProcessPoolExecutor(args.threads) as workers:
        running = {
            workers.submit(campaign, table, seed, args): f"{table}/{seed}"
            for table, seed in asked
            if f"{table}/{seed}" not in found
        }
        for done in concurrent.futures.as_completed(running):
            found[running[done]] = done.result()
            if args.cache:
                pathlib.Path(args.cache).write_text(json.dumps(found))
    print(report(found, tables, args))


def has(path):
    return path and pathlib.Path(path).exists()


def campaign(table, seed, args):
    """Per round the forecast, whether it rests, and the logarithm of the error; the last
    has the error only."""
    gpu = table if table in GPUS else None
    spec, frame = common.load("convolution" if gpu else table, args.data)
    features = [c for c in spec.features if c != "gpu"]
    if gpu:
        frame = frame[frame["gpu"] == gpu]
    frame = frame.drop_duplicates(features).reset_index(drop=True)
    frame = frame[features + [spec.target]].assign(row=frame.index)
    order = np.random.default_rng([seed, 32]).permutation(len(frame))
    test, rest = np.split(order, [len(frame) // 4])
    scale = np.log if spec.log else np.asarray
    rounds, known = [], rest[:32]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model = folder / "m.altool"
        inputs = frame.drop(columns=spec.target)
        inputs.iloc[np.sort(test)].to_csv(folder / "test.csv", index=False)
        inputs.iloc[np.sort(rest)].to_csv(folder / "pool.csv", index=False)
        frame.iloc[known].to_csv(folder / "new.csv", index=False)
        truth = scale(frame[spec.target].to_numpy()[np.sort(test)])
        words = ["--categorical", ",".join(c for c in spec.categorical if c != "gpu")]
        words = words if words[1] else []
        log = ["--log-target"] if spec.log else []
        run(
            [args.altool, "-q", "train", folder / "new.csv", "--target", spec.target, "--id", "row"]
            + [*log, *words, "--seed", seed, "--threads", 1, "-o", model]
        )
        for _ in range(args.rounds):
            error = score(args.altool, folder, model, truth, scale)
            line = [args.altool, "-q", "select", folder / "pool.csv", "--model", model]
            line += ["-n", args.batch, "--threads", 1, "-o", folder / "batch.csv"]
            run([*line, "--explain", folder / "why.json"])
            why = json.loads((folder / "why.json").read_text())
            chosen = pd.read_csv(folder / "batch.csv")["row"].to_numpy()
            rests = subprocess.run(
                list(map(str, [*line, "--min-gain", args.min_gain])), capture_output=True
            ).returncode
            rounds.append([why["expected_gain"], rests == NOTHING, error])
            frame.iloc[chosen].to_csv(folder / "new.csv", index=False)
            run([args.altool, "-q", "update", folder / "new.csv", "--model", model, "--threads", 1])
        rounds.append([None, None, score(args.altool, folder, model, truth, scale)])
    return rounds


def run(line):
    done = subprocess.run(list(map(str, line)), capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{line}: {done.stderr}")


def score(altool, folder, model, truth, scale):
    """The logarithm of the error on the test rows."""
    out = folder / "scored.csv"
    run(
        [altool, "-q", "score", folder / "test.csv", "--model", model, "--gain", "none"]
        + ["--threads", 1, "-o", out]
    )
    said = scale(pd.read_csv(out)["prediction"].to_numpy())
    return math.log(float(np.sqrt(np.mean((said - truth) ** 2))))


def report(found, tables, args):
    lines, sums = [], np.zeros(2)
    rests, early, stayed = 0, 0, 0
    for table in tables:
        runs = [found[f"{table}/{seed}"] for seed in range(args.repeats)]
        said = np.array([[-math.log1p(-r[0]) for r in run[:-1]] for run in runs])
        error = np.array([[r[2] for r in run] for run in runs])
        fell = -np.diff(error, axis=1)
        own, soon, missed = 0, 0, []
        for at_run, run in enumerate(runs):
            stops = [at for at, r in enumerate(run[:-1]) if r[1]]
            if not stops:
                stayed += 1
                continue
            at = stops[0]
            own += 1
            next_three = fell[at_run, at : at + 3]
            soon += next_three.mean() > -math.log1p(-args.min_gain)
            missed.append(1 - math.exp(error[at_run, -1] - error[at_run, at]))
        rests, early = rests + own, early + soon
        sums += [said.mean(), fell.mean()]
        percent = lambda log: f"{100 * -math.expm1(-log):.1f} %"
        lines.append(
            [table, percent(said.mean()), percent(fell.mean()), f"{said.mean() / fell.mean():.2f}"]
            + [f"{own} of {len(runs)}", str(soon), f"{100 * np.mean(missed):.1f} %" if missed else "-"]
        )
    lines.append(
        ["all", "", "", f"{sums[0] / sums[1]:.2f}", f"{rests} of {rests + stayed}", str(early), ""]
    )
    head = ["table", "forecast per batch", "real", "forecast / real", "rested", "too early", "missed"]
    return common.markdown(head, lines)


if __name__ == "__main__":
    main()
