"""Commands about hardware, spaces, replays, filters; and what is refused."""

from .base import SMALL, Command, command


def recommending() -> list[Command]:
    numbers, times = "train/numbers", "train/latency"
    throughput = "--model m.altool --hardware hardware,num_devices --optimize-for throughput"
    one = "--model m.altool --hardware hardware --optimize-for throughput"
    latency = "--model l.altool --hardware hardware,num_devices"
    devices = "recommend device_all.csv --model d.altool --hardware device --optimize-for latency"
    specs = "--specs hardware_specs.csv"
    rows = [
        ("throughput", f"recommend candidates.csv {throughput} -o r1.csv --hardware-table r1-pairs.csv", numbers),
        ("one-column", f"recommend candidates.csv {one} -o r2.csv", numbers),
        ("current", "recommend jobs.csv --model nodev.altool --hardware hardware --optimize-for throughput --current runs_on --where \"framework = 'vLLM'\" -o r3.csv", "train/no-devices"),
        ("jobs", f"recommend jobs.csv {throughput} --where \"framework = 'vLLM'\" -o r4.csv", numbers),
        ("all-hardware", f"recommend candidates.csv {throughput} --all-hardware -o r5.csv", numbers),
        ("specs", f"recommend candidates.csv {throughput} {specs} --specs models.csv -o r6.csv --hardware-table r6-pairs.csv", numbers),
        ("tight", f"recommend candidates.csv {throughput} --specs tight.csv --specs models.csv -o r7.csv --hardware-table r7-pairs.csv", numbers),
        ("require", f"recommend candidates.csv {throughput} {specs} --require 'memory_gb >= 90' --require 'tdp_w < 1000' -o r8.csv", numbers),
        ("prefix", f"recommend candidates.csv {throughput} --prefix my_ -o r9.csv", numbers),
        ("need-measured", f"recommend measured.csv {throughput} --need-measured -o r17.csv", numbers),
        ("latency", f"recommend candidates.csv {latency} --optimize-for latency -o r10.csv", times),
        ("cost", f"recommend candidates.csv {latency} --optimize-for cost --specs prices.csv --price usd_per_hour -o r11.csv", times),
        ("energy", f"recommend candidates.csv {latency} --optimize-for energy {specs} --power tdp_w --time-unit ms -o r12.csv", times),
        ("devices", f"{devices} -o r13.csv --hardware-table r13-pairs.csv", "train/devices"),
        ("jsonl", f"{devices} --hardware-table r14-pairs.jsonl -o r14.jsonl", "train/devices"),
        ("told-hardware", f"{devices.replace('d.altool', 'plain.altool')} -o r15.csv", "train/devices-plain"),
        ("failures", "recommend kernel_candidates.csv --model k.altool --hardware gpu --optimize-for time --min-feasible 0.7 --all-hardware -o r16.csv --hardware-table r16-pairs.csv", "train/kernels"),
        ("integrate", f"recommend candidates.csv {one} --integrate -n 12 -o i1.csv", numbers),
        ("integrate-weights", f"recommend candidates.csv {one} --integrate -n 6 --weights information_gain=0.2,optimality=1 --model-column model -o i2.csv", numbers),
        ("integrate-devices", f"{devices} --integrate -n 8 -o i3.csv", "train/devices"),
        ("integrate-gain", f"recommend candidates.csv {one} --integrate -n 6 --gain variance-reduction -o i4.csv", numbers),
    ]
    found = [command(f"recommend/{name}", line, need) for name, line, need in rows]
    for kind in ["ratio", "mismatch", "knowledge-gradient"]:
        line = f"recommend candidates.csv {one} --integrate -n 6 --optimality {kind} -o i-{kind}.csv"
        found.append(command(f"recommend/integrate-{kind}", line, numbers))
    both = "recommend candidates.csv --model m.altool --model l.altool --hardware hardware,num_devices"
    line = f"{both} --optimize-for throughput,latency -o front.csv --hardware-table front-pairs.csv"
    found.append(command("recommend/front", line, numbers, times))
    line = f"{both} --optimize-for throughput,energy {specs} --power tdp_w -o front2.csv"
    found.append(command("recommend/front-energy", line, numbers, times))
    return found


def grids() -> list[Command]:
    rows = [
        ("csv", "space.toml", "csv"),
        ("file", "space.toml -o grid.csv", "csv"),
        ("filtered", "space.toml --where 'batch_size <= 8' -o grid2.csv", "csv"),
        ("parquet", "space.toml -o grid.parquet", "csv"),
        ("jsonl", "when.toml --format jsonl", "jsonl"),
        ("table", "when.toml --format table", "eye"),
        ("when", "when.toml -o when.csv", "csv"),
        ("when-filtered", "when.toml --where tile<=8 -o when2.csv", "csv"),
        ("sizes", "when.toml --sizes", "csv"),
        ("sizes-large", "sample.toml --sizes", "csv"),
        ("sample-of-space", "sample.toml -o sample.csv", "csv"),
        ("sample", "sample.toml --sample 200 --method sobol --seed 7 -o sample2.csv", "csv"),
        ("sample-latin", "space.toml --sample 25 --method latin-hypercube -o sample3.csv", "csv"),
        ("sample-of-few", "when.toml --sample 1000 -o sample4.csv", "csv"),
        ("sample-parquet", "sample.toml --sample 40 -o sample.parquet", "csv"),
    ]
    found = [command(f"grid/{name}", f"grid {line}", stdout=kind) for name, line, kind in rows]
    line = "select grid.parquet --model m.altool -n 4 -o of-grid.csv"
    found.append(command("grid/then-select", line, "grid/parquet", "train/numbers"))
    return found


# A replay that is over soon.
REPLAY = "--initial 16 --batch 8 --rounds 3 --repeats 3 --members 3 --trees 8 --depth 3"


def replays() -> list[Command]:
    numbers = f"simulate measured.csv --target throughput_tok_s --log-target --ignore latency_s {REPLAY}"
    classes = f"simulate speed.csv --target speed {REPLAY}"
    kernels = f"simulate kernels.csv --target time_ms --log-target --id id {REPLAY}"
    devices = f"simulate devices.csv --target latency_ms --log-target {REPLAY} --strategies lcmd"
    many = "gsy,igs,rt-al,emcm,ucb,expected-improvement,probability-of-improvement,thompson,epsilon-greedy"
    more = "lcmd,diversity,uncertainty,core-set,k-means++,stratified,density,power,hybrid,bald"
    rest = "max-det,bait,bait-fb,acs-fw,batch-epig,space-filling"
    dropped = "--drop-missing-target --ignore status,time_std_ms,n_runs,run_s,price"
    rows = [
        ("default", f"{numbers} -o sim1.csv", {}),
        ("numbers", f"{numbers} --direction max --strategies {many} -o sim2.csv", {}),
        ("both", f"{numbers} --strategies {more} -o sim3.csv --format json", {"stdout": "json"}),
        ("batches", f"{numbers} --strategies {rest} --seed 4 -o sim4.csv", {}),
        ("classes", f"{classes} --strategies margin,entropy,least-confidence,vote-entropy,batch-bald,lcmd,hybrid -o sim5.csv", {}),
        ("page", f"{numbers} --direction max --strategies lcmd,power --html sim6.html", {}),
        ("table", f"{numbers} --strategies lcmd --format table", {"stdout": "eye"}),
        ("leaves", f"{numbers} --space leaves --strategies lcmd,core-set -o sim7.csv", {}),
        ("joined", f"{numbers} --space joined --strategies lcmd -o sim8.csv", {}),
        ("filtered", f"{numbers} --where 'batch_size <= 32' --test 0.4 -o sim9.parquet", {}),
        ("forest", f"{numbers} --learner forest --strategies uncertainty -o sim10.csv", {}),
        ("kernels", f"{kernels} {dropped} --strategies lcmd,diversity -o sim11.csv", {}),
        ("device-as-a-category", f"{devices} -o sim12.csv", {}),
        ("costs", f"{kernels} {dropped.replace('run_s,', '')} --cost run_s --strategies lcmd,uncertainty -o sim13.csv", {"exempt": "replays with costs and failures"}),
        ("failures", f"{kernels} --status status --ignore time_std_ms,n_runs,run_s,price -o sim14.csv", {"exempt": "replays with costs and failures"}),
        # Refused by an altool that does not know the option.
        ("hardware", f"{devices} --hardware device -o sim15.csv", {"exempt": "replays with hardware", "code": None}),
    ]
    return [command(f"simulate/{name}", line, **other) for name, line, other in rows]


# Conditions on kinds.csv that hold for some rows, for none, and that are refused.
HELD = [
    *["count > 2", "count >= 3 AND ratio < 2", "NOT flag", "flag = true", "name = 'alpha'"],
    *["name <> 'alpha'", "name IN ('alpha', 'Beta')", "count NOT IN (1, 2)", "name LIKE '%a'"],
    *["name LIKE 'g_mma%'", "name ILIKE 'BETA'", "name NOT LIKE '%a%'", "ratio IS NULL"],
    *["ratio IS NOT NULL", "name IS NULL OR count = 7", "count BETWEEN 2 AND 4"],
    *["count NOT BETWEEN 2 AND 4", "count + 1 = 4", "count - 1 < 0", "count * 2 > ratio"],
    *["count / 2 > 1", "count % 2 = 0", "(-ratio) > 2", "ABS(ratio) > 1", "name = 'it''s'"],
    *['"big id" > 5', '"big id" = 9007199254740993', "CAST(day AS DATE) < DATE '2020-06-01'"],
    *["LENGTH(name) > 4", "UPPER(name) = 'BETA'", "LOWER(name) = 'beta'", "SQRT(count) = 2"],
    *["COALESCE(ratio, 9) > 8", "CASE WHEN flag THEN count ELSE 0 END > 2", "ROUND(ratio) = 2"],
    *["flag AND (count = 1 OR count = 7)", "name || 'x' = 'alphax'", "SUBSTR(name, 1, 2) = 'al'"],
    *["CAST(count AS VARCHAR) = '3'", "POWER(count, 2) = 9", "FLOOR(ratio) = 0", "1 = 1"],
    *["count = 3.0", "name > 'a'", "STARTS_WITH(name, 'ga')", "name = 'ÄÖ'", "SIGN(ratio) = -1"],
    *["flag IS TRUE", "flag IS NOT TRUE", "day = '2020-01-05'", "ratio > 999", "count = -0"],
    *["NOT (ratio > 1)", "ratio > 1 OR flag", "ratio > 1 AND NULL IS NULL", "1 < count AND 4 > count"],
]
HELD_FOR_NONE = ["1 = 0", "ratio > 1000000", "name = 'ALPHA'", "ratio = NULL"]
REFUSED = [
    *["NULL", "count", "AVG(count) > 1", "cuont > 1", "count > (SELECT 1)", "count >", "name > 1"],
    *["COUNT(*) > 1", "count > 1; count > 2", "SUM(count) OVER () > 1", "kinds.count > 1"],
    *["day < DATE '2020-06-01'", "ratio = 'Infinity'", "NO_SUCH(count) > 1", "ratio > 1e6", "MAX(count) > 1"],
]
# Answers that the old binary gave otherwise.
CHANGED = ["flag IS NOT TRUE", "NULL", "ratio > 1e6"]


def filters() -> list[Command]:
    """Conditions of --where, on text and on Parquet."""
    select = ["select", "kinds.csv", "--id", "count", "-n", "10", "--strategy", "random"]
    columns = ["--columns", "rank,score,name,count,ratio,flag,day,big id"]
    found = [
        Command(
            f"where/{condition}",
            (*select, *columns, "--where", condition),
            code=None if condition in CHANGED else code,
            exempt="conditions" if condition in CHANGED else None,
        )
        for code, conditions in [(0, HELD), (4, HELD_FOR_NONE), (3, REFUSED)]
        for condition in conditions
    ]
    condition = "prediction > 1000 AND hardware LIKE '%H100%' AND batch_size <> 16"
    line = ["score", "s.parquet", "--model", "m.altool", "--prefix", "again_", "--where", condition]
    found.append(Command("where/parquet", tuple(line), ("train/numbers", "score/to-parquet")))
    return found


def lists() -> list[Command]:
    """What altool lists of itself, the demo, and the file of options."""
    return [
        command("list/strategies", "strategies --format json", stdout="json", exempt="entries of registries"),
        command("list/strategies-csv", "strategies", stdout="listing"),
        command("list/learners", "learners --format json", stdout="json", exempt="entries of registries"),
        command("list/learners-csv", "learners", stdout="listing"),
        command("demo", "demo", stdout="eye", slow=True, exempt="defaults"),
    ]


def reserved_names() -> list[Command]:
    """Outputs of altool that are learned from. What is compared has no reasons:
    the model holds the digest of the file."""
    throughput = "--model m.altool --hardware hardware --optimize-for throughput"
    target = f"--target throughput_tok_s --ignore latency_s --holdout 0.2 {SMALL}"
    apart = {"exempt": "reserved names"}
    return [
        command("reserved/score", f"train sm.csv {target} -o from-score.altool", "score/measured"),
        command("reserved/select", f"train carried.csv {target} -o from-select.altool", "select/carried-columns"),
        command("reserved/advice", f"recommend results.csv {throughput} -o advised.csv", "train/numbers"),
        command("reserved/learned-advice", f"train advised.csv --target latency_s --holdout 0.2 {SMALL} -o from-advice.altool", "reserved/advice", **apart),
        command("reserved/pairs", f"recommend results.csv {throughput} --integrate -n 60 -o asked.csv", "train/numbers"),
        command("reserved/learned-pairs", f"train asked.csv {target} -o from-pairs.altool", "reserved/pairs", **apart),
        command("reserved/learned-curves", f"train sim1.csv --target error --holdout 0.2 {SMALL} -o from-curves.altool", "simulate/default", **apart),
    ]


TRAIN = "train measured.csv --target throughput_tok_s"
SELECT = "select candidates.csv --model m.altool"
WRONG_USAGE = [
    f"{TRAIN} --learner forrest -o no.altool",
    f"{TRAIN} --learner logistic -o no.altool",
    f"{TRAIN} --ok done -o no.altool",
    f"{TRAIN} --quantiles 0.9,0.1 -o no.altool",
    f"{TRAIN} --holdout 1 -o no.altool",
    f"{TRAIN} --holdout 0.1 --eval results.csv -o no.altool",
    f"{TRAIN} -o -",
    "train measured.csv -o no.altool",
    "update --model m.altool",
    f"{SELECT} -n 0",
    f"{SELECT}",
    f"{SELECT} --id id -n 1",
    f"{SELECT} -n 1 --no-header --format jsonl",
    f"{SELECT} -n 1 --strategy lcmdd",
    f"{SELECT} -n 1 --strategy margin",
    f"{SELECT} -n 1 --strategy ucb --option kappa=x",
    f"{SELECT} -n 1 --strategy ucb --option capper=1",
    f"{SELECT} -n 1 --gain nothing",
    f"{SELECT} -n 1 --space nowhere",
    f"{SELECT} -n 1 --cooling 0.5",
    f"{SELECT} -n 1 --availability a=0.5",
    f"{SELECT} -n 1 --hardware batch_size",
    f"{SELECT} -n 1 --explain b.txt",
    f"{SELECT} -n 5 --at-least hardware=1 --stream",
    "select candidates.csv -n 1 --strategy uncertainty",
    "select candidates.csv -n 1 --min-gain 0.1",
    "select candidates.csv -n 1 --hardware hardware",
    "score candidates.csv --model m.altool -o scored.xlsx",
    "score candidates.csv --model m.altool --format table -o scored.csv",
    "score candidates.csv --model m.altool -o candidates.csv",
    "score candidates.csv --model m.altool --hardware batch_size",
    "recommend candidates.csv --model m.altool --hardware hardware --optimize-for latensy",
    "recommend candidates.csv --model m.altool --hardware hardwear --optimize-for throughput",
    "grid sample.toml --sample 0",
    "grid space.toml --method sobol",
    "grid space.toml --sizes -o no.csv",
    "grid space.toml -o measured.csv",
    f"simulate measured.csv --target throughput_tok_s {REPLAY} --strategies margin",
    f"simulate measured.csv --target throughput_tok_s {REPLAY} --test 1",
    f"{SELECT} --capacity llm_hosts.toml --hardware hardware -n 3",
]
BAD_DATA = [
    "train measured.csv --target throughput -o no.altool",
    "train absent.csv --target x -o no.altool",
    "train kernels.csv --target time_ms -o no.altool",
    f"{TRAIN} --ignore idd -o no.altool",
    f"{TRAIN} --features hardware,modle -o no.altool",
    f"{TRAIN} --numeric model -o no.altool",
    f"{TRAIN} --where 'batch < 3' -o no.altool",
    "train kernels.csv --target time_ms --id gpu --status status -o no.altool",
    "score kernels.csv --model m.altool",
    "score s.csv --model m.altool",
    "score candidates.csv --model absent.altool",
    "score candidates.csv --model measured.csv",
    f"{SELECT} -n 1 --columns rank,hardwar",
    f"{SELECT} -n 1 --include stranger.csv",
    f"{SELECT} -n 1 --include wanted.csv --exclude wanted.csv",
    f"{SELECT} -n 1 --at-most hardwear=2",
    f"{SELECT} -n 1 --cost price",
    f"{SELECT} -n 1 --availability cuda=0.5 --hardware hardware",
    f"{SELECT} --capacity absent.toml --hardware hardware -n 3",
    "update candidates.csv --model m.altool",
    "grid no_space.toml",
    "grid absent.toml",
    "grid space.toml --where 'tile > 8'",
    "simulate few.csv --target throughput_tok_s",
    "recommend candidates.csv --model m.altool --hardware hardware --optimize-for throughput --need-measured",
]


def refusals() -> list[Command]:
    """What is refused, by its exit code; nothing is written."""
    needs = ("train/numbers", "score/numbers")
    return [
        command(f"refused/{line}", line, *needs, code=code)
        for code, lines in [(2, WRONG_USAGE), (3, BAD_DATA)]
        for line in lines
    ]
