"""The nightly job of README on the shipped table, the benchmark played by looking rows up:
what each night is expected to bring, what it brought, and when the job rests."""

import json
import pathlib
import subprocess
import tempfile

import pandas as pd

import common

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "llm"
SETUP = ["hardware", "num_devices", "framework", "model", "in_out_len", "batch_size"]
NOTHING = 4


def main():
    p = common.parser(__doc__)
    p.add_argument("--min-gain", default="0.03")
    p.add_argument("--nights", type=int, default=60)
    args = common.parse(p)
    results = pd.read_csv(FIXTURES / "results.csv")
    table = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model, batch, new = folder / "m.altool", folder / "batch.csv", folder / "new.csv"
        target = ["--target", "throughput_tok_s", "--log-target", "--direction", "max"]
        target += ["--ignore", "latency_s", "-o", model]
        common.run([args.altool, "-q", "train", FIXTURES / "measured.csv", *target])
        for night in range(1, args.nights + 1):
            line = [args.altool, "select", FIXTURES / "candidates.csv", "--model", model, "-n", "10"]
            line += ["--min-gain", args.min_gain, "-o", batch, "--columns", ",".join(SETUP)]
            chosen = subprocess.run(list(map(str, line)), capture_output=True, text=True)
            said = [s for s in chosen.stderr.splitlines() if "expected error reduction" in s]
            if chosen.returncode == NOTHING:
                table.append([str(night), chosen.stderr.splitlines()[-1], ""])
                break
            chosen.check_returncode()
            results.merge(pd.read_csv(batch), on=SETUP).to_csv(new, index=False)
            update = [args.altool, "-q", "update", new, "--model", model, "--format", "json"]
            told = json.loads(common.run(update).stdout)
            before, after = told["rmse_log_before"], told["rmse_log_after"]
            table.append([str(night), said[-1], f"{before:.4f} to {after:.4f}"])
    print(common.markdown(["night", "said", "error (log)"], table))


if __name__ == "__main__":
    main()
