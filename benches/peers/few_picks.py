"""Rows chosen from eight labels to sixty, by one and by four, beside BayBE.

Per table and seed: a fifth of the distinct rows is for testing, at most 500 of the others
are the pool, and eight random rows of it are labelled first. Then rows are chosen and
labelled until there are sixty:

- `altool`: `train`, then `select -n K` (the default strategy) and `update` in turn;
- `random`: sixty random rows, `train`;
- `BayBE`: `recommend(K)` and `add_measurements` in turn, all defaults (a Gaussian process;
  expected improvement of the target, so it looks for the best row rather than for what
  teaches the most). Its own model predicts, and beside it altool's, trained on its rows.

RMSE on the test rows with sixty labels, mean over seeds; the geometric mean of the ratios
to altool's with its 95 % interval; the median seconds of a pick, choosing and taking in.
Needs BayBE (PyPI), and runs single-threaded.
"""

import logging
import pathlib
import statistics
import tempfile
import time
import warnings

import numpy as np
import pandas as pd

import common

TABLES = ["concrete", "yacht"]
FIRST, LAST, POOL = 8, 60, 500


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--tables", type=common.names, default=TABLES)
    p.add_argument("--seeds", type=int, default=10, help="default: 10")
    p.add_argument("--batches", default="1,4", help="rows per pick (default: %(default)s)")
    args = common.parse(p)
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    rows = []
    for name in args.tables:
        for batch in map(int, args.batches.split(",")):
            found = [one(name, batch, seed, args) for seed in range(args.seeds)]
            rows += table(name, batch, found)
            print(rows[-4:], flush=True)
    header = ["table, rows per pick", "chosen by", "RMSE", "to altool's", "seconds per pick"]
    print(common.markdown(header, rows))


def one(name, batch, seed, args):
    """Per way of choosing: the RMSE and the seconds of each pick."""
    spec, frame = common.load(name, args.data)
    frame = frame.drop_duplicates(spec.features).reset_index(drop=True)
    order = np.random.default_rng([seed, 7]).permutation(len(frame))
    test, rest = order[: len(order) // 5], order[len(order) // 5 :]
    pool = rest[:POOL]
    first = pool[:FIRST]
    chosen, seconds = by_altool(spec, frame, pool, first, batch, seed, args)
    theirs, their_seconds, predicted = by_baybe(spec, frame, pool, first, test, batch)
    truth = frame[spec.target].to_numpy()[test]
    error = lambda rows: common.rmse(truth, learned(spec, frame, rows, test, seed, args))
    return {
        "altool": (error(chosen), seconds),
        "random": (error(pool[:LAST]), []),
        "BayBE": (common.rmse(truth, predicted), their_seconds),
        "BayBE, altool's model": (error(theirs), []),
    }


def by_altool(spec, frame, pool, first, batch, seed, args):
    known, seconds = list(first), []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        candidates = frame.loc[pool, spec.features].assign(row=pool)
        candidates.to_csv(folder / "pool.csv", index=False)
        shown = frame[spec.features + [spec.target]].assign(row=frame.index)
        shown.loc[known].to_csv(folder / "known.csv", index=False)
        model = folder / "m.altool"
        options = ["--target", spec.target, "--id", "row", "--seed", seed, "--threads", 1]
        common.run([args.altool, "-q", "train", folder / "known.csv", *options, "-o", model])
        while len(known) < LAST:
            began = time.perf_counter()
            common.run(
                [args.altool, "-q", "select", folder / "pool.csv", "--model", model]
                + ["-n", min(batch, LAST - len(known)), "--threads", 1, "-o", folder / "b.csv"]
            )
            rows = pd.read_csv(folder / "b.csv")["row"].to_list()
            shown.loc[rows].to_csv(folder / "new.csv", index=False)
            common.run(
                [args.altool, "-q", "update", folder / "new.csv", "--model", model]
                + ["--threads", 1]
            )
            seconds.append(time.perf_counter() - began)
            known += rows
    return known, seconds


def learned(spec, frame, rows, test, seed, args):
    """What altool predicts of the test rows, trained on `rows`."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        frame.loc[rows, spec.features + [spec.target]].to_csv(folder / "t.csv", index=False)
        frame.loc[test, spec.features].to_csv(folder / "c.csv", index=False)
        options = ["--target", spec.target, "--seed", seed, "-o", folder / "m.altool"]
        common.run([args.altool, "-q", "train", folder / "t.csv", *options])
        common.run(
            [args.altool, "-q", "score", folder / "c.csv", "--model", folder / "m.altool"]
            + ["--gain", "none", "-o", folder / "s.csv"]
        )
        return pd.read_csv(folder / "s.csv")["prediction"].to_numpy()


def by_baybe(spec, frame, pool, first, test, batch):
    import torch
    from baybe import Campaign
    from baybe.objectives import SingleTargetObjective
    from baybe.parameters import NumericalDiscreteParameter
    from baybe.searchspace import SearchSpace
    from baybe.targets import NumericalTarget

    torch.set_num_threads(1)
    features = frame[spec.features].astype(float)
    parameters = [
        NumericalDiscreteParameter(name, sorted(set(features[name]))) for name in spec.features
    ]
    space = SearchSpace.from_dataframe(features.loc[pool], parameters)
    campaign = Campaign(space, SingleTargetObjective(NumericalTarget(spec.target)))
    measured = features.assign(**{spec.target: frame[spec.target]})
    campaign.add_measurements(measured.loc[first])
    place = {tuple(row): at for at, row in zip(pool, features.loc[pool].to_numpy())}
    known, seconds = list(first), []
    while len(known) < LAST:
        began = time.perf_counter()
        found = campaign.recommend(min(batch, LAST - len(known)))
        rows = [place[tuple(row)] for row in found[spec.features].to_numpy(dtype=float)]
        campaign.add_measurements(measured.loc[rows])
        seconds.append(time.perf_counter() - began)
        known += rows
    said = campaign.posterior_stats(features.loc[test])
    return known, seconds, said[f"{spec.target}_mean"].to_numpy()


def table(name, batch, found):
    rows = []
    ours = [seed["altool"][0] for seed in found]
    for way in found[0]:
        errors = [seed[way][0] for seed in found]
        seconds = [value for seed in found for value in seed[way][1]]
        ratio = ""
        if way != "altool":
            mean, low, high = common.ratio_interval(errors, ours)
            ratio = f"{mean:.3f} [{low:.3f}, {high:.3f}]"
        median = f"{statistics.median(seconds):.2f}" if seconds else ""
        rows.append([f"{name}, {batch}", way, f"{np.mean(errors):.4g}", ratio, median])
    return rows


if __name__ == "__main__":
    main()
