"""Whether two ways to fit in `altool simulate` come to the same learning curves.

Replays each table with the options of --before and with those of --after: same rows, same
seeds. Says, per strategy, how many times the error after is the error before, as a geometric
mean over repeats with a paired bootstrap interval of 95 %: over all rounds after the start,
and after the last round. A strategy that reads the model goes another way after the slightest
change of it; how far that alone takes it is said by options that hardly change the model, such
as --after "--trees 100 --learning-rate 0.1001". Only the standard library is needed.

    python3 benches/backtests/equality.py --data DIR --altool target/release/altool
"""

import argparse
import csv
import math
import pathlib
import random
import resource
import shlex
import subprocess
import sys
import tempfile

from run import TABLES, pairs


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of the tables")
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--repeats", type=int, default=10, help="default: 10")
    parser.add_argument("--tables", default="A100,W6600,LLM,concrete", help="names, by commas")
    parser.add_argument("--strategies", default="lcmd,k-means++,uncertainty", help="by commas")
    parser.add_argument("--before", default="--trees 100 --learning-rate 0.1", help="options")
    parser.add_argument("--after", default="", help="options; default: those of simulate")
    parser.add_argument("--threads", default="1", help="default: 1")
    options = parser.parse_args()
    names = options.tables.split(",")
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        parser.error(f"no table {', '.join(unknown)}; there are {', '.join(TABLES)}")
    print("| table | strategy | error, mean | error at the end | ratio to random before, after |")
    print("|---|---|---|---|---|")
    pooled, seconds = {}, [0.0, 0.0]
    for name in names:
        sides = []
        for at, own in enumerate([options.before, options.after]):
            took, curves = replay(name, own, options)
            seconds[at] += took
            sides.append(curves)
        for strategy, found in compare(*sides).items():
            mean, last = found["mean"], found["last"]
            pooled.setdefault(strategy, ([], []))
            pooled[strategy][0].extend(mean)
            pooled[strategy][1].extend(last)
            ratio = "{:.3f}, {:.3f}".format(*found["to random"])
            print(f"| {name} | `{strategy}` | {interval(mean)} | {interval(last)} | {ratio} |")
            sys.stdout.flush()
    for strategy, (mean, last) in pooled.items():
        print(f"| all {len(names)} | `{strategy}` | {interval(mean)} | {interval(last)} | |")
    print(f"\nProcessor time: {seconds[0]:.1f} s before, {seconds[1]:.1f} s after")


def replay(name, own, options):
    """Processor time, and the errors of each strategy in each repeat, round after round."""
    file, *rest = shlex.split(TABLES[name])
    # Options of the table come first, those of one side count.
    every = dict(pairs(rest)) | dict(pairs(shlex.split(own)))
    every |= {"--repeats": str(options.repeats), "--strategies": options.strategies}
    every |= {"--threads": options.threads}
    with tempfile.TemporaryDirectory() as folder:
        to = pathlib.Path(folder) / "curves.csv"
        command = [options.altool, "simulate", str(options.data / file), "-o", str(to)]
        for option, value in every.items():
            command += [option] + ([value] if value is not None else [])
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        curves = {}
        with to.open(newline="") as lines:
            for row in csv.DictReader(lines):
                key = row["strategy"], int(float(row["repeat"]))
                curves.setdefault(key, []).append(math.log(float(row["error"])))
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime, curves


def compare(before, after):
    """Per strategy the logarithms of error after / before, a value per repeat."""
    found = {}
    for (strategy, repeat), curve in after.items():
        other = before[strategy, repeat]
        each = found.setdefault(strategy, {"mean": [], "last": [], "to random": [[], []]})
        apart = [a - b for a, b in zip(curve, other)][1:]
        each["mean"].append(sum(apart) / len(apart))
        each["last"].append(apart[-1])
        for to, side in zip(each["to random"], [before, after]):
            both = zip(side[strategy, repeat], side["random", repeat])
            apart = [own - of_random for own, of_random in both]
            to.append(sum(apart) / len(apart))
    for each in found.values():
        each["to random"] = [math.exp(sum(side) / len(side)) for side in each["to random"]]
    return found


def interval(logs):
    """The geometric mean with its bootstrap interval."""
    draw = random.Random(0)
    n = len(logs)
    means = sorted(sum(draw.choice(logs) for _ in range(n)) / n for _ in range(4000))
    mean, low, high = (math.exp(v) for v in (sum(logs) / n, means[100], means[3899]))
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
