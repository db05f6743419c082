"""The files that the commands read: those of fixtures/, and tables and TOML
files made of them. The same bytes every time.
"""

import csv
import gzip
import json
import pathlib
import shutil

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"

# Of fixtures/fbnet: devices measured a lot, and one that is new.
MEASURED_DEVICES = ["1080ti_1", "eyeriss", "pixel3", "gold_6240"]
NEW_DEVICE = "raspi4"


def write(folder: pathlib.Path) -> None:
    """Writes all inputs to an empty folder."""
    for name in ["measured", "candidates", "results", "hardware_specs", "models"]:
        shutil.copyfile(FIXTURES / "llm" / f"{name}.csv", folder / f"{name}.csv")
    shutil.copytree(FIXTURES / "formats" / "1", folder / "formats")
    language_models(folder)
    classes(folder)
    other_formats(folder)
    kernels(folder)
    devices(folder)
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")


def read(path: pathlib.Path) -> tuple[list[str], list[list[str]]]:
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    return header, rows


def write_csv(path: pathlib.Path, header: list[str], rows: list[list[str]], separator=",") -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n", delimiter=separator)
        writer.writerow(header)
        writer.writerows(rows)


def language_models(folder: pathlib.Path) -> None:
    """Parts of the tables of fixtures/llm."""
    header, rows = read(folder / "results.csv")
    write_csv(folder / "new.csv", header, rows[:40])
    write_csv(folder / "newer.csv", header, rows[40:120])
    write_csv(folder / "few.csv", header, rows[:6])
    header, rows = read(folder / "candidates.csv")
    write_csv(folder / "pending.csv", header, rows[100:110])
    write_csv(folder / "excluded.csv", header, rows[200:240])
    write_csv(folder / "wanted.csv", header, rows[500:502])
    write_csv(folder / "stranger.csv", header, [["Abacus", *rows[0][1:]]])
    write_csv(folder / "none.csv", header, [])
    ids = [[f"c{at}", *row] for at, row in enumerate(rows)]
    write_csv(folder / "with_ids.csv", ["id", *header], ids)
    write_csv(folder / "pending_ids.csv", ["id"], [[row[0]] for row in ids[7:300:40]])
    # More different rows than a pass with --stream keeps.
    stems = sorted({tuple(row[:4]) for row in rows})
    sizes = [[str(128 * n), str(size)] for n in range(1, 10) for size in range(1, 65)]
    long = [[*stem, *size] for stem in stems for size in sizes]
    write_csv(folder / "long.csv", header, long)
    write_csv(folder / "long_wanted.csv", header, long[-2:])
    # Workloads and where they run now.
    at = [header.index(name) for name in ["framework", "model", "in_out_len", "batch_size"]]
    workloads = sorted({tuple(row[i] for i in at) for row in rows})
    runs_on = ["Nvidia A100 GPU", "AMD MI300X GPU", ""]
    jobs = [[*job, runs_on[i % 3]] for i, job in enumerate(workloads)]
    write_csv(folder / "jobs.csv", [*(header[i] for i in at), "runs_on"], jobs)
    header, rows = read(folder / "hardware_specs.csv")
    prices = [[row[0], str(1 + i / 2)] for i, row in enumerate(rows)]
    write_csv(folder / "prices.csv", ["hardware", "usd_per_hour"], prices)
    tight = [[row[0], "12" if "A100" in row[0] else row[1]] for row in rows]
    write_csv(folder / "tight.csv", ["hardware", "memory_gb"], tight)


def classes(folder: pathlib.Path) -> None:
    """Throughput as one of three classes."""
    for name, new in [("measured", "speed"), ("results", "speed_new")]:
        header, rows = read(folder / f"{name}.csv")
        at = header.index("throughput_tok_s")
        classed = [[*row[:6], speed(float(row[at]))] for row in rows]
        write_csv(folder / f"{new}.csv", [*header[:6], "speed"], classed)


def speed(throughput: float) -> str:
    return "slow" if throughput < 1000 else "middling" if throughput < 4000 else "fast"


def other_formats(folder: pathlib.Path) -> None:
    """The measured table in other formats, and in parts."""
    header, rows = read(folder / "measured.csv")
    write_csv(folder / "measured.tsv", header, rows, "\t")
    with open(folder / "measured.jsonl", "w", encoding="utf-8") as file:
        for row in rows:
            # Texts stay texts, numbers are numbers as they are written.
            cells = [cell if at in (0, 2, 3) else float(cell) for at, cell in enumerate(row)]
            file.write(json.dumps(dict(zip(header, cells, strict=True))) + "\n")
    text = (folder / "measured.csv").read_bytes()
    (folder / "measured.csv.gz").write_bytes(gzip.compress(text, mtime=0))
    (folder / "parts").mkdir()
    for part in range(3):
        write_csv(folder / "parts" / f"{part}.csv", header, rows[part * 200 : (part + 1) * 200])


def kernels(folder: pathlib.Path) -> None:
    """The convolution kernel: measured rows with failures, noise, weights and
    costs, and candidates with costs; every row has an id."""
    header, rows = read(FIXTURES / "convolution" / "convolution_2gpu.csv")
    at = {name: header.index(name) for name in header}
    names = ["id", *header[:8], "time_ms", "status", "time_std_ms", "n_runs", "run_s", "price"]
    table = []
    for i, row in enumerate(rows):
        run = float(row[at["compile_time_ms"]] or 0) + float(row[at["benchmark_time_ms"]] or 0)
        measured = [row[at[name]] for name in ["time_ms", "status", "time_std_ms", "n_runs"]]
        costs = [f"{run / 1000 + 0.5:.3f}", str(1 + i % 5)]
        table.append([f"k{i}", *row[:8], *measured, *costs])
    write_csv(folder / "kernels.csv", names, table[::2])
    write_csv(folder / "kernel_results.csv", names, table[1::2][:60])
    known = [i for i, name in enumerate(names) if name not in names[9:13]]
    candidates = [[row[i] for i in known] for row in table[1::2]]
    write_csv(folder / "kernel_candidates.csv", [names[i] for i in known], candidates)
    free = [i for i, name in enumerate(names) if i in known and name not in ("run_s", "price")]
    bare = [[row[i] for i in free] for row in table[1::2]]
    write_csv(folder / "kernel_bare.csv", [names[i] for i in free], bare)
    write_csv(folder / "kernel_wanted.csv", ["id"], [[row[0]] for row in table[11:80:20]])
    write_csv(folder / "kernel_excluded.csv", ["id"], [[row[0]] for row in table[101:141:2]])
    # Every row measured three times alike; two rows by far not.
    noisy = []
    for i, row in enumerate(row for row in table[::2] if row[10] == "ok"):
        factors = [1, 300, -250, 120] if i in (20, 70) else [1, 1, 1]
        noisy += [[*row[:9], repr(float(row[9]) * factor), *row[13:]] for factor in factors]
    write_csv(folder / "noisy.csv", [*names[:10], *names[13:]], noisy)
    again = [[row[i] for i in known] for row in table]
    write_csv(folder / "kernel_all.csv", [names[i] for i in known], again)


def devices(folder: pathlib.Path) -> None:
    """Networks of fixtures/fbnet, a row per device: some devices are measured
    on all networks, a new one on few; candidates of the new one and another."""
    header, rows = read(FIXTURES / "fbnet" / "fbnet_7dev.csv")
    names = ["device", *header[1:23]]

    def of(device: str, part: list[list[str]], measured: bool) -> list[list[str]]:
        latency = header.index(f"lat_{device}")
        return [[device, *row[1:23], *([row[latency]] if measured else [])] for row in part]

    measured = [row for device in MEASURED_DEVICES for row in of(device, rows[:120], True)]
    target = [*names, "latency_ms"]
    write_csv(folder / "devices_old.csv", target, measured)
    few = of(NEW_DEVICE, rows[:120:15], True)
    write_csv(folder / "devices.csv", target, measured + few)
    write_csv(folder / "devices_new.csv", target, of(NEW_DEVICE, rows[5:120:12], True))
    open_rows = of(NEW_DEVICE, rows, False) + of("pixel3", rows[120:], False)
    write_csv(folder / "device_candidates.csv", names, open_rows)
    every = [*MEASURED_DEVICES, NEW_DEVICE]
    everywhere = [row for device in every for row in of(device, rows[100:150], False)]
    write_csv(folder / "device_all.csv", names, everywhere)


TEXTS = {
    "options.toml": """\
[train]
target = "throughput_tok_s"
log-target = true
ignore = ["latency_s"]
members = 3
trees = 8

[select]
batch = 4
""",
    "shares.toml": """\
[availability]
A6000 = 0.3
""",
    "hosts.toml": """\
[[host]]
name = "a1"
hardware = ["A6000"]
minutes = 1

[[host]]
name = "a2"
hardware = ["A6000"]
minutes = 60
down = true

[[host]]
name = "w1"
hardware = ["W7800", "A6000"]
slots = 2
time = "40 s"

[[reservation]]
host = "w1"
to = "20 s"
slots = 1
""",
    # For as long as it takes.
    "endless.toml": """\
[[host]]
name = "h1"

[[host]]
name = "h2"
hardware = ["W7800"]
slots = 3
""",
    "llm_hosts.toml": """\
[[host]]
name = "n1"
hardware = ["Nvidia A100 GPU", "Nvidia H100 GPU"]
minutes = 2

[[host]]
name = "n2"
hardware = ["AMD MI300X GPU"]
minutes = 1
""",
    "space.toml": """\
rules = ["NOT (hardware = 'Nvidia A100 GPU' AND batch_size > 16)"]
exclude = "measured.csv"

[values]
hardware = ["Nvidia A100 GPU", "AMD MI300X GPU"]
num_devices = [1, 2]
framework = ["vLLM"]
model = ["mistralai/Mistral-7B-v0.1"]
in_out_len = { from = 128, to = 2048, factor = 2 }
batch_size = { from = 1, to = 64, factor = 2 }
""",
    "when.toml": """\
rules = ["NOT (tile > 16 AND batch > 2)"]

[values]
batch = [1, 2, 4]
kernel = ["direct", "tiled"]
tile = [8, 16, 32]
unroll = [true, false]
rate = { from = 0.1, to = 0.5, step = 0.1 }

[when]
tile = { kernel = "tiled" }
unroll = { tile = { from = 16 } }
""",
    "sample.toml": """\
rules = ["NOT (kernel = 'direct' AND batch > 500)"]

[values]
batch = { from = 1, to = 1000, step = 1 }
kernel = ["direct", "tiled"]
tile = { from = 8, to = 64, factor = 2 }
threshold = { from = 1e-5, to = 1e-1, log = true }
day = [2020-01-05, 2020-02-06]

[when]
tile = { kernel = "tiled" }

[sample]
rows = 60
method = "latin-hypercube"
""",
    "no_space.toml": """\
[values]
kernel = ["direct"]
tile = { from = 0.0, to = 0.5 }
""",
    # What a filter reads: texts with quotes and blanks, dates, booleans, what
    # is missing, and small and large numbers.
    "kinds.csv": """\
name,count,ratio,flag,day,big id
alpha,1,0.5,true,2020-01-05,9007199254740993
Beta,2,,false,2021-03-01,9007199254740994
it's,3,1.5,true,,18446744073709551615
,4,-2.25,,2019-12-31,0
gamma delta,0,1e3,false,2020-01-06,-5
ÄÖ,7,NaN,true,2022-02-02,12
""",
}
