"""Coverage of altool's intervals beyond the range of what was measured.

Per table, column and end: a model learns from at most 400 random rows up to the 70th
percentile of the column (down to the 30th for the lower end), and predicts at most 600
of the rows beyond. Printed are the share of measurements within their 80 % interval,
the RMSE and the median width, on the log scale where the target is learned as a log.
"""

import pathlib
import tempfile

import numpy as np
import pandas as pd

import best_peer
import common

COLUMNS = {
    "concrete": ["age_days", "cement", "water", "superplasticizer"],
    "yacht": ["froude_num"],
    "powerplant": ["ambient_temp_c", "exhaust_vacuum"],
    "esol": ["mol_weight", "tpsa"],
    "bace": ["MW", "AlogP"],
    "llm": ["batch_size", "in_out_len", "num_devices"],
    "convolution-A100": ["block_size_x", "tile_size_x"],
}
LEARNED, PREDICTED, FEWEST = 400, 600, (100, 20)


def main():
    p = common.parser(__doc__)
    common.add_data_argument(p)
    args = common.parse(p)
    rows = []
    for name, columns in COLUMNS.items():
        spec, frame = best_peer.load(name, args.data)
        for column in columns:
            for end in ["above", "below"]:
                known, beyond = split(frame, column, end)
                if len(known) >= FEWEST[0] and len(beyond) >= FEWEST[1]:
                    found = one(spec, known, beyond, args)
                    rows.append([f"{name}, {column}", end, len(beyond)] + found)
                    print(rows[-1], flush=True)
    covered = [float(row[3]) for row in rows]
    print(common.markdown(["table, column", "end", "rows", "coverage", "RMSE", "width"], rows))
    print(f"mean coverage {np.mean(covered):.3f}, least {min(covered):.3f}")


def split(frame, column, end):
    values = frame[column]
    known = values <= values.quantile(0.7) if end == "above" else values >= values.quantile(0.3)
    take = lambda rows, most: rows.sample(min(most, len(rows)), random_state=0)
    return take(frame[known], LEARNED), take(frame[~known], PREDICTED)


def one(spec, known, beyond, args):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        known[spec.features + [spec.target]].to_csv(folder / "known.csv", index=False)
        beyond[spec.features].to_csv(folder / "beyond.csv", index=False)
        learned = common.dataclasses.replace(spec, ignore=())
        common.run(
            [args.altool, "train", folder / "known.csv"]
            + common.train_arguments(learned)
            + ["-o", folder / "m.altool"]
        )
        common.run(
            [args.altool, "score", folder / "beyond.csv", "--gain", "none", "-q"]
            + ["--model", folder / "m.altool", "-o", folder / "scored.csv"]
        )
        scored = pd.read_csv(folder / "scored.csv")
    scale = lambda values: common.fitted_scale(spec, np.maximum(values.to_numpy(float), 1e-300)) if spec.log else values.to_numpy(float)
    truth, low, high = scale(beyond[spec.target]), scale(scored["interval_low"]), scale(scored["interval_high"])
    covered = ((low <= truth) & (truth <= high)).mean()
    error = common.rmse(truth, scale(scored["prediction"]))
    return [f"{covered:.3f}", f"{error:.3g}", f"{np.median(high - low):.3g}"]


if __name__ == "__main__":
    main()
