"""All strategies on all tables: the figures of docs/CHOOSING.md.

Runs `altool simulate` on each table with every strategy that suits it, keeps
the verdicts of each in --out, and writes them as Markdown between the marks

    <!-- backtests: begin -->   <!-- backtests: end -->

of docs/CHOOSING.md. A table that is finished is not run again, and one that
was interrupted goes on where it stopped, as long as options and program are
the same. Only the standard library is needed.

    python3 benches/backtests/run.py --data DIR --altool target/release/altool
"""

import argparse
import hashlib
import json
import math
import os
import pathlib
import shlex
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parent.parent / "docs" / "CHOOSING.md"
MARKS = "<!-- backtests: begin -->", "<!-- backtests: end -->"

CONVOLUTION = (
    "hw_conv_kernel_6gpu.csv --where \"gpu = '{gpu}'\" --target time_ms --log-target"
    " --direction min --status status --features block_size_x,block_size_y,tile_size_x,"
    "tile_size_y,read_only,use_padding,use_shmem"
)
GPUS = ["A100", "A4000", "A6000", "MI250X", "W6600", "W7800"]

# By the heading of a Markdown table: what its columns are and how each is run.
# The directions do not change what is learned; strategies that seek want one.
NUMBERS = {
    "LLM": "hw_llm_inference_bench.csv --target throughput_tok_s --log-target"
    " --direction max --ignore latency_s",
    "concrete": "tab_concrete.csv --target strength_mpa --direction max",
    "power plant": "tab_powerplant.csv --target power_mw --direction max",
    "ESOL": "mol_esol.csv --target measured_logS --direction max"
    " --ignore smiles,esol_predicted_logS,name",
}
KERNELS = {gpu: CONVOLUTION.format(gpu=gpu) for gpu in GPUS}
# 26 classes are 26 trees a round: fewer and smaller members keep it to minutes.
CLASSES = {
    "letter": "cls_letter.csv --target letter --members 5 --trees 20 --initial 64"
    " --batch 64 --rounds 6",
    "spambase": "triage_spambase.csv --target is_spam --task classification",
}
TABLES = {**KERNELS, **NUMBERS, **CLASSES}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the tables")
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--repeats", type=int, default=20, help="default: 20")
    parser.add_argument("--tables", default=",".join(TABLES), help="names, by commas")
    parser.add_argument("--strategies", default="", help="names, by commas; default: all")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("backtests"))
    parser.add_argument("--page", type=pathlib.Path, default=PAGE, help="page to write into")
    parser.add_argument("--simulate", default="", help="more options of simulate, in one text")
    options = parser.parse_args()
    tables = options.tables.split(",")
    unknown = [name for name in tables if name not in TABLES]
    if unknown:
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(TABLES)}")
    program = str(pathlib.Path(options.altool).resolve())
    options.out.mkdir(parents=True, exist_ok=True)
    found = {name: backtest(name, program, options) for name in tables}
    write(options.page, markdown(found))


def backtest(name, program, options):
    """What one table gave: its command and its verdicts. More repeats than asked
    for are as good."""
    file, *rest = shlex.split(TABLES[name])
    kind = "classification" if name in CLASSES else "regression"
    listed = json.loads(run([program, "strategies", "--format", "json"]))
    strategies = [entry["name"] for entry in listed if entry[kind]]
    if options.strategies:
        strategies = [name for name in options.strategies.split(",") if name in strategies]
    # The table's own options come last but for those given here, which count.
    own = dict(pairs(rest)) | {"--repeats": str(options.repeats)}
    own |= {"--strategies": ",".join(strategies)} | dict(pairs(shlex.split(options.simulate)))
    command = [str((options.data / file).resolve())]
    for option, value in own.items():
        command += [option] + ([value] if value is not None else [])
    version = hashlib.blake2b(pathlib.Path(program).read_bytes()).hexdigest()
    kept = options.out / f"{name.replace(' ', '-')}.json"
    if kept.exists():
        old = json.loads(kept.read_text())
        enough = repeats(old["command"]) >= options.repeats
        same = without_repeats(old["command"]) == without_repeats(command)
        if same and enough and old["program"] == version:
            print(f"{name}: kept", file=sys.stderr)
            return old
    print(f"{name}: {len(strategies)} strategies", file=sys.stderr)
    began = time.monotonic()
    curves = kept.with_suffix(".csv")
    verdicts = json.loads(
        run([program, "simulate", *command, "-o", str(curves), "--format", "json"])
    )
    took = round(time.monotonic() - began, 1)
    whole = {"command": command, "program": version, "seconds": took, "verdicts": verdicts}
    # Whole or not at all.
    partial = kept.with_suffix(".json.partial")
    partial.write_text(json.dumps(whole, indent=1))
    os.replace(partial, kept)
    print(f"{name}: {took} s", file=sys.stderr)
    return whole


def repeats(command):
    """How many repeats a command asks for."""
    return int(command[command.index("--repeats") + 1])


def without_repeats(command):
    at = command.index("--repeats")
    return command[:at] + command[at + 2 :]


def pairs(arguments):
    """Options and their values; flags have none."""
    for at, argument in enumerate(arguments):
        if argument.startswith("--"):
            following = arguments[at + 1 : at + 2]
            has_value = following and not following[0].startswith("--")
            yield argument, following[0] if has_value else None


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(command)}: exit status {done.returncode}")
    return done.stdout


def markdown(found):
    """A Markdown table for each group of tables that were run."""
    numbers = [name for name in found if name not in CLASSES]
    parts = []
    for heading, group in [
        ("Numbers", NUMBERS),
        ("Kernel times of one GPU each", KERNELS),
        ("Classes", CLASSES),
    ]:
        names = [name for name in group if name in found]
        if names:
            # The mean stands once, in the first table of numbers.
            over = numbers if group is not CLASSES else []
            parts.append(f"{heading}:\n\n" + grid(found, names, over, group is CLASSES))
    return "\n".join(parts)


def grid(found, names, over, is_classes):
    cells = {}
    for name in names:
        for verdict in found[name]["verdicts"]:
            ratio = verdict["ratio"]
            text = "{mean:.3f} [{low:.3f}, {high:.3f}]".format(**ratio)
            cells.setdefault(verdict["strategy"], {})[name] = text
    means = {
        strategy: geometric(strategy, found, names if is_classes else over) for strategy in cells
    }
    counted = [f"{name} ({repeats(found[name]['command'])} repeats)" for name in names]
    heads = ["strategy", f"mean of {len(names if is_classes else over)}", *counted]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for strategy in sorted(cells, key=lambda strategy: (means[strategy], strategy)):
        row = [f"`{strategy}`", f"{means[strategy]:.3f}"]
        row += [cells[strategy].get(name, "") for name in names]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def geometric(strategy, found, names):
    """The geometric mean of a strategy's ratios over the tables."""
    verdicts = [verdict for name in names for verdict in found[name]["verdicts"]]
    logs = [math.log(v["ratio"]["mean"]) for v in verdicts if v["strategy"] == strategy]
    return math.exp(sum(logs) / len(logs))


def write(page, text):
    whole = page.read_text(encoding="utf-8")
    begin, end = (whole.find(mark) for mark in MARKS)
    if not 0 <= begin < end:
        sys.exit(f"{page}: the marks {MARKS[0]} and {MARKS[1]} are not there")
    whole = f"{whole[:begin]}{MARKS[0]}\n{text}{whole[end:]}"
    page.write_text(whole, encoding="utf-8")
    print(f"{page}: written", file=sys.stderr)


if __name__ == "__main__":
    main()
