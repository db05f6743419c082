"""What altool reads of the files of other writers, type by type.

Each writer (pandas, pyarrow, polars, duckdb) writes a column of each type that it has, to
each format that it has, beside a plain number and a target. `altool train` then says
whether the column became a feature and of which kind, was left out, or made the file
unreadable; `altool select` of the same file without its target says whether the rows are
known again (`same keys`), and so does the first format's copy in each of the others.

    python3 benches/formats/conformance.py --altool target/release/altool

prints the table of docs/FORMATS.md. Needs pandas, pyarrow, polars and duckdb.
"""

import argparse
import datetime
import decimal
import json
import pathlib
import subprocess
import tempfile

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.json
import pyarrow.parquet as pq

ROWS = 24


def cells():
    """Type → (pyarrow type, values)."""
    n = list(range(ROWS))
    day = datetime.date(2024, 1, 1)
    moment = datetime.datetime(2024, 1, 1, 12)
    integers = {f"int{b}": (getattr(pa, f"int{b}")(), n) for b in (8, 16, 32, 64)}
    integers |= {f"uint{b}": (getattr(pa, f"uint{b}")(), n) for b in (8, 16, 32, 64)}
    tenths = [i / 10 for i in n]
    return integers | {
        "float64": (pa.float64(), tenths),
        "float32": (pa.float32(), tenths),
        "float16": (pa.float16(), np.array(tenths, dtype=np.float16)),
        "decimal(10, 2)": (pa.decimal128(10, 2), [decimal.Decimal(i) / 4 for i in n]),
        "decimal(50, 2)": (pa.decimal256(50, 2), [decimal.Decimal(i) / 4 for i in n]),
        "boolean": (pa.bool_(), [i % 2 == 0 for i in n]),
        "text": (pa.string(), [f"level {i % 4}" for i in n]),
        "large text": (pa.large_string(), [f"level {i % 4}" for i in n]),
        "text with zeros": (pa.string(), [f"{i % 4:03d}" for i in n]),
        "dictionary": (pa.dictionary(pa.int8(), pa.string()), [f"level {i % 4}" for i in n]),
        "date": (pa.date32(), [day + datetime.timedelta(days=i) for i in n]),
        "timestamp": (pa.timestamp("us"), [moment + datetime.timedelta(hours=i) for i in n]),
        "timestamp with zone": (
            pa.timestamp("us", "UTC"),
            [moment + datetime.timedelta(hours=i) for i in n],
        ),
        "time": (pa.time64("us"), [datetime.time(i % 24) for i in n]),
        "duration": (pa.duration("us"), [datetime.timedelta(milliseconds=i) for i in n]),
        "binary": (pa.binary(), [bytes([i % 4]) for i in n]),
        "list": (pa.list_(pa.int64()), [[i % 4, 1] for i in n]),
        "structure": (pa.struct([("a", pa.int64())]), [{"a": i % 4} for i in n]),
        "null": (pa.null(), [None] * ROWS),
    }


def table_of(kind, values):
    column = pa.array(values, type=kind)
    target = pa.array([float(i) ** 1.5 for i in range(ROWS)])
    return pa.table({"x": column, "n": pa.array(range(ROWS)), "y": target})


def writers():
    """Name → function of a pyarrow table and a folder, which gives the files written."""
    return {
        "pandas": by_pandas,
        "pyarrow": by_pyarrow,
        "polars": by_polars,
        "duckdb": by_duckdb,
    }


def each(folder, ways):
    files = {}
    for name, write in ways.items():
        path = folder / name
        try:
            write(str(path))
            files[name] = path
        except BaseException:  # The writer does not have this type.
            files[name] = None
    return files


def by_pandas(table, folder):
    frame = table.to_pandas()
    return each(
        folder,
        {
            "p.csv": lambda path: frame.to_csv(path, index=False),
            "p.parquet": lambda path: frame.to_parquet(path),
            "p.feather": lambda path: frame.to_feather(path),
            "p.jsonl": lambda path: frame.to_json(path, orient="records", lines=True),
        },
    )


def by_pyarrow(table, folder):
    def ipc(path):
        with pa.ipc.new_file(path, table.schema) as out:
            out.write_table(table)

    return each(
        folder,
        {
            "a.csv": lambda path: pa.csv.write_csv(table, path),
            "a.parquet": lambda path: pq.write_table(table, path),
            "a.arrow": ipc,
        },
    )


def by_polars(table, folder):
    frame = pl.from_arrow(table)
    return each(
        folder,
        {
            "l.csv": lambda path: frame.write_csv(path),
            "l.parquet": lambda path: frame.write_parquet(path),
            "l.arrow": lambda path: frame.write_ipc(path),
            "l.jsonl": lambda path: frame.write_ndjson(path),
        },
    )


def by_duckdb(table, folder):
    connection = duckdb.connect()
    connection.register("shown", table)

    def copy(path, how):
        connection.execute(f"COPY (SELECT * FROM shown) TO '{path}' ({how})")

    return each(
        folder,
        {
            "d.csv": lambda path: copy(path, "FORMAT csv, HEADER"),
            "d.parquet": lambda path: copy(path, "FORMAT parquet"),
            "d.jsonl": lambda path: copy(path, "FORMAT json"),
        },
    )


def run(altool, *arguments):
    return subprocess.run(
        [altool, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def said(altool, path, folder):
    """What became of the column, and whether its rows are known again."""
    model = folder / "m.altool"
    line = ["train", path, "--target", "y", "--learner", "boosted", "--trees", 4, "-o", model]
    trained = run(altool, *line)
    if "this is a bug" in trained.stderr:
        return "PANIC"
    if trained.returncode != 0:
        return "refused"
    shown = json.loads(run(altool, "inspect", model, "--format", "json").stdout)
    kinds = {feature["name"]: feature["kind"] for feature in shown["features"]}
    again = run(altool, "select", path, "--model", model, "-n", 3, "-o", folder / "b.csv")
    known = "" if again.returncode == 4 else " NOT KNOWN AGAIN"
    kind = {"numeric": "number", "categorical": "category"}
    return kind.get(kinds.get("x"), "left out") + known


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--altool", default="target/release/altool")
    args = p.parse_args()
    names = list(writers())
    print("| type | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for name, (kind, values) in cells().items():
        row = []
        for write in writers().values():
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                try:
                    table = table_of(kind, values)
                    files = write(table, folder)
                except BaseException:  # polars panics on some
                    row.append("does not have it")
                    continue
                found = {}
                for file, path in files.items():
                    what = said(args.altool, path, folder) if path else "not written"
                    found.setdefault(what, []).append(pathlib.Path(file).suffix[1:])
                told = [
                    what if len(found) == 1 else f"{what} ({', '.join(formats)})"
                    for what, formats in found.items()
                ]
                row.append("; ".join(told))
        print(f"| {name} | " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
