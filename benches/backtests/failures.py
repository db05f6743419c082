"""What learning from failures saves: a loop over a table in which kernels fail.

On one GPU of the kernel tuning table, 32 random configurations are measured,
then 12 batches of 32 are chosen by `altool select` and measured, failures
included. Once the model knows the failures (train --status), once it is trained
on the rows that worked, the failed ones being left out by name. Counted are the
picks that failed, and the error on a quarter of the rows that work.

    python3 benches/backtests/failures.py --data DIR --altool target/release/altool
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import numpy as np
import pandas as pd

FEATURES = "block_size_x block_size_y tile_size_x tile_size_y read_only use_padding use_shmem".split()
BATCH, ROUNDS = 32, 12


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--altool", default="target/release/altool")
    parser.add_argument("--gpu", default="A6000")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    rows = pd.read_csv(options.data / "hw_conv_kernel_6gpu.csv")
    rows = rows[rows.gpu == options.gpu][[*FEATURES, "time_ms", "status"]].reset_index(drop=True)
    rows["id"] = rows.index
    print(f"{options.gpu}: {len(rows)} configurations, {(rows.status != 'ok').sum()} fail")
    figures = {True: [], False: []}
    for repeat in range(options.repeats):
        for knows in figures:
            figures[knows].append(loop(options.altool, rows, repeat, knows))
    print("| model | picks that failed, of 384 | RMSE of log time at the end |")
    print("|---|---|---|")
    for knows, found in figures.items():
        failed, error = np.array(found).T
        name = "knows failures" if knows else "trained on what worked"
        each = ", ".join(f"{n:.0f}" for n in failed)
        print(f"| {name} | {failed.mean():.1f} ({each}) | {error.mean():.4f} |")
    failed = np.array([[f for f, _ in figures[knows]] for knows in (False, True)])
    print(f"failed picks saved: {100 * (1 - failed[1].sum() / failed[0].sum()):.0f} %")


def loop(altool, rows, repeat, knows):
    """Failed picks and the last error of one campaign."""
    random = np.random.default_rng(repeat)
    works = rows.index[rows.status == "ok"].to_numpy()
    held_out = random.permutation(works)[: len(works) // 4]
    pool = random.permutation(np.setdiff1d(rows.index, held_out))
    known = list(pool[:BATCH])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        path = lambda name: str(folder / name)
        rows.loc[held_out].to_csv(path("eval.csv"), index=False)
        rows.loc[pool, [*FEATURES, "id"]].to_csv(path("pool.csv"), index=False)
        failed = 0
        for round_ in range(ROUNDS + 1):
            measured = rows.loc[known]
            bad = measured[measured.status != "ok"]
            options = ["--status", "status"]
            if not knows:
                measured, options = measured[measured.status == "ok"], ["--ignore", "status"]
            measured.to_csv(path("m.csv"), index=False)
            bad.to_csv(path("bad.csv"), index=False)
            train = f"-q train {path('m.csv')} --target time_ms --log-target --id id --eval {path('eval.csv')}"
            said = run(altool, [*train.split(), *options, "--format", "json", "-o", path("m.altool")])
            if round_ == ROUNDS:
                return failed, json.loads(said)["rmse_log"]
            select = f"-q select {path('pool.csv')} --model {path('m.altool')} -n {BATCH} -o {path('b.csv')}"
            if not knows and len(bad):
                select += f" --exclude {path('bad.csv')}"
            run(altool, select.split())
            picks = pd.read_csv(path("b.csv")).id.to_numpy()
            failed += int((rows.loc[picks, "status"] != "ok").sum())
            known += list(picks)


def run(altool, arguments):
    done = subprocess.run([altool, *arguments], capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise SystemExit(f"{arguments}\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
