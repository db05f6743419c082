"""Commands that choose batches: every strategy, every limit, every list."""

from .base import Command, command

# Strategies for numbers alone, for classes alone, and for both; with a model.
OF_NUMBERS = [
    *["gsy", "igs", "rt-al", "emcm", "ucb", "expected-improvement"],
    *["probability-of-improvement", "thompson", "epsilon-greedy"],
]
OF_CLASSES = ["margin", "entropy", "least-confidence", "vote-entropy", "batch-bald"]
OF_BOTH = [
    *["lcmd", "diversity", "uncertainty", "core-set", "k-means++", "stratified", "density"],
    *["power", "hybrid", "bald", "max-det", "bait", "bait-fb", "acs-fw", "batch-epig"],
    *["space-filling", "random"],
]
STRATEGIES = OF_NUMBERS + OF_CLASSES + OF_BOTH
OPTIONS = [
    *["diversity weight=0.9", "core-set space=points", "rt-al min_leaf=3,max_leaves=6,inside=random"],
    *["rt-al inside=representativity", "stratified base=uncertainty,by=clusters,strata=4"],
    *["density base=diversity,beta=2", "power beta=0.5,noise=softmax", "power noise=softrank"],
    *["hybrid uncertainty=0.8,weight=0.1", "ucb kappa=0", "probability-of-improvement xi=0.5"],
    *["thompson frequency=50", "epsilon-greedy epsilon=0.7", "max-det anchors=false"],
    *["batch-epig targets=50,shortlist=100"],
]


def strategies() -> list[Command]:
    """Every strategy, for numbers and for classes, with its options, with costs
    that it weighs, and in one pass."""
    found = []
    select = "select candidates.csv --model"
    for name in OF_NUMBERS + OF_BOTH:
        line = f"{select} m.altool -n 12 --strategy {name} -o n-{name}.csv"
        found.append(command(f"strategy/{name}", line, "train/numbers"))
        line = f"select kernel_candidates.csv --model k.altool -n 6 --strategy {name} --cost run_s --include kernel_wanted.csv -o cost-{name}.csv"
        found.append(command(f"strategy/{name}-costs", line, "train/kernels"))
    for name in OF_CLASSES + OF_BOTH:
        line = f"{select} c.altool -n 12 --strategy {name} -o c-{name}.csv"
        found.append(command(f"strategy/{name}-classes", line, "train/classes"))
    for at, option in enumerate(OPTIONS):
        name, settings = option.split(" ")
        given = " ".join(f"--option {setting}" for setting in settings.split(","))
        line = f"{select} m.altool -n 12 --strategy {name} {given} --seed 5 -o option-{at}.csv"
        found.append(command(f"strategy/{name}-options-{at}", line, "train/numbers"))
    line = f"{select} c.altool -n 5 --strategy batch-bald --option samples=64 --option shortlist=40 -o bb.csv"
    found.append(command("strategy/batch-bald-options", line, "train/classes"))
    for name in ["lcmd", "uncertainty", "hybrid", "random"]:
        line = f"{select} m.altool -n 10 --strategy {name} --stream -o stream-{name}.csv"
        found.append(command(f"stream/{name}", line, "train/numbers"))
    for space in ["inputs", "joined", "leaves"]:
        for name in ["lcmd", "core-set", "max-det"]:
            line = f"{select} m.altool -n 8 --strategy {name} --space {space} -o {space}-{name}.csv"
            found.append(command(f"space/{space}-{name}", line, "train/numbers"))
        line = f"{select} c.altool -n 8 --space {space} -o {space}-classes.csv"
        found.append(command(f"space/{space}-classes", line, "train/classes"))
    for name in ["space-filling", "random"]:
        line = f"select candidates.csv -n 12 --strategy {name} -o first-{name}.csv"
        found.append(command(f"first/{name}", line))
    for gain in ["entropy-reduction", "variance-reduction", "mutual-information", "model-change"]:
        line = f"{select} m.altool -n 8 --strategy hybrid --gain {gain} -o hybrid-{gain}.csv"
        found.append(command(f"gain/{gain}", line, "train/numbers"))
    return found


def batches() -> list[Command]:
    """What a batch is of, and how it is written."""
    numbers, select = "train/numbers", "select candidates.csv --model m.altool"
    whole = "--columns rank,score,hardware,model,batch_size"
    # Its model holds the digest of this file, so that reasons must not be in it.
    carried = "--columns rank,score,hardware,num_devices,framework,model,in_out_len,batch_size,throughput_tok_s,latency_s"
    rows = [
        ("standard-output", f"{select} -n 10", {}),
        ("defaults", "select candidates.csv --model defaults.altool -n 10 -o bd.csv", {"slow": True, "needs": ["train/defaults"]}),
        ("seed", f"{select} -n 10 --strategy k-means++ --seed 9 -o b-seed.csv", {}),
        ("columns", f"{select} -n 2 --columns model,rank", {}),
        ("no-header", f"{select} -n 3 {whole} --no-header", {}),
        ("table", f"{select} -n 5 --format table", {"stdout": "eye"}),
        ("jsonl", f"{select} -n 5 --format jsonl", {"stdout": "jsonl"}),
        ("tsv", f"{select} -n 5 -o b.tsv", {}),
        ("parquet", f"{select} -n 5 {whole} -o b.parquet", {}),
        ("arrow", f"{select} -n 5 {whole} -o b.arrow", {}),
        ("carried-columns", f"select results.csv --model m.altool -n 10 {carried} -o carried.csv", {}),
        ("all-columns", "select results.csv --model m.altool -n 10 -o all-columns.csv", {}),
        ("pending", f"{select} -n 8 --pending pending.csv -o b-pending.csv", {}),
        ("excluded", f"{select} -n 8 --exclude excluded.csv -o b-excluded.csv", {}),
        ("included", f"{select} -n 8 --include wanted.csv -o b-included.csv", {}),
        ("lists", f"{select} -n 8 --include wanted.csv --exclude excluded.csv --pending pending.csv --strategy diversity -o b-lists.csv", {}),
        ("filtered", f"{select} -n 8 --where \"hardware <> 'AMD MI300X GPU'\" -o b-where.csv", {}),
        ("weights", f"{select} -n 8 --strategy uncertainty --uncertainty-weights variance=0,interval=3 -o b-weights.csv", {}),
        ("explained", f"{select} -n 10 -o b-json.csv --explain b.json", {}),
        ("explained-page", f"{select} -n 10 -o b-html.csv --explain b.html", {}),
        ("explained-classes", "select candidates.csv --model c.altool -n 10 -o bc-json.csv --explain bc.json", {"needs": ["train/classes"]}),
        ("explained-costs", "select kernel_candidates.csv --model k.altool -n 6 --cost run_s -o bk.csv --explain bk.json", {"needs": ["train/kernels"]}),
        ("one", f"{select} -n 1 -o b-one.csv", {}),
        ("more-than-there-are", f"{select} -n 1000 -o b-all.csv", {}),
        ("nothing-left", "select measured.csv --model m.altool -n 5 -o b-none.csv", {"code": 4}),
        ("no-candidates", "select none.csv --model m.altool -n 5 -o b-empty.csv", {"code": 4}),
        ("six-rows", "select candidates.csv --model six.altool -n 5 -o b-six.csv", {"needs": ["train/six-rows"]}),
        ("devices", "select device_candidates.csv --model d.altool -n 10 -o b-dev.csv", {"needs": ["train/devices"]}),
        ("new-device", "select device_candidates.csv --model old.altool -n 10 -o b-new.csv", {"needs": ["train/devices-old"]}),
        ("told-hardware", "select device_candidates.csv --model plain.altool --hardware device -n 10 -o b-told.csv", {"needs": ["train/devices-plain"]}),
        ("replicates", "select kernel_all.csv --model noisy.altool -n 6 --repeats 3 -o b-repeats.csv", {"needs": ["train/replicates"]}),
        ("replicates-stream", "select kernel_all.csv --model noisy.altool -n 6 --repeats 3 --stream -o b-repeats2.csv", {"needs": ["train/replicates"]}),
        ("replicates-limits", "select kernel_all.csv --model noisy.altool -n 6 --repeats 3 --at-most gpu=2 -o b-repeats3.csv", {"needs": ["train/replicates"]}),
        ("long-stream", "select long.csv --model m.altool -n 20 --stream --include long_wanted.csv -o b-long.csv", {"slow": True}),
        ("gain-wanted", f"{select} -n 5 --min-gain 0.9 -o b-gain.csv", {"code": 4}),
        ("gain-met", f"{select} -n 5 --min-gain 0 -o b-gain0.csv", {}),
        ("first", "select candidates.csv -n 12 -o first.csv", {"needs": []}),
        ("first-pending", "select candidates.csv -n 12 --pending pending.csv --exclude excluded.csv --include wanted.csv -o first2.csv", {"needs": []}),
        ("first-stream", "select long.csv -n 30 --stream --exclude excluded.csv -o first3.csv", {"needs": []}),
        ("first-ids", "select with_ids.csv --id id --pending pending_ids.csv -n 9 --seed 3 -o first4.csv", {"needs": []}),
        ("first-costs", "select kernel_candidates.csv --id id --ignore price --cost run_s --budget 40 -o first5.csv", {"needs": []}),
        ("first-explained", "select candidates.csv -n 12 -o first6.csv --explain first.json", {"needs": []}),
        ("configured", "select candidates.csv --model conf.altool --config options.toml", {"needs": ["train/configured"]}),
    ]
    found = []
    for name, line, other in rows:
        needs = other.pop("needs", [numbers])
        found.append(command(f"select/{name}", line, *needs, **other))
    return found


def limits() -> list[Command]:
    """Costs, quotas and failures: each limit alone, and together."""
    rows = {
        "cost": "-n 10 --cost run_s",
        "budget": "--budget 60 --cost run_s",
        "budget-of-the-model": "--budget 60",
        "budget-and-rows": "-n 50 --budget 25",
        "budget-explained": "--budget 30 --explain limits.json",
        "total-budget": "-n 10 --total-budget 1500",
        "cooling-none": "-n 10 --cost run_s --cooling 0 --strategy uncertainty",
        "cooling-half": "-n 10 --cost run_s --cooling 0.5",
        "cost-weights": "-n 10 --cost-weights run_s=3,price=1",
        "cost-weights-budget": "--cost-weights run_s=3,price=1 --budget 60 --cost run_s",
        "at-most": "-n 12 --at-most block_size_x=2",
        "at-least": "-n 12 --at-least gpu=5",
        "at-least-and-most": "-n 12 --at-least gpu=4 --at-most block_size_y=4 --strategy uncertainty",
        "same": "-n 7 --same block_size_x",
        "budget-and-quotas": "-n 12 --budget 60 --at-most gpu=8 --at-least gpu=2",
        "included": "-n 6 --include kernel_wanted.csv --at-most gpu=4",
        "excluded": "-n 6 --exclude kernel_excluded.csv --pending kernel_wanted.csv",
        "feasible": "-n 60 --strategy random --min-feasible 0.9",
        "feasible-any": "-n 60 --strategy random --min-feasible 0",
        "stream-budget": "--budget 60 --stream",
        "stream-at-most": "-n 12 --at-most block_size_x=2 --stream",
        "diversity-costs": "-n 10 --strategy diversity --cost price --cooling 1",
        "total-budget-cooling": "-n 10 --total-budget 1500 --cooling 0.3",
    }
    select = "select kernel_candidates.csv --model k.altool"
    found = [
        command(f"limit/{name}", f"{select} {options} -o limit-{name}.csv", "train/kernels")
        for name, options in rows.items()
    ]
    for name in ["budget", "budget-and-rows"]:
        line = f"select kernel_bare.csv --model k.altool {rows[name].replace(' --cost run_s', '')} -o bare-{name}.csv"
        found.append(command(f"limit/expected-{name}", line, "train/kernels"))
    line = f"{select} -n 5 --total-budget 100 -o spent.csv"
    found.append(command("limit/spent", line, "train/kernels", code=4))
    line = "select candidates.csv --model l.altool --budget 30 -o time-is-cost.csv"
    found.append(command("limit/predicted-time", line, "train/latency"))
    return found


def hosts() -> list[Command]:
    select = "select kernel_candidates.csv --model k.altool --hardware gpu"
    rows = {
        "availability": "-n 12 --availability A6000=0.3,W7800=1 --strategy uncertainty",
        "availability-none": "-n 12 --availability W7800=0",
        "availability-file": "-n 12 --availability shares.toml",
        "capacity": "--capacity hosts.toml --duration run_s",
        "capacity-rows": "--capacity hosts.toml --duration run_s -n 7 --explain hosts.json",
        "capacity-cost": "--capacity hosts.toml --cost run_s",
        "capacity-page": "--capacity hosts.toml --cost run_s -n 6 --explain hosts.html",
        "capacity-unit": "--capacity hosts.toml --duration run_s --time-unit ms -n 9",
        "capacity-endless": "--capacity endless.toml --duration run_s -n 30",
        "capacity-quotas": "--capacity hosts.toml --duration run_s --at-most block_size_x=2 --at-least gpu=2 -n 12",
        "capacity-budget": "--capacity hosts.toml --duration run_s --budget 30 --cost run_s --availability A6000=0.5",
        "capacity-included": "--capacity hosts.toml --duration run_s --include kernel_wanted.csv -n 8",
    }
    found = [
        command(f"hosts/{name}", f"{select} {options} -o hosts-{name}.csv", "train/kernels")
        for name, options in rows.items()
    ]
    line = f"{select} {rows['capacity']} --pending hosts-capacity-rows.csv -o hosts-pending.csv"
    found.append(command("hosts/pending", line, "train/kernels", "hosts/capacity-rows"))
    line = "select candidates.csv --model l.altool --hardware hardware --capacity llm_hosts.toml -n 9 -o hosts-time.csv"
    found.append(command("hosts/predicted-time", line, "train/latency"))
    line = "select kernel_candidates.csv --id id --hardware gpu --capacity hosts.toml --duration run_s -o hosts-first.csv"
    found.append(command("hosts/first", line))
    line = "select device_candidates.csv --model d.altool -n 9 --availability pixel3=0.2 -o hosts-devices.csv"
    found.append(command("hosts/devices", line, "train/devices"))
    return found
