"""The made-up regression table of the speed scripts: numeric columns, a
nonlinear function of half of them with interactions, and noise."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

N_FEATURES = 20
NOISE = 0.5


def table(n_rows, seed):
    """Features (rows × 20, float64) and target."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n_rows, N_FEATURES))
    x[:, 10:15] = np.exp(x[:, 10:15])  # skewed
    x[:, 15:] = np.round(x[:, 15:] * 4) / 4  # few distinct values
    y = (
        5.0 * np.sin(np.pi * x[:, 0] * x[:, 1])
        + 4.0 * (x[:, 2] - 0.5) ** 2
        + 3.0 * x[:, 3]
        + 2.0 * np.abs(x[:, 4]) * (x[:, 5] > 0)
        + np.log1p(x[:, 10])
        + 1.5 * np.sqrt(x[:, 11]) * np.tanh(x[:, 6])
        + x[:, 15] * x[:, 16]
        + rng.normal(scale=NOISE, size=n_rows)
    )
    return x, y


def write(path, x, y=None):
    """Parquet with columns x00 … x19 and, if given, y."""
    columns = {f"x{i:02d}": x[:, i] for i in range(x.shape[1])}
    if y is not None:
        columns["y"] = y
    pq.write_table(pa.table(columns), path)


def read(path, target=None):
    """Features as a row-major matrix, and the target."""
    columns = pq.read_table(path)
    y = None
    if target is not None:
        y = columns[target].to_numpy()
        columns = columns.drop_columns([target])
    x = np.column_stack([column.to_numpy() for column in columns.columns])
    return x, y
