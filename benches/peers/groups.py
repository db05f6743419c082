"""What is said beforehand of groups that were never measured, with --group and without.

Half of the groups (at random, by the seed) are trained on and the other half asked for.
Told: RMSE out of bag. Found: RMSE on the groups asked for, and the share of them within
the 80 % interval. On the log scale where the target is learned as a log.
"""

import json
import pathlib
import tempfile

import numpy as np
import pandas as pd

import common


def tables(data):
    """Name, table with the column `together`, target, whether its log is learned, and columns
    to ignore."""
    concrete = pd.read_csv(data / "tab_concrete.csv")
    mixture = [c for c in concrete.columns if c not in ("age_days", "strength_mpa")]
    concrete["together"] = concrete.groupby(mixture, sort=False).ngroup()
    yield "concrete, by mixture", concrete, "strength_mpa", False, []
    llm = pd.read_csv(data / "hw_llm_inference_bench.csv").dropna(subset=["throughput_tok_s"])
    for column in ["model", "hardware"]:
        grouped = llm.sample(1500, random_state=0).assign(together=lambda t: t[column])
        yield f"LLM serving, by {column}", grouped, "throughput_tok_s", True, ["latency_s"]
    kernels = pd.read_csv(data / "hw_conv_kernel_6gpu.csv").query("status == 'ok'")
    kernels = kernels.sample(1500, random_state=0).assign(together=lambda t: t.gpu)
    known = ["status", "time_std_ms", "n_runs", "gflops", "compile_time_ms", "benchmark_time_ms"]
    yield "convolution, by GPU", kernels, "time_ms", True, known


def one(table, target, log, ignored, seed, group, args):
    groups = sorted(set(table.together))
    asked = set(np.random.default_rng(seed).permutation(groups)[: len(groups) // 2])
    apart = table.together.isin(asked)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        table[~apart].to_csv(folder / "known.csv", index=False)
        table[apart].to_csv(folder / "asked.csv", index=False)
        ignore = ignored + ([] if group else ["together"])
        line = [args.altool, "-q", "train", folder / "known.csv", "--target", target]
        line += ["--log-target"] if log else []
        line += ["--ignore", ",".join(ignore)] if ignore else []
        line += ["--group", "together"] if group else []
        line += args.altool_args + ["--threads", args.threads, "--format", "json"]
        line += ["-o", folder / "m.altool"]
        told = json.loads(common.run(line).stdout)
        found = json.loads(common.run(line + ["--eval", folder / "asked.csv"]).stdout)
    key = "rmse_log" if log else "rmse"
    return told[key], found[key], found["coverage"]


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--seeds", type=int, default=5)
    args = common.parse(p)
    rows = []
    for name, table, target, log, ignored in tables(pathlib.Path(args.data)):
        for group in [False, True]:
            found = [one(table, target, log, ignored, s, group, args) for s in range(args.seeds)]
            told, error, coverage = np.mean(found, axis=0)
            option = "--group" if group else "default"
            rows.append([name, option, f"{told:.3g}", f"{error:.3g}", f"{coverage:.3f}"])
    print(common.markdown(["groups", "", "told", "found", "within 80 %"], rows))


if __name__ == "__main__":
    main()
