"""How often the 80 % intervals of what was never measured hold.

Hardware left out of the training whole (`fixtures/llm/measured.csv`), concrete of ages
beyond those trained on, and a gap in a sine: the share of rows within their interval,
the mean width of the intervals and the RMSE, on the log scale where the target is
learned as a log.
"""

import pathlib
import tempfile

import numpy as np
import pandas as pd

import common

LLM = pathlib.Path(__file__).parents[2] / "fixtures" / "llm" / "measured.csv"


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    args = common.parse(p)
    rows = []
    for hardware in sorted(set(pd.read_csv(LLM)["hardware"])):
        known = ["--where", f"hardware <> '{hardware}'"]
        asked = ["--where", f"hardware = '{hardware}'"]
        found = one(LLM, "throughput_tok_s", True, ["--ignore", "latency_s"], known, asked, args)
        rows.append([f"LLM serving, {hardware}", *found])
    concrete = pathlib.Path(args.data) / "tab_concrete.csv"
    for age in [28, 91]:
        known, asked = ["--where", f"age_days < {age}"], ["--where", f"age_days >= {age}"]
        found = one(concrete, "strength_mpa", False, [], known, asked, args)
        rows.append([f"concrete, ages from {age} days", *found])
    with tempfile.TemporaryDirectory() as folder:
        table = pathlib.Path(folder) / "sine.csv"
        rng = np.random.default_rng(0)
        a = np.concatenate([rng.uniform(1, 4, 150), rng.uniform(7, 10, 150), rng.uniform(4, 7, 200)])
        y = np.sin(3 * a) + 0.02 * rng.normal(size=len(a))
        pd.DataFrame({"a": a, "y": y}).to_csv(table, index=False)
        inside = "a > 4 AND a < 7"
        known, asked = ["--where", f"NOT ({inside})"], ["--where", inside]
        rows.append(["a sine, its middle third", *one(table, "y", False, [], known, asked, args)])
    header = ["never measured", "rows", "within their interval", "mean width", "RMSE"]
    print(common.markdown(header, rows))


def one(table, target, log, options, known, asked, args):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        more = (["--log-target"] if log else []) + options + args.altool_args
        common.run(
            [args.altool, "-q", "train", table, "--target", target]
            + more
            + known
            + ["--threads", args.threads, "-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "-q", "score", table, "--model", folder / "m.altool", "--gain", "none"]
            + asked
            + ["-o", folder / "s.csv"]
        )
        scored = pd.read_csv(folder / "s.csv")
    unit = np.log if log else np.asarray
    truth = scored[target]
    low, high = scored["interval_low"], scored["interval_high"]
    covered = ((low <= truth) & (truth <= high)).mean()
    width = (unit(high) - unit(low)).mean()
    error = common.rmse(unit(truth), unit(scored["prediction"]))
    return [len(scored), f"{covered:.3f}", f"{width:.3g}", f"{error:.3g}"]


if __name__ == "__main__":
    main()
