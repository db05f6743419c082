"""What the peer scripts share: the tables, the splits, LightGBM's pinned
parameters, running `altool`, and small statistics.

A table here is features + target only. The traps of each table (failed rows,
columns that leak the target, codes that are categories) are handled once, in
`TABLES` and `load`, so that no script can forget one.
"""

import argparse
import dataclasses
import json
import math
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd

# --------------------------------------------------------------------------
# Tables


@dataclasses.dataclass(frozen=True)
class TableSpec:
    """How one table is read and what is learned from it."""

    name: str
    file: str
    target: str
    task: str = "regression"
    log: bool = False
    categorical: tuple = ()
    numeric: tuple = ()
    # Only rows with this value in the status column are learnable.
    status: tuple | None = None
    # Columns kept in the file given to `altool train`, which is told to
    # ignore them (they leak the target; the flag is what users would type).
    ignore: tuple = ()

    @property
    def features(self):
        return list(self.categorical) + list(self.numeric)


CONVOLUTION_NUMERIC = (
    "block_size_x",
    "block_size_y",
    "tile_size_x",
    "tile_size_y",
    "read_only",
    "use_padding",
    "use_shmem",
)

TABLES = {
    spec.name: spec
    for spec in [
        TableSpec(
            "concrete",
            "tab_concrete.csv",
            "strength_mpa",
            numeric=(
                "cement",
                "slag",
                "fly_ash",
                "water",
                "superplasticizer",
                "coarse_agg",
                "fine_agg",
                "age_days",
            ),
        ),
        TableSpec(
            "powerplant",
            "tab_powerplant.csv",
            "power_mw",
            numeric=(
                "ambient_temp_c",
                "exhaust_vacuum",
                "ambient_pressure_mbar",
                "rel_humidity",
            ),
        ),
        TableSpec(
            "yacht",
            "tab_yacht.csv",
            "residuary_resistance",
            numeric=(
                "long_pos",
                "pris_coeff",
                "len_displacement",
                "beam_draught",
                "length_beam",
                "froude_num",
            ),
        ),
        # gflops is derived from the time, the other measured columns are known
        # only after running: none of them is a feature. Failed rows have no time.
        TableSpec(
            "convolution",
            "hw_conv_kernel_6gpu.csv",
            "time_ms",
            log=True,
            categorical=("gpu",),
            numeric=CONVOLUTION_NUMERIC,
            status=("status", "ok"),
        ),
        # throughput = 2 · length · batch / latency: latency is never a feature.
        TableSpec(
            "llm",
            "hw_llm_inference_bench.csv",
            "throughput_tok_s",
            log=True,
            categorical=("hardware", "framework", "model"),
            numeric=("num_devices", "in_out_len", "batch_size"),
            ignore=("latency_s",),
        ),
        # arch_id is a number without meaning; the 26 other latencies leak.
        TableSpec(
            "fbnet",
            "hw_fbnet_latency_27dev.csv",
            "lat_1080ti_1",
            categorical=tuple(f"block{i:02d}" for i in range(22)),
        ),
        # The published model's own prediction (esol_predicted_logS) is left
        # out, and so are the name and the structure, which are text.
        TableSpec(
            "esol",
            "mol_esol.csv",
            "measured_logS",
            numeric=(
                "min_degree",
                "mol_weight",
                "h_bond_donors",
                "n_rings",
                "n_rot_bonds",
                "tpsa",
            ),
        ),
        # Class is pIC50 at a threshold, Model the authors' split, and smiles
        # and CID identify the row: none of them is a feature.
        TableSpec(
            "bace",
            "mol_bace.csv",
            "pIC50",
            numeric=(
                "MW",
                "AlogP",
                "HBA",
                "HBD",
                "RB",
                "HeavyAtomCount",
                "ChiralCenterCount",
                "ChiralCenterCountAllPossible",
                "RingCount",
                "PSA",
                "Estate",
                "MR",
                "Polar",
            ),
        ),
        TableSpec(
            "spambase",
            "triage_spambase.csv",
            "is_spam",
            task="classification",
            numeric=("*",),
        ),
        TableSpec(
            "letter",
            "cls_letter.csv",
            "letter",
            task="classification",
            numeric=("*",),
        ),
    ]
}


def load(name, data):
    """The spec and the table: learnable rows, features + target (+ ignored)."""
    spec = TABLES[name]
    frame = pd.read_csv(pathlib.Path(data) / spec.file)
    if spec.numeric == ("*",):
        rest = tuple(c for c in frame.columns if c != spec.target)
        spec = dataclasses.replace(spec, numeric=rest)
    if spec.status is not None:
        column, ok = spec.status
        frame = frame[frame[column] == ok]
    frame = frame[spec.features + [spec.target] + list(spec.ignore)]
    frame = frame.reset_index(drop=True)
    if frame[spec.target].isna().any():
        raise SystemExit(f"{spec.file}: rows without a target")
    return spec, frame


def fitted_scale(spec, target):
    """The target on the scale the model is fitted on."""
    return np.log(target) if spec.log else target


def feature_keys(spec, frame):
    """One integer per row; equal integers for equal feature rows."""
    return frame.groupby(spec.features, dropna=False, sort=False).ngroup().to_numpy()


def split_by_key(spec, frame, seed, test_share=0.2):
    """Row indices (train, test): a random share of the distinct feature rows,
    so that exact repeats are always on one side."""
    keys = feature_keys(spec, frame)
    rng = np.random.default_rng(seed)
    order = rng.permutation(keys.max() + 1)
    n_test = round(test_share * len(order))
    in_test = np.isin(keys, order[:n_test])
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


# --------------------------------------------------------------------------
# LightGBM

# Every parameter that shapes a tree, spelled out. The first three are the
# size the comparison is made at; the rest are LightGBM's defaults.
LIGHTGBM = {
    "max_depth": 6,
    "num_leaves": 63,
    "learning_rate": 0.1,
    "boosting": "gbdt",
    "max_bin": 255,
    "min_data_in_bin": 3,
    "min_data_in_leaf": 20,
    "min_sum_hessian_in_leaf": 1e-3,
    "min_gain_to_split": 0.0,
    "lambda_l1": 0.0,
    "lambda_l2": 0.0,
    "bagging_fraction": 1.0,
    "feature_fraction": 1.0,
    "extra_trees": False,
    "path_smooth": 0.0,
    "max_delta_step": 0.0,
    "min_data_per_group": 100,
    "max_cat_threshold": 32,
    "cat_l2": 10.0,
    "cat_smooth": 10.0,
    "max_cat_to_onehot": 4,
    "boost_from_average": True,
    "enable_bundle": True,
    "use_missing": True,
    "zero_as_missing": False,
    "bin_construct_sample_cnt": 200000,
    "data_random_seed": 1,
    "verbosity": -1,
}
TREES = 100
MEMBERS = 10


def category_types(spec, frame):
    """One pandas category type per categorical column, from the whole table,
    so that training and test rows share their codes."""
    return {
        c: pd.CategoricalDtype(sorted(frame[c].dropna().unique()))
        for c in spec.categorical
    }


def lightgbm_features(spec, frame, types):
    return frame[spec.features].astype(types)


def bagged_members(spec, x, y, seed, threads, members=MEMBERS, trees=TREES, params=None):
    """Boosters on bootstraps of the rows. All members share one binned
    Dataset: LightGBM bins once and takes subsets."""
    import lightgbm as lgb

    params = dict(LIGHTGBM, num_threads=threads, deterministic=True, **(params or {}))
    if spec.task == "classification":
        n_classes = int(y.max()) + 1
        if n_classes == 2:
            params["objective"] = "binary"
        else:
            params.update(objective="multiclass", num_class=n_classes)
    else:
        params["objective"] = "regression"
    shared = lgb.Dataset(
        x,
        label=y,
        categorical_feature=list(spec.categorical),
        params=params,
        free_raw_data=False,
    ).construct()
    boosters = []
    for member in range(members):
        rng = np.random.default_rng([seed, member])
        rows = np.sort(rng.integers(0, len(y), len(y)))
        bag = shared.subset(rows.tolist())
        boosters.append(lgb.train(dict(params, seed=member), bag, num_boost_round=trees))
    return boosters


def mean_probability(boosters, x, threads):
    """Rows × classes, the mean over the members."""
    p = np.mean([b.predict(x, num_threads=threads) for b in boosters], axis=0)
    return np.column_stack([1.0 - p, p]) if p.ndim == 1 else p


# --------------------------------------------------------------------------
# altool


@dataclasses.dataclass
class Run:
    """A finished command: wall seconds, peak memory, what it said."""

    seconds: float
    peak_mib: float
    stdout: str
    stderr: str


# Started by a small process of its own: on Linux a child's peak memory counts
# what its parent held when it forked, and these scripts hold whole tables.
LAUNCHER = """
import json, os, resource, subprocess, sys, time
start = time.perf_counter()
code = subprocess.call(sys.argv[2:])
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
with open(sys.argv[1], "w") as file:
    json.dump([code, seconds, peak], file)
"""


def run(command):
    """Runs a command; raises with its messages when it fails."""
    command = [str(part) for part in command]
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder) / "report"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, report, *command],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if not report.exists():
            raise RuntimeError(f"{command[0]} could not be started:\n{done.stderr}")
        code, seconds, peak = json.loads(report.read_text())
    if code != 0:
        raise RuntimeError(f"{' '.join(command)}\nexited {code}:\n{done.stderr}")
    # ru_maxrss is KiB on Linux and bytes on macOS.
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Run(seconds, peak / unit, done.stdout, done.stderr)


def json_lines(text):
    """The JSON objects among the lines of a log."""
    found = []
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def stage_seconds(log):
    """Stage → seconds from `-v --log-format json`, as far as the log tells.

    A line counts when it names a stage (`stage`, else `message`) and carries a
    duration as `seconds`, `elapsed_s`, `elapsed_ms` or `ms`.
    """
    units = {"seconds": 1.0, "elapsed_s": 1.0, "elapsed_ms": 1e-3, "ms": 1e-3}
    stages = {}
    for entry in json_lines(log):
        fields = {**entry, **entry["fields"]} if isinstance(entry.get("fields"), dict) else entry
        name = fields.get("stage") or fields.get("message")
        for key, unit in units.items():
            if name and isinstance(fields.get(key), (int, float)):
                stages[str(name)] = stages.get(str(name), 0.0) + fields[key] * unit
                break
    return stages


def train_arguments(spec):
    """The part of `altool train` that says what the table is."""
    arguments = ["--target", spec.target]
    if spec.task == "classification":
        arguments += ["--task", "classification"]
    if spec.log:
        arguments.append("--log-target")
    if spec.ignore:
        arguments += ["--ignore", ",".join(spec.ignore)]
    return arguments


def without_target(spec, frame):
    """What a candidate table looks like: the features and nothing else."""
    return frame[spec.features]


# --------------------------------------------------------------------------
# Statistics and output


def rmse(truth, prediction):
    return float(np.sqrt(np.mean((np.asarray(prediction) - np.asarray(truth)) ** 2)))


def mean_interval(values, level=0.95):
    """Mean and the half-width of its t interval."""
    from scipy import stats

    values = np.asarray(values, dtype=float)
    n = len(values)
    if n < 2:
        return float(values.mean()), math.inf
    half = stats.t.ppf(0.5 + level / 2, n - 1) * values.std(ddof=1) / math.sqrt(n)
    return float(values.mean()), float(half)


def ratio_interval(ours, theirs):
    """Geometric mean of ours/theirs over pairs, with its 95 % t interval."""
    center, half = mean_interval(np.log(np.asarray(ours) / np.asarray(theirs)))
    return math.exp(center), math.exp(center - half), math.exp(center + half)


def standard_error(values):
    values = np.asarray(values, dtype=float)
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def versions():
    import lightgbm
    import sklearn

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "lightgbm": lightgbm.__version__,
        "scikit-learn": sklearn.__version__,
    }


def write_json(path, value):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
    partial.replace(path)


# --------------------------------------------------------------------------
# Command lines


def parser(doc):
    """A parser whose help is the script's docstring, with the options that
    every script takes."""
    p = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument(
        "--altool",
        default="target/release/altool",
        help="the binary to measure (default: %(default)s)",
    )
    p.add_argument("--threads", type=int, default=2, help="for both sides (default: 2)")
    p.add_argument(
        "--altool-args",
        default="",
        metavar="'ARGS'",
        help="more arguments for `altool train`, one string",
    )
    p.add_argument("--json", metavar="FILE", help="also write the figures here")
    return p


def add_data_argument(p):
    p.add_argument(
        "--data",
        default=os.environ.get("ALTOOL_DATA"),
        metavar="DIR",
        help="folder of the full tables (default: $ALTOOL_DATA)",
    )


def parse(p):
    args = p.parse_args()
    if hasattr(args, "data") and args.data is None:
        p.error("give --data DIR or set ALTOOL_DATA: a folder of the full tables")
    args.altool_args = args.altool_args.split()
    return args


def names(text):
    """`a,b` as a list of table names, each of them known."""
    chosen = [name for name in text.split(",") if name]
    unknown = [name for name in chosen if name not in TABLES]
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown table {', '.join(unknown)}; there are {', '.join(TABLES)}"
        )
    return chosen
