"""Peak memory of `altool select --stream` over tables of several lengths.

Makes Parquet tables of ten columns and so many million rows (kept in --folder
for the next run), trains on 2000 rows of the same kind, and chooses from each.
Reported are seconds and the peak of the process' anonymous memory (RssAnon of
/proc/PID/status, sampled; pages of mapped files are the system's to take back).
Needs numpy, pandas and pyarrow; Linux.

    python3 benches/stream/memory.py --altool target/release/altool --millions 5,50
"""

import argparse
import pathlib
import subprocess
import tempfile
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


def columns(random, n):
    rows = {f"x{i}": (random.integers(0, 256, n) / 255).astype("f4") for i in range(6)}
    rows |= {f"k{i}": random.integers(0, 4 << i, n).astype("i4") for i in range(4)}
    return rows


def write(path, millions):
    random, writer = np.random.default_rng(1), None
    part = path.with_suffix(".partial")
    for _ in range(millions):
        table = pa.table(columns(random, 1_000_000))
        writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=250_000)
    writer.close()
    part.rename(path)


def measured(rows, random):
    """What measuring the rows gives: a time in ms, with 5 % of noise."""
    value = 1 + np.sin(6 * rows.x0) * rows.x1 + 0.3 * rows.k0 + np.where(rows.k1 > 4, rows.x2, -rows.x3)
    return rows.assign(ms=np.exp(value + random.normal(0, 0.05, len(rows))))


def labelled(path):
    random = np.random.default_rng(2)
    measured(pd.DataFrame(columns(random, 2000)), random).to_csv(path, index=False)


def watched(command):
    """Seconds and the peak of anonymous memory in MiB."""
    began, peak = time.monotonic(), 0
    process = subprocess.Popen(command)
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        for line in status.splitlines():
            if line.startswith("RssAnon:"):
                peak = max(peak, int(line.split()[1]) / 1024)
        time.sleep(0.02)
    if process.wait() != 0:
        raise SystemExit(f"failed: {command}")
    return time.monotonic() - began, peak


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--altool", default="target/release/altool", help="the program")
    parser.add_argument("--millions", default="5,50", help="lengths of the tables, by commas")
    parser.add_argument("--rows", default="100,1000", help="sizes of the batch, by commas")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()))
    options = parser.parse_args()
    folder = options.folder / "altool-stream"
    folder.mkdir(parents=True, exist_ok=True)
    labelled(folder / "labelled.csv")
    model, batch = folder / "m.altool", folder / "batch.csv"
    train = [options.altool, "-q", "train", folder / "labelled.csv", "--learner", "boosted", "--target", "ms"]
    subprocess.run([*train, "--log-target", "-o", model], check=True)
    print("| candidates | batch | seconds | peak anonymous memory, MiB |")
    print("|---|---|---|---|")
    for millions in map(int, options.millions.split(",")):
        pool = folder / f"{millions}m.parquet"
        if not pool.exists():
            write(pool, millions)
        for n in options.rows.split(","):
            select = [options.altool, "-q", "select", pool, "--model", model, "--stream"]
            seconds, peak = watched([*select, "-n", n, "-o", batch])
            print(f"| {millions} million | {n} | {seconds:.1f} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
