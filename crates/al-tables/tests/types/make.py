"""Writes the files of this folder: columns of types that polars lacks.

    pip install pyarrow numpy && python3 make.py
"""
import os
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as parquet

os.chdir(os.path.dirname(os.path.abspath(__file__)))
N = 60
x = pa.array([i % 7 for i in range(N)], pa.int64())
y = pa.array([float(i % 7) * 2 + 0.5 for i in range(N)])
half = pa.array(np.array([i / 4 for i in range(N)], np.float16))
wide = pa.array([Decimal(i) * Decimal(10) ** 45 for i in range(N)], pa.decimal256(60, 2))
small = pa.array([Decimal(i) for i in range(N)], pa.decimal256(20, 2))
nested = pa.array([[np.float16(1)] for _ in range(N)], pa.list_(pa.float16()))

table = pa.table({"x": x, "half": half, "y": y})
parquet.write_table(table, "half.parquet")
parquet.write_table(table, "half_plain.parquet", store_schema=False)
parquet.write_table(pa.table({"half": half}), "only_half.parquet")
table = pa.table({"wide": wide, "x": x, "small": small, "y": y})
parquet.write_table(table, "decimal256.parquet")
parquet.write_table(pa.table({"x": x, "y": y, "nested": nested}), "nested_half.parquet")
table = pa.table({"x": x, "half": half, "wide": wide, "y": y})
feather.write_feather(table, "half.arrow", compression="uncompressed")
