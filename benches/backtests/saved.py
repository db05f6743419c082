"""What the default model and the default strategy save, in labels, against 0.1.0's.

Reads what `run.py` kept of backtests with `--learner auto` and of such with the trees of
0.1.0, `--trees 100 --learning-rate 0.1`, both with the strategies random and lcmd and the
same repeats. 0.1.0 set 36 % of the labels aside: its model at 416 labels is taken to be that
of its trees at 64 % of them, between rounds by the logarithm of the error. Per table: that
error of random rows, and as a share of it the errors at the end of lcmd with the trees of
0.1.0, and of random and lcmd with the default model; and the labels, in % of 416, with which
these reach the error of random rows with 0.1.0 (`-`: not in these rounds).

    python3 saved.py DIR-OF-AUTO DIR-OF-TREES
"""

import csv
import json
import math
import pathlib
import sys

FIRST, BATCH, ROUNDS, KEPT = 32, 32, 12, 0.64


def curves(path, strategy, repeats):
    """Per repeat the logarithms of the errors, by round."""
    found = {}
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            if row["strategy"] == strategy and int(row["repeat"]) < repeats:
                rounds = found.setdefault(int(row["repeat"]), {})
                rounds[int(row["round"])] = math.log(float(row["error"]))
    return [[rounds[r] for r in range(ROUNDS + 1)] for _, rounds in sorted(found.items())]


def mean(curves):
    return [sum(values) / len(values) for values in zip(*curves)]


def at(curve, labels):
    place = (labels - FIRST) / BATCH
    low = min(int(place), ROUNDS - 1)
    return curve[low] + (place - low) * (curve[low + 1] - curve[low])


def reached(curve, level):
    """Labels with which a curve first reaches a level."""
    for r in range(ROUNDS):
        if curve[0] <= level:
            return FIRST
        if curve[r + 1] <= level:
            share = (curve[r] - level) / (curve[r] - curve[r + 1])
            return FIRST + BATCH * (r + share)
    return None


def main():
    auto, trees = map(pathlib.Path, sys.argv[1:3])
    last = FIRST + BATCH * ROUNDS
    print("| table | 0.1.0, random | 0.1.0, lcmd | now, random | now, lcmd | labels: 0.1.0, lcmd | now, random | now, lcmd |")
    print("|---|---|---|---|---|---|---|---|")
    sums = []
    for kept in sorted(auto.glob("*.json")):
        command = json.loads(kept.read_text())["command"]
        other = json.loads((trees / kept.name).read_text())["command"]
        repeats = min(int(c[c.index("--repeats") + 1]) for c in (command, other))
        name = kept.name.replace(".json", ".csv")
        before = {s: mean(curves(trees / name, s, repeats)) for s in ("random", "lcmd")}
        now = {s: mean(curves(auto / name, s, repeats)) for s in ("random", "lcmd")}
        base = at(before["random"], KEPT * last)
        ratios = [at(before["lcmd"], KEPT * last) - base]
        ratios += [now[s][ROUNDS] - base for s in ("random", "lcmd")]
        old = reached(before["lcmd"], base)
        labels = [old / KEPT if old else None, *(reached(now[s], base) for s in ("random", "lcmd"))]
        shares = [None if value is None else 100 * value / last for value in labels]
        sums.append(ratios + [min(share or 100.0, 100.0) for share in shares])
        shown = ["-" if share is None or share > 100 else f"{share:.0f} %" for share in shares]
        cells = [f"{math.exp(ratio):.3f}" for ratio in ratios]
        print(f"| {kept.stem} | {math.exp(base):.4g} | {' | '.join(cells)} | {' | '.join(shown)} |")
    total = [sum(values) / len(sums) for values in zip(*sums)]
    cells = [f"{math.exp(ratio):.3f}" for ratio in total[:3]]
    print(f"| all | | {' | '.join(cells)} | {' | '.join(f'{share:.0f} %' for share in total[3:])} |")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main()
