"""Coverage and width of altool's 80 % interval on rows it has not seen.

Per table and seed: `altool train` on a random 80 % of the distinct feature
rows with every option at its default (but --coverage, which is 0.8 by default
anyway), `altool score` on the rest. Coverage = share of rows with
interval_low ≤ target ≤ interval_high; width on the scale the model is fitted
on (log where it is), also as a share of the test targets' standard deviation
there. Both are averaged over the seeds, with the standard error over seeds.

The bar: coverage within 3 points of the stated level, or within two standard
errors if those are larger, on every table with at least 1000 rows.
"""

import json
import pathlib
import tempfile

import numpy as np
import pandas as pd

import common

DEFAULT_TABLES = "llm,convolution,powerplant,concrete,fbnet,esol,bace"


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--tables", type=common.names, default=common.names(DEFAULT_TABLES))
    p.add_argument("--seeds", type=int, default=20, help="default: 20")
    p.add_argument("--coverage", type=float, default=0.8, help="stated level (default: 0.8)")
    args = common.parse(p)

    results = {}
    for name in args.tables:
        spec, frame = common.load(name, args.data)
        if spec.task != "regression":
            p.error(f"{name} has classes, intervals are for numbers")
        results[name] = [one(spec, frame, seed, args) for seed in range(args.seeds)]
        print(f"{name}: coverage {np.mean([r['coverage'] for r in results[name]]):.4f}", flush=True)

    print()
    print(table(results, args.coverage))
    if args.json:
        common.write_json(args.json, {"stated": args.coverage, "results": results})
    else:
        print()
        print(json.dumps(results, sort_keys=True))


def one(spec, frame, seed, args):
    train, test = common.split_by_key(spec, frame, seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        frame.iloc[train].to_csv(folder / "train.csv", index=False)
        common.without_target(spec, frame.iloc[test]).to_csv(
            folder / "candidates.csv", index=False
        )
        common.run(
            [args.altool, "train", folder / "train.csv"]
            + common.train_arguments(spec)
            + ["--coverage", args.coverage, "--seed", seed, "--threads", args.threads]
            + args.altool_args
            + ["-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "score", folder / "candidates.csv"]
            + ["--model", folder / "m.altool", "--threads", args.threads]
            + ["-o", folder / "scored.csv"]
        )
        scored = pd.read_csv(folder / "scored.csv")
    if len(scored) != len(test):
        raise SystemExit(f"{spec.name}: {len(test)} rows given, {len(scored)} scored")
    truth = frame[spec.target].iloc[test].to_numpy(dtype=float)
    low = scored["interval_low"].to_numpy(dtype=float)
    high = scored["interval_high"].to_numpy(dtype=float)
    width = common.fitted_scale(spec, high) - common.fitted_scale(spec, low)
    deviation = common.fitted_scale(spec, truth).std()
    return {
        "seed": seed,
        "n_train": len(train),
        "n_test": len(test),
        "coverage": float(np.mean((low <= truth) & (truth <= high))),
        "width": float(width.mean()),
        "relative_width": float(width.mean() / deviation),
    }


def table(results, stated):
    rows = []
    for name, runs in results.items():
        columns = {k: np.array([r[k] for r in runs]) for k in ("coverage", "width", "relative_width")}
        error = common.standard_error(columns["coverage"])
        off = abs(columns["coverage"].mean() - stated)
        within = off <= 0.03 or off <= 2 * error
        rows.append(
            [
                name + (" (log)" if common.TABLES[name].log else ""),
                runs[0]["n_train"],
                len(runs),
                f"{columns['coverage'].mean():.4f} ± {error:.4f}",
                f"{columns['width'].mean():.4g}",
                f"{columns['relative_width'].mean():.3f} ± "
                f"{common.standard_error(columns['relative_width']):.3f}",
                "yes" if within else "NO",
            ]
        )
    return common.markdown(
        ["table", "training rows", "seeds", f"coverage of {stated:g}", "mean width", "width / sd of target", "within 3 points or 2 SE"],
        rows,
    )


if __name__ == "__main__":
    main()
