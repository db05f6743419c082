//! Hosts in a batch: availability, capacity, the plan, what rows cost; and every
//! error of these by its words (`snapshots/hosts/`).

use crate::common::{Csv, Place, QUICK, snapshot, transcript};

const HARDWARE: [&str; 4] = ["cuda", "rocm", "cpu", "webgpu"];

/// A hundred measured rows and three hundred candidates on four kinds of
/// hardware, of which each takes one to five minutes.
fn place() -> Place {
    let place = Place::new();
    let row = |at: usize| {
        let hardware = HARDWARE[at % 4];
        let (batch, threads) = (1 + at / 4 % 10, 1 + at / 40);
        let ms = (at % 4 + 1) as f64 * (batch as f64 + 0.5) / (threads as f64).sqrt();
        let run = 60 + (at * 37) % 241;
        (format!("r{at},{hardware},{batch},{threads},{run}"), ms)
    };
    let measured: String = (0..400)
        .filter(|at| at % 7 < 2)
        .map(|at| format!("{},{}\n", row(at).0, row(at).1))
        .collect();
    place.write(
        "measured.csv",
        format!("id,hardware,batch,threads,run_s,ms\n{measured}"),
    );
    let candidates: String = (0..400)
        .filter(|at| at % 7 >= 2)
        .map(|at| row(at).0 + "\n")
        .collect();
    place.write(
        "candidates.csv",
        format!("id,hardware,batch,threads,run_s\n{candidates}"),
    );
    place.write("hosts.toml", HOSTS);
    let line = format!("train measured.csv --target ms --id id --ignore run_s {QUICK} -o m.altool");
    place.altool(&line).succeeded();
    place
}

/// Five hosts, two of them down.
const HOSTS: &str = r#"
[[host]]
name = "g1"
hardware = ["cuda", "rocm"]
minutes = 15

[[host]]
name = "g2"
hardware = ["cuda"]
minutes = 60
down = true

[[host]]
name = "c1"
hardware = ["cpu", "rocm"]
minutes = 15

[[host]]
name = "c2"
hardware = ["cpu"]
time = "0.25 h"

[[host]]
name = "w1"
hardware = ["webgpu"]
down = true

[[reservation]]
host = "c2"
to = "5 min"
"#;

/// Which hosts that are up run what, and from when.
const UP: [(&str, &[&str], f64); 3] = [
    ("g1", &["cuda", "rocm"], 0.0),
    ("c1", &["cpu", "rocm"], 0.0),
    ("c2", &["cpu"], 300.0),
];

const SELECT: &str = "select candidates.csv --model m.altool --hardware hardware";
const HOSTED: &str = "--capacity hosts.toml --duration run_s";

/// The rows of a batch: hardware, host, beginning, end and how long it takes.
fn planned(batch: &Csv) -> Vec<(String, String, f64, f64, f64)> {
    let (start, end) = (
        batch.numbers("planned_start_s"),
        batch.numbers("planned_end_s"),
    );
    let (hardware, host) = (batch.column("hardware"), batch.column("planned_host"));
    let takes = batch.numbers("run_s");
    (0..batch.rows.len())
        .map(|row| {
            (
                hardware[row].to_owned(),
                host[row].to_owned(),
                start[row],
                end[row],
                takes[row],
            )
        })
        .collect()
}

/// That hosts run what they can, one row after the other, within their time.
fn sound(batch: &Csv) {
    let rows = planned(batch);
    for (at, (hardware, host, start, end, takes)) in rows.iter().enumerate() {
        assert!((end - start - takes).abs() < 1e-6);
        let (_, runs, from) = UP
            .iter()
            .find(|(name, ..)| name == host)
            .expect("a host that is up");
        assert!(runs.contains(&hardware.as_str()), "{hardware} on {host}");
        assert!(start >= from && *end <= 900.0, "{start} to {end} on {host}");
        for (_, other, begin, until, _) in &rows[..at] {
            assert!(host != other || end <= begin || until <= start);
        }
    }
}

/// The least makespan of all ways to spread the rows over the hosts.
fn least(rows: &[(String, String, f64, f64, f64)], ends: [f64; 3]) -> f64 {
    let Some(((hardware, .., takes), others)) = rows.split_first() else {
        return 0.0;
    };
    let mut best = f64::INFINITY;
    for (at, (_, runs, _)) in UP.iter().enumerate() {
        let end = ends[at] + takes;
        if runs.contains(&hardware.as_str()) && end <= 900.0 {
            let mut next = ends;
            next[at] = end;
            best = best.min(least(others, next).max(end));
        }
    }
    best
}

#[test]
fn hosts_quotas_and_a_budget_of_30_minutes_hold_and_nothing_is_done_sooner() {
    let place = place();
    for (at, options) in [
        "-n 9",
        "-n 12 --at-most hardware=4",
        "-n 12 --at-least hardware=2 --seed 3",
    ]
    .iter()
    .enumerate()
    {
        let run = place
            .altool(&format!(
                "{SELECT} {HOSTED} --budget 1800 --cost run_s --cooling 0 {options} -o b.csv"
            ))
            .succeeded();
        let batch = place.csv("b.csv");
        sound(&batch);
        let rows = planned(&batch);
        assert!(rows.len() >= 7, "{}", rows.len());
        assert!(rows.iter().map(|row| row.4).sum::<f64>() <= 1800.0);
        for hardware in HARDWARE {
            let n = rows.iter().filter(|row| row.0 == hardware).count();
            assert!(hardware != "webgpu" || n == 0);
            assert!(at != 1 || n <= 4, "{hardware}: {n}");
            assert!(at != 2 || hardware == "webgpu" || n >= 2, "{hardware}: {n}");
        }
        let last = rows.iter().map(|row| row.3).fold(0.0, f64::max);
        assert_eq!(last, least(&rows, UP.map(|(.., from)| from)));
        assert!(
            run.stderr.contains("; no plan is shorter\n"),
            "{}",
            run.stderr
        );
        // In the order of their ranks on each host.
        for (at, row) in rows.iter().enumerate() {
            assert!(
                rows[..at]
                    .iter()
                    .all(|earlier| earlier.1 != row.1 || earlier.2 < row.2)
            );
        }
    }
}

#[test]
fn without_a_number_the_hosts_are_filled() {
    let place = place();
    let line = format!("{SELECT} {HOSTED} -o b.csv");
    place.altool(&line).succeeded();
    let batch = place.csv("b.csv");
    sound(&batch);
    // 15 + 15 + 10 minutes, and the shortest row takes one.
    let busy: f64 = planned(&batch).iter().map(|row| row.4).sum();
    assert!(busy > 2400.0 - 3.0 * 120.0, "{busy}");
    let before = place.bytes("b.csv");
    place.altool(&format!("--threads 1 {line}")).succeeded();
    assert_eq!(place.bytes("b.csv"), before);
    // The order of the file does not matter.
    let text = place.text("candidates.csv");
    let (head, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().rev().collect();
    place.write("candidates.csv", format!("{head}\n{}\n", rows.join("\n")));
    place.altool(&line).succeeded();
    assert_eq!(place.bytes("b.csv"), before);
}

#[test]
fn pending_rows_keep_their_hosts_busy() {
    let place = place();
    let line = format!("{SELECT} {HOSTED} --at-most hardware=3 -n 6 --strategy uncertainty");
    place.altool(&format!("{line} -o first.csv")).succeeded();
    let first = planned(&place.csv("first.csv"));
    place
        .altool(&format!("{line} --pending first.csv -o second.csv"))
        .succeeded();
    let second = place.csv("second.csv");
    sound(&second);
    for (_, host, start, ..) in planned(&second) {
        let busy: f64 = first
            .iter()
            .filter(|row| row.1 == host)
            .map(|row| row.4)
            .sum();
        let from = UP.iter().find(|(name, ..)| *name == host).unwrap().2;
        assert!(start >= from + busy - 1e-6, "{host}: {start} and {busy}");
    }
    // Of ids alone the rest is among the candidates.
    let ids: String = place
        .csv("first.csv")
        .column("id")
        .iter()
        .map(|id| format!("{id}\n"))
        .collect();
    place.write("ids.csv", format!("id\n{ids}"));
    place
        .altool(&format!("{line} --pending ids.csv -o third.csv"))
        .succeeded();
    sound(&place.csv("third.csv"));
}

#[test]
fn times_are_what_the_model_predicts_where_no_column_has_them() {
    let place = place();
    let run = place
        .altool(&format!("{SELECT} --capacity hosts.toml -n 5 -o b.csv"))
        .succeeded();
    let batch = place.csv("b.csv");
    let takes: Vec<f64> = (0..5)
        .map(|row| batch.numbers("planned_end_s")[row] - batch.numbers("planned_start_s")[row])
        .collect();
    // Milliseconds, by the target's name.
    assert!(takes.iter().all(|&s| s > 0.0 && s < 0.1), "{takes:?}");
    assert!(
        run.stderr.contains(" ms; no plan is shorter\n"),
        "{}",
        run.stderr
    );
    // A time is a cost where there is no other.
    place
        .altool("select candidates.csv --model m.altool --budget 30 -o cheap.csv")
        .succeeded();
    let spent: f64 = place.csv("cheap.csv").numbers("expected_cost").iter().sum();
    assert!(spent > 25.0 && spent <= 30.0 + 1e-6, "{spent}");
}

#[test]
fn what_a_row_costs_and_is_worth_per_cost_is_in_the_batch() {
    let place = place();
    place
        .altool(&format!("{SELECT} --availability cuda=1 -n 4 -o plain.csv"))
        .succeeded();
    let plain = place.text("plain.csv");
    assert!(
        plain.starts_with("rank,score,reason,id,hardware,batch,threads,run_s\n"),
        "{plain}"
    );
    for cooling in [0.0, 1.0] {
        place
            .altool(&format!("{SELECT} --availability cuda=1 --cost run_s --cooling {cooling} --strategy uncertainty -n 4 -o b.csv"))
            .succeeded();
        let batch = place.csv("b.csv");
        let (cost, value) = (
            batch.numbers("expected_cost"),
            batch.numbers("value_per_cost"),
        );
        assert_eq!(cost, batch.numbers("run_s"));
        let score = batch.numbers("score");
        // At 1 the score has the cost in it already: both fall together.
        let ratio =
            |row: usize| value[row] * if cooling == 1.0 { 1.0 } else { cost[row] } / score[row];
        for row in 0..4 {
            assert!(
                (ratio(row) / ratio(0) - 1.0).abs() < 1e-5,
                "{cooling}: {:?}",
                ratio(row)
            );
        }
    }
    // A batch of an earlier call is no candidate with two columns of a name.
    place
        .altool("select b.csv --model m.altool -n 1 --cost run_s -o again.csv")
        .succeeded();
    let again = place.text("again.csv");
    let head = again.lines().next().unwrap();
    assert_eq!(head.matches("expected_cost").count(), 1, "{head}");
}

/// Names of the strategies that need a model or not.
fn strategies(place: &Place) -> Vec<String> {
    let list = place.altool("strategies --format csv").succeeded();
    let names = Csv::parse(&list.stdout);
    names
        .column("strategy")
        .iter()
        .map(|&name| name.to_owned())
        .collect()
}

#[test]
fn what_a_row_is_worth_does_not_depend_on_what_it_costs() {
    let place = place();
    let classes = place.text("measured.csv");
    let classes: String = classes
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let (row, ms) = line.rsplit_once(',').unwrap();
            let class = ms
                .parse()
                .map_or("class", |ms: f64| if ms < 8.0 { "fast" } else { "slow" });
            format!("{row},{}\n", if at == 0 { "class" } else { class })
        })
        .collect();
    place.write("classes.csv", classes);
    let line =
        format!("train classes.csv --target class --id id --ignore run_s {QUICK} -o c.altool");
    place.altool(&line).succeeded();
    let candidates = place.text("candidates.csv");
    let ids: String = candidates
        .lines()
        .skip(1)
        .step_by(31)
        .take(4)
        .map(|line| format!("{}\n", line.split(',').next().unwrap()))
        .collect();
    place.write("ids.csv", format!("id\n{ids}"));
    let (mut of_numbers, mut of_classes) = (0, 0);
    for strategy in strategies(&place) {
        for (model, count) in [("m.altool", &mut of_numbers), ("c.altool", &mut of_classes)] {
            let mut worths: Vec<Vec<f64>> = Vec::new();
            for cooling in [0, 1] {
                let run = place.altool(&format!("select candidates.csv --model {model} --strategy {strategy} --cost run_s --cooling {cooling} --include ids.csv --seed 1 -n 6 -o b.csv"));
                if run.code == Some(2) {
                    assert!(run.stderr.contains("' is for "), "{}", run.stderr);
                    continue;
                }
                run.succeeded();
                let batch = place.csv("b.csv");
                let (cost, value) = (
                    batch.numbers("expected_cost"),
                    batch.numbers("value_per_cost"),
                );
                assert!(value.iter().all(|value| value.is_finite()), "{strategy}");
                let worth = value.iter().zip(&cost).map(|(value, cost)| value * cost);
                worths.push(worth.take(4).collect());
            }
            let [free, thrifty] = &worths[..] else {
                continue;
            };
            *count += 1;
            for (free, thrifty) in free.iter().zip(thrifty) {
                let far = (free - thrifty).abs() > 1e-6 * free.abs().max(1e-30);
                assert!(!far, "{strategy} of {model}: {worths:?}");
            }
        }
    }
    assert!(
        of_numbers >= 20 && of_classes >= 10,
        "{of_numbers} {of_classes}"
    );
    // Without a model, too.
    for strategy in ["space-filling", "random"] {
        let worth = |cooling: u8| {
            let line = format!(
                "select candidates.csv --id id --strategy {strategy} --cost run_s --cooling {cooling} --include ids.csv -n 4 -o b.csv"
            );
            place.altool(&line).succeeded();
            let batch = place.csv("b.csv");
            let cost = batch.numbers("expected_cost");
            let value = batch.numbers("value_per_cost");
            value
                .iter()
                .zip(cost)
                .map(|(value, cost)| value * cost)
                .collect::<Vec<f64>>()
        };
        for (free, thrifty) in worth(0).iter().zip(worth(1)) {
            assert!(
                (free - thrifty).abs() <= 1e-6 * free.abs(),
                "{strategy}: {free} {thrifty}"
            );
        }
    }
}

#[test]
fn costs_that_count_together_are_a_cost_relative_to_the_median() {
    let place = place();
    let line = "select candidates.csv --model m.altool --strategy uncertainty";
    place
        .altool(&format!(
            "{line} --cost-weights run_s=3,threads=1 -n 400 -o b.csv"
        ))
        .succeeded();
    let batch = place.csv("b.csv");
    let median = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len();
        0.5 * (sorted[(n - 1) / 2] + sorted[n / 2])
    };
    let (run, threads) = (batch.numbers("run_s"), batch.numbers("threads"));
    let typical = (median(&run), median(&threads));
    let joint: Vec<f64> = run
        .iter()
        .zip(&threads)
        .map(|(run, threads)| 3.0 * run / typical.0 + threads / typical.1)
        .collect();
    let middle = median(&joint);
    let (cost, value, score) = (
        batch.numbers("expected_cost"),
        batch.numbers("value_per_cost"),
        batch.numbers("score"),
    );
    for row in 0..joint.len() {
        let expected = joint[row] / middle;
        assert!((cost[row] / expected - 1.0).abs() < 1e-9, "{row}");
        // At a cooling of 1 the score of this strategy is the worth per cost.
        assert!(
            (value[row] - score[row]).abs() <= 1e-5 * score[row],
            "{row}"
        );
    }
    let twice = place
        .altool(&format!(
            "{line} --cost-weights run_s=3,run_s=1 -n 4 -o twice.csv"
        ))
        .ended(2);
    assert!(
        twice.stderr.contains("names 'run_s' twice"),
        "{}",
        twice.stderr
    );
    assert!(!place.exists("twice.csv"));
}

#[test]
fn an_empty_table_has_the_columns_of_a_batch() {
    let place = place();
    let text = place.text("candidates.csv");
    place.write("none.csv", format!("{}\n", text.lines().next().unwrap()));
    for model in ["--model m.altool", "--id id"] {
        for options in [
            "-n 3",
            "-n 3 --cost run_s",
            "-n 3 --cost-weights run_s=1,threads=2",
            "--budget 900 --cost run_s",
            "--hardware hardware --capacity hosts.toml --duration run_s",
            "--hardware hardware --capacity hosts.toml --duration run_s --cost run_s",
        ] {
            let head = |file: &str, code| {
                place
                    .altool(&format!("select {file} {model} {options} -o b.csv"))
                    .ended(code);
                place.text("b.csv").lines().next().unwrap().to_owned()
            };
            assert_eq!(
                head("none.csv", 4),
                head("candidates.csv", 0),
                "{model} {options}"
            );
        }
    }
}

#[test]
fn ids_of_pending_rows_are_read_from_a_pipe() {
    let place = place();
    let ids: String = place
        .text("candidates.csv")
        .lines()
        .skip(1)
        .take(5)
        .map(|line| format!("{}\n", line.split(',').next().unwrap()))
        .collect();
    place.write("ids.csv", format!("id\n{ids}"));
    let line = "select candidates.csv --model m.altool -n 6";
    for options in [
        "",
        "--hardware hardware --capacity hosts.toml --duration run_s",
    ] {
        place
            .altool(&format!("{line} {options} --pending ids.csv -o file.csv"))
            .succeeded();
        place
            .bash(&format!(
                "cat ids.csv | altool {line} {options} --pending - -o pipe.csv"
            ))
            .succeeded();
        assert_eq!(place.bytes("pipe.csv"), place.bytes("file.csv"));
    }
}

/// The place, with a model of another target that says the same.
fn target(name: &str) -> Place {
    let place = place();
    let text = place.text("measured.csv");
    place.write("named.csv", text.replacen(",ms", &format!(",{name}"), 1));
    let line =
        format!("train named.csv --target {name} --id id --ignore run_s {QUICK} -o n.altool");
    place.altool(&line).succeeded();
    place
}

const TIMED: &str = "select candidates.csv --model n.altool --hardware hardware --capacity hosts.toml -n 3 -o b.csv";

#[test]
fn the_unit_that_is_given_counts_more_than_the_one_in_a_name() {
    let place = target("latency_ms");
    let takes = |options: &str, said: &str| {
        let run = place.altool(&format!("{TIMED} {options}")).succeeded();
        assert!(run.stderr.contains(said), "{}", run.stderr);
        let batch = place.csv("b.csv");
        let (from, to) = (
            batch.numbers("planned_start_s")[0],
            batch.numbers("planned_end_s")[0],
        );
        (to - from, batch.numbers("run_s")[0])
    };
    let target = "a row takes as long as the model expects of 'latency_ms', in";
    let (named, _) = takes("", &format!("{target} ms\n"));
    let (given, _) = takes("--time-unit s", &format!("{target} s\n"));
    assert!(
        (given / named / 1000.0 - 1.0).abs() < 1e-6,
        "{given} {named}"
    );
    let column = "a row takes as long as 'run_s' says, in";
    let (named, run) = takes("--duration run_s", &format!("{column} s\n"));
    assert!((named - run).abs() < 1e-6, "{named} {run}");
    let (given, run) = takes("--duration run_s --time-unit ms", &format!("{column} ms\n"));
    assert!((given - run / 1000.0).abs() < 1e-6, "{given} {run}");
    // A cost whose name has no unit is money.
    takes("--cost threads --time-unit s", &format!("{target} s\n"));
    takes("--cost threads", &format!("{target} ms\n"));
    takes("--cost run_s", &format!("{column} s\n"));
}

#[test]
fn a_rate_is_no_time() {
    let place = target("throughput_tok_s");
    place.write(
        "rated.csv",
        place
            .text("candidates.csv")
            .replacen("threads", "items_per_s", 1),
    );
    let lines = [
        TIMED.to_owned(),
        format!("{TIMED} --time-unit s"),
        format!("{TIMED} --cost batch"),
        format!("{TIMED} --cost batch --time-unit s"),
        "select rated.csv --id id --hardware hardware --capacity hosts.toml --duration items_per_s -n 3".to_owned(),
        "select rated.csv --id id --hardware hardware --capacity hosts.toml --duration items_per_s --time-unit s -n 3".to_owned(),
        "select rated.csv --id id --hardware hardware --capacity hosts.toml --cost items_per_s -n 3".to_owned(),
        "select rated.csv --id id --hardware hardware --capacity hosts.toml --cost batch --time-unit s -n 3".to_owned(),
        "select candidates.csv --model n.altool --budget 100 -n 3".to_owned(),
        "select candidates.csv --model n.altool --budget 100 --time-unit s -n 3".to_owned(),
    ];
    snapshot!("hosts" / "a_rate_is_no_time", transcript(&place, &lines));
}

#[test]
fn availability_scales_and_excludes() {
    let place = place();
    let count = |options: &str| {
        place
            .altool(&format!(
                "{SELECT} -n 20 --strategy uncertainty {options} -o b.csv"
            ))
            .succeeded();
        let batch = place.csv("b.csv");
        HARDWARE.map(|name| {
            batch
                .column("hardware")
                .iter()
                .filter(|h| **h == name)
                .count()
        })
    };
    let plain = count("--availability cuda=1");
    let none = count("--availability webgpu=0");
    assert!(plain[3] > 0 && none[3] == 0, "{plain:?} {none:?}");
    place.write("shares.toml", "[availability]\nwebgpu = 0\n");
    assert_eq!(count("--availability shares.toml"), none);
    assert!(count("--availability cuda=0.2,rocm=0.1,cpu=0.1")[3] > plain[3]);
}

#[test]
fn options_and_files_that_are_wrong() {
    let place = place();
    place.write("above.toml", "[availability]\ncuda = 0.5\nrocm = 1.5\n");
    place.write("share.toml", "[availabilty]\ncuda = 0.5\n");
    place.write("endless.toml", "[[host]]\nname = \"g1\"\n");
    place.write(
        "free.csv",
        "id,hardware,batch,threads,run_s\nx1,cuda,1,1,30\nx2,cuda,2,1,-5\n",
    );
    let lines = [
        "--availability cdua=0.8 -n 1",
        "--availability tpu=0.8 -n 1",
        "--availability cuda=1.2 -n 1",
        "--availability cuda -n 1",
        "--availability cuda=1,cuda=0 -n 1",
        "--availability above.toml -n 1",
        "--availability share.toml -n 1",
        "--availability none.toml -n 1",
        "--duration run_s -n 1",
        "--time-unit s -n 1",
        "--capacity hosts.toml --duration batch",
        "--capacity hosts.toml --duration batch --time-unit days",
        "--capacity hosts.toml --cost threads --duration threads",
    ];
    let mut lines: Vec<String> = lines
        .iter()
        .map(|line| format!("{SELECT} {line}"))
        .collect();
    let bare = "select candidates.csv --model m.altool";
    lines.push("select candidates.csv --hardware hardware -n 1".to_owned());
    lines.push(format!("{bare} --hardware hardwear -n 1"));
    lines.push(format!("{bare} --hardware batch -n 1"));
    lines.push(format!("{bare} --availability cuda=0.8 -n 1"));
    lines.push(format!("{bare} {HOSTED} -n 1"));
    lines.push(format!("{bare} --hardware hardwear {HOSTED} -n 1"));
    lines.push("select candidates.csv --hardware hardware --capacity hosts.toml -n 1".to_owned());
    lines.push(format!("{SELECT} --capacity endless.toml --duration run_s"));
    lines.push(format!(
        "select free.csv --model m.altool --hardware hardware {HOSTED} -n 1"
    ));
    lines.push("select free.csv --model m.altool --cost run_s -n 1".to_owned());
    snapshot!(
        "hosts" / "options_and_files_that_are_wrong",
        transcript(&place, &lines)
    );
}

#[test]
fn capacity_files_that_are_wrong() {
    let place = place();
    let host = "[[host]]\nname = \"g1\"\nhardware = [\"cuda\"]\n";
    let texts = [
        String::new(),
        format!("{host}minuts = 30\n"),
        format!("{host}{host}"),
        format!("{host}slots = 0\n"),
        format!("{host}time = 30\n"),
        format!("{host}minutes = -1\n"),
        format!("{host}down = \"yes\"\n"),
        "[[host]]\nname = \"g1\"\nhardware = [\"cuda\", \"rcom\"]\n".to_owned(),
        format!("{host}[[reservation]]\nhost = \"g3\"\nto = \"5 min\"\n"),
        format!("{host}[[reservation]]\nhost = \"g1\"\nfrom = 5\n"),
        format!("{host}minutes = \n"),
    ];
    let mut told = String::new();
    for text in texts {
        place.write("wrong.toml", &text);
        let line = format!("{SELECT} --capacity wrong.toml --duration run_s -n 1 -o b.csv");
        told.push_str(&format!("{text}{}", transcript(&place, &[line])));
        assert!(!place.exists("b.csv"));
    }
    snapshot!("hosts" / "capacity_files_that_are_wrong", told);
}

#[test]
fn what_does_not_fit_says_what_to_relax() {
    let place = place();
    let minute = |minutes: f64| {
        format!(
            "[[host]]\nname = \"g1\"\nhardware = [\"cuda\", \"rocm\", \"cpu\", \"webgpu\"]\nminutes = {minutes}\n[[host]]\nname = \"g2\"\nhardware = [\"cuda\"]\ndown = true\n"
        )
    };
    place.write("short.toml", minute(0.5));
    place.write(
        "down.toml",
        minute(30.0).replace(
            "[[host]]\nname = \"g2\"",
            "down = true\n[[host]]\nname = \"g2\"",
        ),
    );
    place.write("some.toml", minute(20.0));
    let text = place.text("candidates.csv");
    let on = |hardware: &str, n: usize| -> String {
        let rows: Vec<&str> = text
            .lines()
            .filter(|line| line.contains(hardware))
            .take(n)
            .collect();
        format!("id,hardware,batch,threads,run_s\n{}\n", rows.join("\n"))
    };
    place.write("web.csv", on("webgpu", 1));
    place.write("much.csv", on("cuda", 8));
    let lines = [
        "--capacity short.toml --duration run_s -n 3 -o b.csv",
        "--capacity down.toml --duration run_s -n 3 -o b.csv",
        "--capacity some.toml --duration run_s -n 40 --at-least hardware=8 -o none.csv",
        "--capacity hosts.toml --duration run_s -n 12 --include much.csv -o none.csv",
        "--capacity hosts.toml --duration run_s -n 12 --include web.csv -o none.csv",
        "--capacity hosts.toml --duration run_s -n 60 --at-most batch=1 -o b.csv",
        "--availability webgpu=0 -n 12 --include web.csv -o none.csv",
    ]
    .map(|line| format!("{SELECT} {line}"));
    snapshot!(
        "hosts" / "what_does_not_fit_says_what_to_relax",
        transcript(&place, &lines)
    );
    assert!(!place.exists("none.csv"));
}
