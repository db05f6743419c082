"""`altool simulate` against a plain scikit-learn backtest.

altool: one command, 10 strategies × 5 repeats × 12 rounds of 32 after 32 rows
known at first, a quarter of the rows to test on, on one GPU of the kernel tuning
table (--gpu; A100: 4362 rows, 4201 of them with a time), log time.

The reference is a script of one's own, --reference PATH: run in a folder that
holds convolution_<GPU>.csv (the GPU's measured rows), as
`python PATH convolution_<GPU> SEED`, it replays 10 strategies for that seed over
the same rounds. Where a prepare.py lies beside it, that writes the table; else
it is written here. Its seeds are independent of each other, so the time of 5 on
2 cores is that of one on one core × 5 / 2; --full runs all five, --threads at a
time, and takes the time from the first start to the last end.

Both sides have the same number of cores, --threads. altool fits 10 members × 100
trees of depth 6 per round and the reference what it fits; both draw their own
test rows. Compared is the time.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

STRATEGIES = [
    "random",
    "uncertainty",
    "space-filling",
    "igs",
    "lcmd",
    "k-means++",
    "core-set",
    "power",
    "max-det",
    "gsy",
]
ONE_THREAD = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"]


def main():
    import common

    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--reference", metavar="PATH", help="the script; without it altool runs alone")
    p.add_argument("--gpu", default="A100", help="default: %(default)s")
    p.add_argument("--repeats", type=int, default=5, help="and seeds of the reference (default: 5)")
    p.add_argument("--rounds", type=int, default=12, help="of altool (default: 12)")
    p.add_argument("--full", action="store_true", help="run every seed of the reference")
    args = common.parse(p)
    if args.reference and args.rounds != 12:
        p.error("the reference plays 12 rounds: leave --rounds or --reference out")

    found = {"altool": altool_run(args)}
    print(json.dumps(found["altool"]), flush=True)
    if args.reference:
        found["reference"] = reference_run(args)
        print(json.dumps(found["reference"]), flush=True)
    print()
    print(table(found, args))
    if args.json:
        common.write_json(args.json, found)


def altool_run(args):
    import common

    with tempfile.TemporaryDirectory() as folder:
        done = common.run(
            [args.altool, "simulate", pathlib.Path(args.data) / common.TABLES["convolution"].file]
            + ["--where", f"gpu = '{args.gpu}'", "--target", "time_ms", "--log-target"]
            + ["--status", "status", "--features", ",".join(common.CONVOLUTION_NUMERIC)]
            + ["--strategies", ",".join(STRATEGIES), "--repeats", args.repeats]
            + ["--rounds", args.rounds, "--threads", args.threads]
            + args.altool_args
            + ["-o", pathlib.Path(folder) / "curves.csv"]
        )
    return {"whole_s": done.seconds, "peak_mib": done.peak_mib}


def reference_run(args):
    script = pathlib.Path(args.reference).resolve()
    with tempfile.TemporaryDirectory() as folder:
        prepare(script, folder, args)
        seeds = list(range(args.repeats)) if args.full else [0]
        waiting, running = list(seeds), []
        start = time.perf_counter()
        while waiting or running:
            while waiting and len(running) < args.threads:
                running.append(play(script, folder, args.gpu, waiting.pop(0)))
            running = [process for process in running if not ended(process)]
            time.sleep(0.05)
        seconds = time.perf_counter() - start
    if args.full:
        return {"whole_s": seconds, "one_seed_s": None}
    return {"whole_s": seconds * args.repeats / args.threads, "one_seed_s": seconds}


def prepare(script, folder, args):
    """Writes convolution_<GPU>.csv into the folder."""
    import pandas as pd

    import common

    beside = script.with_name("prepare.py")
    if beside.exists():
        subprocess.run([sys.executable, beside], cwd=folder, check=True)
        return
    spec = common.TABLES["convolution"]
    frame = pd.read_csv(pathlib.Path(args.data) / spec.file)
    frame = frame[(frame["status"] == "ok") & (frame["gpu"] == args.gpu)]
    columns = {
        "time_std_ms": "time_sd",
        "n_runs": "reps",
        "compile_time_ms": "compile_ms",
        "benchmark_time_ms": "bench_ms",
    }
    frame = frame.rename(columns=columns).drop(columns=["gpu", "gflops", "status"])
    frame.to_csv(pathlib.Path(folder) / f"convolution_{args.gpu}.csv", index=False)


def play(script, folder, gpu, seed):
    return subprocess.Popen(
        [sys.executable, script, f"convolution_{gpu}", str(seed)],
        cwd=folder,
        env={**os.environ, **{name: "1" for name in ONE_THREAD}},
        stdout=subprocess.DEVNULL,
    )


def ended(process):
    if process.poll() is None:
        return False
    if process.returncode != 0:
        raise SystemExit(f"the reference exited with {process.returncode}")
    return True


def table(found, args):
    import common

    ours, theirs = found["altool"], found.get("reference")
    lines = [[f"altool, {args.repeats} repeats", f"{ours['whole_s']:.1f}"]]
    if theirs:
        lines.append([f"reference, {args.repeats} seeds", f"{theirs['whole_s']:.1f}"])
    text = common.markdown(["", "s"], lines) + f"\n\naltool's peak: {ours['peak_mib']:.0f} MiB"
    if theirs:
        how = "all seeds run" if args.full else f"one seed took {theirs['one_seed_s']:.1f} s"
        text += f"; {how}; reference / altool: {theirs['whole_s'] / ours['whole_s']:.1f}"
    return text


if __name__ == "__main__":
    main()
