"""Which strategy finds the best row soonest: the figures of docs/MEASUREMENTS.md.

Runs `altool simulate --goal best` with its defaults (16 rows, then 15 batches of 8, learner
auto) on the kernels of each GPU and the LLM serving table. Prints as Markdown, per strategy
and table, by how much the best measured row is worse than the best of the table at the end,
in %, as a geometric mean over repeats; its mean over tables, at the end and over all
rounds; and in how many of all repeats it was within 1 % of the best. Verdicts and curves
are kept in --out; an interrupted table goes on where it stopped. Only the standard library
is needed.

    python3 benches/backtests/search.py --data DIR --altool target/release/altool
"""

import argparse
import csv
import json
import math
import pathlib
import shlex

from run import KERNELS, NUMBERS, run

TABLES = {**KERNELS, "LLM": NUMBERS["LLM"]}
STRATEGIES = (
    "thompson,ucb,expected-improvement,probability-of-improvement,knowledge-gradient,epsilon-greedy,lcmd"
)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the tables")
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--repeats", type=int, default=5, help="default: 5")
    parser.add_argument("--tables", default=",".join(TABLES), help="names, by commas")
    parser.add_argument("--strategies", default=STRATEGIES, help="names, by commas")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("searches"))
    parser.add_argument("--simulate", default="", help="more options of simulate, in one text")
    options = parser.parse_args()
    program = str(pathlib.Path(options.altool).resolve())
    options.out.mkdir(parents=True, exist_ok=True)
    tables = options.tables.split(",")
    print(markdown({name: searched(name, program, options) for name in tables}, options.repeats))


def searched(name, program, options):
    """Per strategy: the mean regret at the end and over all rounds, as a logarithm, and in
    how many repeats it was within 1 %."""
    file, *rest = shlex.split(TABLES[name])
    command = [str((options.data / file).resolve()), *rest, "--goal", "best"]
    command += ["--strategies", options.strategies, "--repeats", str(options.repeats)]
    command += shlex.split(options.simulate)
    kept = options.out / f"{name}.json"
    curves = kept.with_suffix(".csv")
    if not kept.exists() or json.loads(kept.read_text())["command"] != command:
        found = json.loads(run([program, "-q", "simulate", *command, "-o", str(curves), "--format", "json"]))
        kept.write_text(json.dumps({"command": command, "found": found}, indent=1))
    found = json.loads(kept.read_text())["found"]
    with open(curves, newline="") as file:
        points = [point for point in csv.DictReader(file) if point["round"] != "0"]
    over = {}
    for point in points:
        over.setdefault(point["strategy"], []).append(float(point["regret"]))
    return {
        one["strategy"]: (
            one["regret"],
            sum(over[one["strategy"]]) / len(over[one["strategy"]]),
            one["within_1_percent"]["repeats"],
        )
        for one in found
    }


def markdown(found, repeats):
    percent = lambda log: f"{100 * math.expm1(log):.1f}"
    mean = lambda values: sum(values) / len(values)
    rows = []
    for strategy in next(iter(found.values())):
        of = [table[strategy] for table in found.values()]
        end, over = mean([one[0] for one in of]), mean([one[1] for one in of])
        near = f"{sum(one[2] for one in of)} of {repeats * len(found)}"
        rows.append((over, [f"`{strategy}`", percent(end), percent(over), near, *(percent(one[0]) for one in of)]))
    heads = ["strategy", "at the end, mean", "all rounds, mean", "within 1 %", *found]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(row) + " |" for _, row in sorted(rows)]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
