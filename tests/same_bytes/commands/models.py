"""Commands that make models, ask them and show them."""

from .base import SMALL, THROUGHPUT, Command, command


OUT_OF_BAG = {"exempt": "metrics out of bag"}


def first_defaults(line: str) -> str:
    """A line of `train` with the defaults of 0.1.0 for what it leaves open."""
    if "--learner" not in line:
        line += " --learner boosted"
    if "--holdout" not in line and "--eval" not in line:
        line += " --holdout 0.2"
    return line


def training() -> list[Command]:
    kernels = "status,time_std_ms,n_runs,run_s,price"
    rows = [
        ("numbers", f"measured.csv {THROUGHPUT} {SMALL} -o m.altool", {}),
        ("defaults", f"measured.csv {THROUGHPUT} -o defaults.altool --format json", {"stdout": "json", "slow": True}),
        ("classes", f"speed.csv --target speed {SMALL} -o c.altool", {}),
        ("latency", f"measured.csv --target latency_s --log-target --direction min --ignore throughput_tok_s {SMALL} -o l.altool", {}),
        ("no-devices", f"measured.csv --target throughput_tok_s --direction max --ignore latency_s,num_devices {SMALL} -o nodev.altool", {}),
        ("scale", f"measured.csv --target throughput_tok_s --ignore latency_s {SMALL} --seed 7 -o scale.altool", {}),
        (
            "kernels",
            f"kernels.csv --target time_ms --log-target --direction min --id id --status status --cost run_s --ignore time_std_ms,n_runs,price {SMALL} -o k.altool --at first",
            {},
        ),
        (
            "noise",
            f"kernels.csv --target time_ms --id id --status status --ok ok --noise time_std_ms --weights n_runs --cost price --ignore run_s {SMALL} -o noise.altool",
            {},
        ),
        ("missing-targets", f"kernels.csv --target time_ms --id id --drop-missing-target --ignore {kernels} {SMALL} -o dropped.altool", {}),
        ("replicates", "noisy.csv --target time_ms --id id --ignore run_s,price --holdout 0 --members 3 --trees 60 -o noisy.altool", OUT_OF_BAG),
        ("devices", f"devices.csv --target latency_ms --log-target --direction min --hardware device --holdout 0 {SMALL} -o d.altool", OUT_OF_BAG),
        ("devices-old", f"devices_old.csv --target latency_ms --log-target --hardware device {SMALL} -o old.altool", {}),
        ("devices-plain", f"devices.csv --target latency_ms --log-target --direction min --holdout 0 {SMALL} -o plain.altool", OUT_OF_BAG),
        ("evaluation", f"measured.csv {THROUGHPUT} {SMALL} --eval results.csv -o eval.altool", {"exempt": "defaults"}),
        ("no-holdout", f"measured.csv {THROUGHPUT} {SMALL} --holdout 0 -o all.altool", OUT_OF_BAG),
        ("classes-no-holdout", f"speed.csv --target speed {SMALL} --holdout 0 -o call.altool", OUT_OF_BAG),
        ("quantiles", f"measured.csv {THROUGHPUT} {SMALL} --quantiles 0.05,0.9 -o q.altool", {}),
        ("coverage", f"measured.csv {THROUGHPUT} {SMALL} --coverage 0.95 --learning-rate 0.3 -o cover.altool", {}),
        (
            "columns",
            f"measured.csv {THROUGHPUT} {SMALL} --categorical batch_size,num_devices --numeric in_out_len -o cat.altool",
            {},
        ),
        ("features", f"measured.csv --target throughput_tok_s {SMALL} --features hardware,model,batch_size -o few.altool", {}),
        ("as-classes", f"measured.csv --target num_devices --task classification --ignore latency_s,throughput_tok_s {SMALL} -o nd.altool", {}),
        ("filtered", f"measured.csv {THROUGHPUT} {SMALL} --where 'batch_size <= 16' -o w.altool", {}),
        ("patterns", f"'parts/*.csv' {THROUGHPUT} {SMALL} -o parts.altool", {}),
        ("compressed", f"measured.csv.gz {THROUGHPUT} {SMALL} -o gz.altool", {}),
        ("tsv", f"measured.tsv {THROUGHPUT} {SMALL} -o tsv.altool", {}),
        ("jsonl", f"measured.jsonl {THROUGHPUT} {SMALL} -o jsonl.altool", {}),
        ("standard-input", f"- {THROUGHPUT} {SMALL} -o piped.altool", {"stdin": "measured.csv"}),
        ("six-rows", f"few.csv {THROUGHPUT} {SMALL} -o six.altool", OUT_OF_BAG),
        ("configured", "measured.csv --config options.toml -o conf.altool --format table", {"stdout": "eye"}),
    ]
    found = [command(f"train/{name}", f"train {first_defaults(line)}", **other) for name, line, other in rows]
    for learner in ["boosted-smartcore", "forest", "tree", "linear", "constant"]:
        few = "--members 3 --trees 4 --depth 4"
        line = f"train measured.csv {THROUGHPUT} {few} --learner {learner} -o {learner}.altool"
        found.append(command(f"train/learner-{learner}", first_defaults(line)))
    for learner in ["forest", "tree", "logistic", "constant"]:
        line = f"train speed.csv --target speed --members 3 --trees 4 --depth 4 --learner {learner} -o c-{learner}.altool"
        found.append(command(f"train/learner-{learner}-classes", first_defaults(line)))
    return found


def scoring() -> list[Command]:
    numbers, candidates = "train/numbers", "score candidates.csv --model m.altool"
    found = [
        command("score/numbers", f"{candidates} -o s.csv", numbers),
        command("score/defaults", "score candidates.csv --model defaults.altool -o sd.csv", "train/defaults", slow=True),
        command("score/classes", "score candidates.csv --model c.altool -o sc.csv", "train/classes"),
        command("score/kernels", "score kernel_candidates.csv --model k.altool -o sk.csv", "train/kernels"),
        command("score/noise", "score kernel_candidates.csv --model noise.altool -o sn.csv", "train/noise"),
        command("score/devices", "score device_candidates.csv --model d.altool -o sdev.csv", "train/devices"),
        command("score/hardware", "score device_candidates.csv --model plain.altool --hardware device -o sh.csv", "train/devices-plain"),
        command("score/unseen", "score formats/candidates.csv --model m.altool", numbers),
        command("score/prefix", f"{candidates} --prefix my_ --format csv", numbers),
        command("score/neighbours", f"{candidates} --neighbours 1 -o s1.csv", numbers),
        command("score/weights", f"{candidates} --uncertainty-weights variance=2,interval=1,distance=0 -o sw.csv", numbers),
        command("score/no-gain", f"{candidates} --gain none -o sg.csv", numbers),
        command("score/filtered", f"{candidates} --where \"batch_size = 32 AND hardware LIKE '%H100%'\"", numbers),
        command("score/standard-input", "score - --model m.altool -o -", numbers, stdin="candidates.csv"),
        command("score/table", f"{candidates} --format table", numbers, stdout="eye"),
        command("score/measured", "score measured.csv results.csv --model m.altool -o sm.csv", numbers),
        command("score/columns", "score candidates.csv --model cat.altool -o scat.csv", "train/columns"),
        command("score/empty", "score none.csv --model m.altool", numbers),
    ]
    for ending in ["tsv", "parquet", "arrow", "jsonl"]:
        found.append(command(f"score/to-{ending}", f"{candidates} -o s.{ending}", numbers))
    for ending in ["parquet", "arrow"]:
        line = f"score s.{ending} --model m.altool --prefix again_ -o from-{ending}.csv"
        found.append(command(f"score/from-{ending}", line, numbers, f"score/to-{ending}"))
    for gain in ["entropy-reduction", "variance-reduction", "mutual-information", "model-change"]:
        found.append(command(f"score/gain-{gain}", f"{candidates} --gain {gain} -o g-{gain}.csv", numbers))
        line = f"score candidates.csv --model c.altool --gain {gain} -o gc-{gain}.csv"
        found.append(command(f"score/gain-{gain}-classes", line, "train/classes"))
    for learner in ["forest", "linear", "boosted-smartcore"]:
        line = f"score candidates.csv --model {learner}.altool -o s-{learner}.csv"
        found.append(command(f"score/learner-{learner}", line, f"train/learner-{learner}"))
    return found


def updates() -> list[Command]:
    numbers = ["train/numbers"]
    rows = [
        ("numbers", "new.csv --model m.altool -o u1.altool --at second", numbers, {}),
        ("twice", "newer.csv --model u1.altool -o u2.altool --format json", ["update/numbers"], {"stdout": "json"}),
        ("known-file", "new.csv --model u1.altool -o u-known.altool --format json", ["update/numbers"], {"stdout": "json"}),
        ("again", "new.csv --model u1.altool -o u-again.altool --again", ["update/numbers"], {}),
        ("refit", "new.csv --model m.altool -o u-refit.altool --refit", numbers, {}),
        ("refit-alone", "--refit --model u1.altool -o u-alone.altool", ["update/numbers"], {}),
        ("evaluation", "new.csv --model m.altool -o u-eval.altool --eval newer.csv", numbers, {}),
        ("learning-rate", "new.csv --model m.altool -o u-rate.altool --learning-rate 0.5", numbers, {}),
        ("filtered", "results.csv --model m.altool -o u-where.altool --where 'batch_size = 16'", numbers, {}),
        ("table", "newer.csv --model m.altool -o u-table.altool --format table", numbers, {"stdout": "eye"}),
        ("patterns", "'parts/*.csv' newer.csv --model parts.altool -o u-parts.altool --format json", ["train/patterns"], {"stdout": "json"}),
        ("classes", "speed_new.csv --model c.altool -o u-classes.altool", ["train/classes"], {}),
        ("failures-and-costs", "kernel_results.csv --model k.altool -o u-kernels.altool", ["train/kernels"], {}),
        ("noise", "kernel_results.csv --model noise.altool -o u-noise.altool", ["train/noise"], {}),
        ("devices", "devices_new.csv --model d.altool -o u-devices.altool", ["train/devices"], {}),
        ("new-device", "devices_new.csv --model old.altool -o u-new.altool", ["train/devices-old"], {}),
        ("evaluation-rows", "results.csv --model eval.altool -o u-skipped.altool", ["train/evaluation"], {}),
        ("batch", "carried.csv --model m.altool -o u-batch.altool", ["train/numbers", "select/carried-columns"], {}),
        ("learner-forest", "new.csv --model forest.altool -o u-forest.altool", ["train/learner-forest"], {}),
        ("learner-linear", "new.csv --model linear.altool -o u-linear.altool", ["train/learner-linear"], {}),
        ("learner-constant", "new.csv --model constant.altool -o u-constant.altool", ["train/learner-constant"], {}),
    ]
    found = [command(f"update/{name}", f"update {line}", *needs, **other) for name, line, needs, other in rows]
    line = "select candidates.csv --model u2.altool -n 8 --min-gain 0.01 -o after.csv"
    found.append(command("update/then-select", line, "update/twice"))
    line = "score kernel_candidates.csv --model u-kernels.altool -o after-kernels.csv"
    found.append(command("update/then-score", line, "update/failures-and-costs"))
    return found


def reports() -> list[Command]:
    """Every form of report and inspect, of models of every kind."""
    models = {
        "numbers": ("m", "train/numbers"),
        "updated": ("u2", "update/twice"),
        "refitted": ("u-refit", "update/refit"),
        "classes": ("u-classes", "update/classes"),
        "kernels": ("u-kernels", "update/failures-and-costs"),
        "noise": ("noise", "train/noise"),
        "devices": ("u-new", "update/new-device"),
        "no-holdout": ("all", "train/no-holdout"),
        "other-evaluation": ("u-eval", "update/evaluation"),
    }
    found = []
    for name, (model, need) in models.items():
        report = f"report {model}.altool"
        more = OUT_OF_BAG if name == "no-holdout" else {}
        found.append(command(f"report/{name}", report, need, **more))
        found.append(command(f"report/{name}-json", f"{report} --format json", need, stdout="json", **more))
        found.append(command(f"report/{name}-table", f"{report} --format table", need, stdout="eye", **more))
        found.append(command(f"report/{name}-page", f"{report} --html {model}.html", need, **more))
        line = f"inspect {model}.altool --format json"
        found.append(command(f"inspect/{name}", line, need, stdout="json", **more))
    found.append(command("inspect/csv", "inspect u2.altool", "update/twice"))
    found.append(command("inspect/table", "inspect u2.altool --format table", "update/twice", stdout="eye"))
    return found


def old_models() -> list[Command]:
    """Model files that altool 0.1.0 wrote are read, asked and continued."""
    found = []
    for name, candidates, others, results in [
        ("regression", "candidates.csv", "candidates.csv", ["results.csv"]),
        ("classification", "configurations.csv", "kernel_candidates.csv", []),
    ]:
        model = f"formats/{name}.altool"
        rows = [
            ("score", f"score formats/{candidates} --model {model} -o old-{name}.csv", {}),
            ("select", f"select {others} --model {model} -n 5 -o old-{name}-batch.csv", {}),
            ("report", f"report {model} --format json", {"stdout": "json"}),
            ("inspect", f"inspect {model} --format json", {"stdout": "json"}),
            ("refit", f"update --refit --model {model} -o old-{name}-refit.altool", {}),
        ]
        for table in results:
            rows.append(("update", f"update {table} --model {model} -o old-{name}-next.altool", {}))
        for what, line, other in rows:
            found.append(command(f"old-{name}/{what}", line, **other))
    return found
