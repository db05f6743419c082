"""altool's `distance` against scikit-learn's NearestNeighbors.

Per table: `altool train --holdout 0` on a random 80 % of the distinct feature
rows and `altool score` on the rest; `distance` is compared with the mean
Euclidean distance to the 5 nearest training rows on the same encoding
(fixtures/golden/README.md), in float64. Repeated configurations count once:
altool merges replicates. The difference with every repeat counted as a row of
its own is printed too. The bar: 1e-6.
"""

import json
import pathlib
import sys
import tempfile

import numpy as np
import pandas as pd

import common

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "fixtures" / "golden"))
import make_golden  # noqa: E402


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--tables", type=common.names, default=["convolution", "llm"])
    p.add_argument("-k", type=int, default=5, help="default: 5")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--largest", type=float, default=1e-6, help="bar (default: 1e-6)")
    args = common.parse(p)

    results = {name: one(name, args) for name in args.tables}
    print(
        common.markdown(
            ["table", "training rows", "rows compared", "largest distance", "largest difference", "with repeats as rows"],
            [
                [
                    name,
                    r["n_train"],
                    r["n_query"],
                    f"{r['largest_distance']:.4g}",
                    f"{r['largest_difference']:.3g}",
                    f"{r['largest_difference_with_repeats']:.3g}",
                ]
                for name, r in results.items()
            ],
        )
    )
    if args.json:
        common.write_json(args.json, results)
    else:
        print()
        print(json.dumps(results, sort_keys=True))
    if any(r["largest_difference"] > args.largest for r in results.values()):
        raise SystemExit(f"a distance differs by more than {args.largest:g}")


def one(name, args):
    spec, frame = common.load(name, args.data)
    train, test = common.split_by_key(spec, frame, args.seed)
    train, test = frame.iloc[train], frame.iloc[test]
    ours = altool_distances(spec, train, test, args)
    distinct = sklearn_distances(spec, train.drop_duplicates(spec.features), test, args.k)
    repeated = sklearn_distances(spec, train, test, args.k)
    return {
        "n_train": len(train),
        "n_query": len(test),
        "largest_distance": float(distinct.max()),
        "largest_difference": float(np.abs(ours - distinct).max()),
        "largest_difference_with_repeats": float(np.abs(ours - repeated).max()),
    }


def sklearn_distances(spec, train, test, k):
    x_train, x_test, _ = make_golden.encode_for_distance(
        train, test, list(spec.numeric), list(spec.categorical)
    )
    return make_golden.nearest(x_train, x_test, k).mean(axis=1)


def altool_distances(spec, train, test, args):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        train.to_csv(folder / "train.csv", index=False)
        common.without_target(spec, test).to_csv(folder / "candidates.csv", index=False)
        common.run(
            [args.altool, "train", folder / "train.csv", "--learner", "boosted"]
            + common.train_arguments(spec)
            + ["--holdout", 0, "--seed", args.seed, "--threads", args.threads]
            + args.altool_args
            + ["-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "score", folder / "candidates.csv"]
            + ["--model", folder / "m.altool", "--threads", args.threads]
            + ["-o", folder / "scored.csv"]
        )
        return pd.read_csv(folder / "scored.csv")["distance"].to_numpy(dtype=float)


if __name__ == "__main__":
    main()
