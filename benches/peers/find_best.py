"""The best configuration of a measured table, found by altool and by peers.

16 random rows that work are measured first, the same for all, then batches of 8 up to
136 rows. Measuring is a look into the table; a measurement that failed counts as one.
The tables are the kernels of one GPU each (failed configurations included, least time)
and the LLM serving table (largest throughput), rows distinct in their features.

- `altool`: `train --direction` (with another seed each time) and `select --goal best -n 8`
  in turn, with their defaults; with `--model NAME:OPTIONS`, once per name with these options of `train`, and after a
  `/` of `select`, as in `--model "ucb:/--strategy ucb"`;
- `optuna`: TPE with `multivariate=True` and `constant_liar=True`, by ask and tell; columns
  of numbers are integers that count their sorted values, others are categorical. A
  suggestion stands for the nearest row not measured yet, whose values it is told;
- `lightgbm`: fits all rows measured so far and takes the 8 best predictions;
- `smac`: SMAC's facade for hyperparameters (random forest), as optuna, if it is installed;
- `random`: rows in random order.

Peers learn the logarithm of the target, and are told the worst value so far of a row
that failed. The regret is the logarithm of how many times the best row so far is worse
than the best of the table, shown as a percentage. Per table and for all: the mean regret
after 24, 48, 96 and 136 rows; the median of rows measured until within 1 % and 0.1 % (`-` if
fewer than half of the seeds get there) and the share of seeds that get there; and how many
times the best row is worse than altool's, at the end and averaged over all batches, with 95 %
intervals over seeds (geometric means, paired). `--cache` keeps what was found.
"""

import concurrent.futures
import itertools
import json
import os
import pathlib
import sys
import tempfile
import warnings

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import pandas as pd

import common

GPUS = "A100,A4000,A6000,MI250X,W6600,W7800".split(",")
INITIAL, BATCH, LAST = 16, 8, 136
SHOWN = [24, 48, 96, 136]
PEERS = "optuna,lightgbm,smac,random"
RESAMPLES = 10_000


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    p.add_argument("--tables", default=",".join([*GPUS, "llm"]), help="default: %(default)s")
    p.add_argument("--seeds", type=int, default=20, help="default: 20")
    p.add_argument("--peers", default=PEERS, help="default: %(default)s")
    p.add_argument("--model", action="append", metavar="NAME:OPTIONS", default=[])
    p.add_argument("--cache", metavar="FILE", help="what was found, read and written")
    args = common.parse(p)
    models = dict(text.split(":", 1) for text in args.model or ["altool:"] if text)
    peers = [peer for peer in args.peers.split(",") if peer and installed(peer)]
    tables = args.tables.split(",")
    ways = [*models, *peers]
    cache = Cache(args.cache)
    asked = list(itertools.product(range(args.seeds), tables, ways))
    missing = [(table, seed, way) for seed, table, way in asked if not cache.has(table, seed, way)]
    with concurrent.futures.ProcessPoolExecutor(args.threads) as workers:
        running = {
            workers.submit(one, table, seed, way, models.get(way), args): (table, seed, way)
            for table, seed, way in missing
        }
        for done in concurrent.futures.as_completed(running):
            cache.put(*running[done], done.result())
    found = {
        (table, way): [cache.get(table, seed, way) for seed in range(args.seeds)]
        for table in tables
        for way in ways
    }
    print(report(found, tables, ways))
    if args.json:
        common.write_json(args.json, {"versions": common.versions(), "results": cache.content})


def installed(peer):
    try:
        __import__(peer if peer != "random" else "numpy")
    except ImportError:
        print(f"{peer} is not installed: left out", file=sys.stderr)
        return False
    return True


class World:
    """A measured table: its features, and what measuring a row gives."""

    def __init__(self, name, data):
        spec = common.TABLES["llm" if name == "llm" else "convolution"]
        frame = pd.read_csv(pathlib.Path(data) / spec.file)
        self.features = [c for c in spec.features if c != "gpu"]
        self.categorical = [c for c in spec.categorical if c != "gpu"]
        if name != "llm":
            frame = frame[frame["gpu"] == name]
        frame = frame.drop_duplicates(self.features).reset_index(drop=True)
        self.target, self.status = spec.target, spec.status
        self.direction = "max" if name == "llm" else "min"
        self.frame = frame
        value = frame[spec.target].to_numpy(dtype=float)
        if spec.status:
            value = np.where(frame[spec.status[0]] == spec.status[1], value, np.nan)
        # The logarithm, smaller is better; not a number where measuring fails.
        self.loss = np.log(value) * (-1.0 if self.direction == "max" else 1.0)
        self.best = np.nanmin(self.loss)
        # Codes: by order of numbers, and by name of the others.
        self.levels = {c: sorted(set(frame[c])) for c in self.features}
        self.codes = np.column_stack(
            [frame[c].map({v: i for i, v in enumerate(self.levels[c])}) for c in self.features]
        )
        self.is_categorical = np.array([c in self.categorical for c in self.features])
        self.steps = np.array([max(len(self.levels[c]) - 1, 1) for c in self.features])

    def __len__(self):
        return len(self.loss)

    def first(self, seed):
        """Random rows, of which INITIAL work."""
        order = np.random.default_rng([seed, 16]).permutation(len(self))
        works = np.cumsum(~np.isnan(self.loss[order]))
        return list(order[: int(np.searchsorted(works, INITIAL)) + 1])

    def told(self, known):
        """Losses of measured rows, of failed ones the worst so far."""
        losses = self.loss[known]
        return np.where(np.isnan(losses), np.nanmax(losses), losses)

    def nearest(self, codes, taken):
        """The row not measured yet that is nearest to a suggestion."""
        apart = np.abs(self.codes - codes)
        apart = np.where(self.is_categorical, apart > 0, apart / self.steps).sum(axis=1)
        apart[list(taken)] = np.inf
        return int(np.argmin(apart))

    def regret(self, known):
        """Per row measured the regret so far; large before one that works."""
        losses = np.where(np.isnan(self.loss[known]), np.nanmax(self.loss), self.loss[known])
        return (np.minimum.accumulate(losses) - self.best).tolist()


def one(table, seed, way, options, args):
    """Per row measured, the regret so far."""
    warnings.simplefilter("ignore")
    world = World(table, args.data)
    known = world.first(seed)
    if options is not None:
        with tempfile.TemporaryDirectory() as folder:
            choose = Altool(world, seed, options, pathlib.Path(folder), args)
            run(world, known, choose)
    else:
        peer = {"optuna": Optuna, "lightgbm": Lightgbm, "smac": Smac, "random": Random}[way]
        run(world, known, peer(world, known, seed))
    return world.regret(known)[:LAST]


def run(world, known, choose):
    while len(known) < LAST:
        n = min(BATCH, LAST - len(known))
        rows = choose(known, n)
        assert len(set(rows) | set(known)) == len(known) + n
        known += rows


class Random:
    def __init__(self, world, known, seed):
        order = np.random.default_rng([seed, 16]).permutation(len(world))
        self.rest = [row for row in order if row not in set(known)]

    def __call__(self, known, n):
        rows, self.rest = self.rest[:n], self.rest[n:]
        return rows


class Lightgbm:
    def __init__(self, world, known, seed):
        self.world, self.rng, self.seed = world, np.random.default_rng([seed, 1]), seed
        self.x = world.frame[world.features].copy()
        for column in world.categorical:
            self.x[column] = self.x[column].astype("category")

    def __call__(self, known, n):
        import lightgbm as lgb

        # The defaults split no node of fewer than 40 rows.
        model = lgb.LGBMRegressor(
            min_child_samples=3, min_data_in_bin=1, random_state=self.seed, n_jobs=1, verbose=-1
        )
        model.fit(self.x.iloc[known], self.world.told(known))
        said = model.predict(self.x)
        said[known] = np.inf
        order = np.lexsort([self.rng.random(len(said)), said])
        return [int(row) for row in order[:n]]


class Optuna:
    def __init__(self, world, known, seed):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.world, self.optuna = world, optuna
        sampler = optuna.samplers.TPESampler(multivariate=True, constant_liar=True, seed=seed)
        self.study = optuna.create_study(sampler=sampler)
        d = optuna.distributions
        self.space = {
            c: d.CategoricalDistribution(list(range(len(world.levels[c]))))
            if c in world.categorical
            else d.IntDistribution(0, len(world.levels[c]) - 1)
            for c in world.features
            if len(world.levels[c]) > 1
        }
        self.said = 0

    def __call__(self, known, n):
        world = self.world
        self.learn(known)
        taken, trials, rows = set(known), [], []
        for _ in range(n):
            trial = self.study.ask(self.space)
            codes = [trial.params.get(c, 0) for c in world.features]
            rows.append(world.nearest(np.array(codes), taken))
            taken.add(rows[-1])
            trials.append(trial)
        # What is measured is the row, not what stood for it.
        for trial in trials:
            self.study.tell(trial, state=self.optuna.trial.TrialState.FAIL)
        return rows

    def learn(self, known):
        told = self.world.told(known)
        for row, value in zip(known[self.said :], told[self.said :]):
            codes = dict(zip(self.world.features, map(int, self.world.codes[row])))
            params = {c: codes[c] for c in self.space}
            trial = self.optuna.trial.create_trial(
                params=params, distributions=self.space, value=float(value)
            )
            self.study.add_trial(trial)
        self.said = len(known)


class Smac:
    def __init__(self, world, known, seed):
        import ConfigSpace as cs
        import smac

        self.world, self.cs, self.smac = world, cs, smac
        self.space = cs.ConfigurationSpace(seed=seed)
        self.columns = [c for c in world.features if len(world.levels[c]) > 1]
        for c in self.columns:
            n = len(world.levels[c])
            kind = cs.CategoricalHyperparameter(c, list(range(n)))
            if c not in world.categorical:
                kind = cs.UniformIntegerHyperparameter(c, 0, n - 1)
            self.space.add(kind)
        self.folder = tempfile.TemporaryDirectory()
        scenario = smac.Scenario(
            self.space,
            deterministic=True,
            n_trials=10 * LAST,
            seed=seed,
            output_directory=pathlib.Path(self.folder.name),
        )
        facade = smac.HyperparameterOptimizationFacade
        self.optimiser = facade(
            scenario,
            lambda config, seed=0: 0.0,
            initial_design=facade.get_initial_design(scenario, n_configs=1),
            intensifier=facade.get_intensifier(scenario, max_config_calls=1),
            overwrite=True,
            logging_level=50,
        )
        self.said, self.asked = 0, {}

    def __call__(self, known, n):
        world = self.world
        self.learn(known)
        taken, rows = set(known), []
        for _ in range(n):
            info = self.optimiser.ask()
            codes = [int(info.config[c]) if c in self.columns else 0 for c in world.features]
            rows.append(world.nearest(np.array(codes), taken))
            taken.add(rows[-1])
            self.asked[rows[-1]] = info
        return rows

    def learn(self, known):
        told = self.world.told(known)
        for row, value in zip(known[self.said :], told[self.said :]):
            codes = dict(zip(self.world.features, map(int, self.world.codes[row])))
            config = self.cs.Configuration(self.space, values={c: codes[c] for c in self.columns})
            infos = [self.smac.runhistory.TrialInfo(config=config, seed=0)]
            # What was asked for has the value of the row that stood for it.
            if row in self.asked and self.asked[row].config != config:
                infos.append(self.asked[row])
            # The facade takes the logarithm itself.
            cost = self.smac.runhistory.TrialValue(cost=float(np.exp(value)))
            for info in infos:
                self.optimiser.tell(info, cost, save=False)
        self.said = len(known)


class Altool:
    def __init__(self, world, seed, options, folder, args):
        self.world, self.seed, self.folder, self.altool = world, seed, folder, args.altool
        train, _, select = options.partition("/")
        self.train, self.select = train.split(), select.split()
        shown = world.frame[world.features].assign(row=world.frame.index)
        shown.to_csv(folder / "candidates.csv", index=False)
        columns = [world.target] + ([world.status[0]] if world.status else [])
        self.measured = shown.join(world.frame[columns])

    def __call__(self, known, n):
        world, folder = self.world, self.folder
        self.measured.iloc[known].to_csv(folder / "measured.csv", index=False)
        status = ["--status", world.status[0]] if world.status else []
        common.run(
            [self.altool, "-q", "train", folder / "measured.csv", "--id", "row"]
            + ["--target", world.target, "--log-target", "--direction", world.direction, *status]
            # As in an update, each fit has draws of its own.
            + ["--seed", 1000 * self.seed + len(known), "--threads", 1, *self.train]
            + ["-o", folder / "m.altool"]
        )
        common.run(
            [self.altool, "-q", "select", folder / "candidates.csv", "--model", folder / "m.altool"]
            + ["-n", n, "--goal", "best", "--threads", 1, *self.select]
            + ["-o", folder / "batch.csv"]
        )
        return pd.read_csv(folder / "batch.csv")["row"].to_list()


class Cache:
    """What was found, by table, seed and way."""

    def __init__(self, path):
        self.path = path and pathlib.Path(path)
        self.content = {}
        if self.path and self.path.exists():
            self.content = json.loads(self.path.read_text())

    def key(self, *key):
        return "/".join(map(str, key))

    def has(self, *key):
        return self.key(*key) in self.content

    def get(self, *key):
        return self.content[self.key(*key)]

    def put(self, table, seed, way, regrets):
        self.content[self.key(table, seed, way)] = regrets
        if self.path:
            common.write_json(self.path, self.content)


def reached(regrets, within):
    """Rows measured until the best one is within a share of the best there is."""
    there = np.flatnonzero(np.array(regrets) <= np.log1p(within))
    return there[0] + 1 if len(there) else np.inf


def report(found, tables, ways):
    lines = []
    for table in [*tables, "all"]:
        for way in ways:
            of = tables if table == "all" else [table]
            runs = np.array([found[one, way] for one in of])
            row = [table, way]
            row += [f"{100 * np.expm1(runs[:, :, at - 1].mean()):.1f}" for at in SHOWN]
            for within in (0.01, 0.001):
                counts = [reached(run, within) for run in runs.reshape(-1, runs.shape[-1])]
                median, share = np.median(counts), np.isfinite(counts).mean()
                row.append(f"{median:.0f} ({share:.0%})" if np.isfinite(median) else f"- ({share:.0%})")
            ours = np.array([found[one, ways[0]] for one in of])
            for at in (slice(LAST - 1, LAST), slice(INITIAL + BATCH - 1, LAST, BATCH)):
                apart = (runs - ours)[:, :, at].mean(axis=2)
                row.append("" if way == ways[0] else times(apart))
            lines.append(row)
    header = ["table", "way", *(f"regret at {at}, %" for at in SHOWN), "to 1 %", "to 0.1 %"]
    return common.markdown([*header, "worse at the end", "worse on average"], lines)


def times(apart):
    """The factor of differences of logarithms, tables x seeds, of which the seeds are
    resampled within each table."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, apart.shape[1], (RESAMPLES, *apart.shape))
    means = np.take_along_axis(np.broadcast_to(apart, drawn.shape), drawn, axis=2).mean(axis=(1, 2))
    low, high = np.exp(np.percentile(means, [2.5, 97.5]))
    return f"{np.exp(apart.mean()):.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
