//! Which host runs which row, and when.

use super::{HARDWARE, HOSTED, SELECT, UP, place, planned, sound};

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
        run.says("shortest", &[]);
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
