"""Updates of a model of many rows beside re-fits: seconds, and the error on other rows.

A made-up table of 200 000 rows (--rows) and 30 numbers is trained on; then five files of
1000 rows (--new) each are taken in one by one, and once by a re-fit. What is read is the
model and the file, what is written is the model.
"""

import json
import pathlib
import tempfile
import time

import numpy as np
import pandas as pd

import common


def rows(n, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 30))
    y = 2 * x[:, 0] + 2 * np.sin(3 * x[:, 1]) + x[:, 2] * x[:, 3] + np.abs(x[:, 4])
    y += 0.5 * (x[:, 5] > 0) * x[:, 6] + 0.3 * rng.normal(size=n)
    return pd.DataFrame(x, columns=[f"x{i}" for i in range(30)]).assign(y=y)


def main():
    p = common.parser(__doc__)
    p.add_argument("--rows", type=int, default=200_000)
    p.add_argument("--new", type=int, default=1000, help="rows of each update (default: 1000)")
    args = common.parse(p)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        rows(args.rows, 0).to_parquet(folder / "known.parquet")
        rows(20_000, 99).to_parquet(folder / "other.parquet")
        new = [folder / f"new{k}.parquet" for k in range(5)]
        for k, path in enumerate(new):
            rows(args.new, 10 + k).to_parquet(path)
        model, again = folder / "m.altool", folder / "again.altool"

        def altool(*words):
            begin = time.perf_counter()
            done = common.run([args.altool, "-q", *words, "--threads", args.threads])
            return time.perf_counter() - begin, done.stdout

        def error(path):
            scored = folder / "scored.parquet"
            altool("score", folder / "other.parquet", "--model", path, "--gain", "none", "-o", scored)
            found = pd.read_parquet(scored, columns=["y", "prediction"])
            return float(np.sqrt(((found.y - found.prediction) ** 2).mean()))

        altool("train", folder / "known.parquet", "--target", "y", "-o", model)
        again.write_bytes(model.read_bytes())
        table = []
        for k, path in enumerate(new):
            size = [model.stat().st_size + path.stat().st_size]
            seconds, told = altool("update", path, "--model", model, "--format", "json")
            assert not json.loads(told)["refitted"]
            size = [f"{n / 1e6:.1f}" for n in size + [model.stat().st_size]]
            table.append([f"update {k + 1}", f"{seconds:.2f}", *size, ""])
        size = again.stat().st_size + sum(path.stat().st_size for path in new)
        seconds, _ = altool("update", *new, "--model", again, "--refit")
        table[-1][-1] = f"{error(model):.5f}"
        sizes = [f"{n / 1e6:.1f}" for n in (size, again.stat().st_size)]
        table.append(["re-fit of all", f"{seconds:.2f}", *sizes, f"{error(again):.5f}"])
    heads = ["", "seconds", "MB read", "MB written", "RMSE on other rows"]
    print(common.markdown(heads, table))


if __name__ == "__main__":
    main()
