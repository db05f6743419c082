"""Reading tables and making the keys of their rows, by two versions of altool in turns.

Made-up tables of 20 columns: normal doubles, three decimals, whole numbers, as Parquet, CSV
and TSV. `altool select FILE -n 1 --strategy random --threads 1` reads one and makes the keys;
what counts is its processor time, the median of five runs of each version.
"""

import os
import pathlib
import statistics
import subprocess
import tempfile

import numpy as np
import pandas as pd

import common

COLUMNS = 20


def main():
    p = common.parser(__doc__)
    p.add_argument("--before", required=True, help="the other version, such as one built from an earlier commit")
    p.add_argument("--rows", type=int, default=1_000_000, help="default: 1000000")
    p.add_argument("--repeats", type=int, default=5, help="default: 5")
    args = common.parse(p)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for path, what in tables(pathlib.Path(folder), args.rows):
            found = {args.before: [], args.altool: []}
            for _ in range(args.repeats):
                for binary, seconds in found.items():
                    seconds.append(processor_seconds(binary, path))
            before, now = (statistics.median(seconds) for seconds in found.values())
            lines.append([str(args.rows), what, f"{before:.2f}", f"{now:.2f}", f"× {now / before:.2f}"])
    print(common.markdown(["rows", "file", "before", "now", ""], lines))


def tables(folder, rows):
    """One file after the other, with what it is; each is gone before the next."""
    rng = np.random.default_rng(0)
    names = [f"x{i}" for i in range(COLUMNS)]
    doubles = pd.DataFrame(rng.normal(size=(rows, COLUMNS)), columns=names)
    whole = pd.DataFrame(rng.integers(0, 10_000, size=(rows, COLUMNS)), columns=names)
    kinds = [("normal doubles", doubles), ("three decimals", doubles.round(3)), ("whole numbers", whole)]
    for kind, table in kinds:
        for ending, write in [
            ("parquet", lambda path: table.to_parquet(path)),
            ("csv", lambda path: table.to_csv(path, index=False)),
            ("tsv", lambda path: table.to_csv(path, index=False, sep="\t")),
        ]:
            if kind == "normal doubles" and ending != "parquet":
                continue
            path = folder / f"table.{ending}"
            write(path)
            yield path, f"{ending} of {kind}"
            path.unlink()


def processor_seconds(binary, path):
    words = [binary, "-q", "select", path, "-n", "1", "--strategy", "random", "--threads", "1"]
    before = os.times()
    subprocess.run([*words, "-o", path.with_name("batch.csv")], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    main()
