"""What the scripts of this folder share: running altool, runs that go on where they
stopped, and intervals."""

import concurrent.futures
import csv
import json
import pathlib
import subprocess

import numpy as np


class Altool:
    """The program, run in a folder, with what every command is given."""

    def __init__(self, program, folder, *always):
        self.program = [str(pathlib.Path(program).resolve()), *map(str, always)]
        self.folder = pathlib.Path(folder)

    def __call__(self, *arguments, codes=(0,)):
        command = [*self.program, *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True)
        if done.returncode not in codes:
            raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
        return done

    def rows(self, name):
        """A CSV of the folder as dictionaries."""
        with open(self.folder / name, newline="") as file:
            return list(csv.DictReader(file))


def journal(path, key, program, names, todo, run, jobs):
    """Runs `run(item)` for each of `todo` that the file `path` lacks, some at a time,
    and appends the dictionaries that each gives; all lines of the file. An item is
    told by the values of `names` in its lines. A file that was made with another
    version of the program or another `key` is refused."""
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    key = f"{version.stdout.strip()} {key}".strip()
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    if other := next((line["key"] for line in lines if line["key"] != key), None):
        raise SystemExit(f"{path} was made with other options ({other}); name another --out")
    done = {tuple(line[name] for name in names) for line in lines}
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool, path.open("a") as out:
        runs = [pool.submit(run, item) for item in todo if item not in done]
        for one in concurrent.futures.as_completed(runs):
            for line in one.result():
                lines.append(line | {"key": key})
                out.write(json.dumps(lines[-1]) + "\n")
            out.flush()
    return lines


def interval(differences, groups=None, seed=0, draws=10_000, level=0.95):
    """Mean of paired differences and its bootstrap interval (Efron 1979), by
    percentiles. What is drawn again is a difference, or with `groups`, a label per
    difference, all of a group: those that are nearly copies count as one."""
    differences = np.asarray(differences, dtype=float)
    rng = np.random.default_rng(seed)
    if groups is None:
        groups = np.arange(len(differences))
    _, at = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(at, differences)
    sizes = np.bincount(at)
    picks = rng.integers(0, len(sums), (draws, len(sums)))
    means = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return differences.mean(), low, high


def reliability(p, hit, bins=10):
    """Brier score, and per bin of the stated probability: rows, mean stated,
    share that came true."""
    p, hit = np.asarray(p, dtype=float), np.asarray(hit, dtype=float)
    at = np.minimum((p * bins).astype(int), bins - 1)
    table = [
        (low / bins, (at == low).sum(), p[at == low].mean(), hit[at == low].mean())
        for low in range(bins)
        if (at == low).any()
    ]
    return ((p - hit) ** 2).mean(), table


def told(title, rows, header):
    """A Markdown table on standard output."""
    print(f"\n**{title}**\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
