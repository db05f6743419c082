//! Tables, options and messages, whatever way they come and go: formats,
//! pipes, patterns, filters, the file of options.

use std::io::Write as _;

use crate::common::{ALTOOL, COLUMNS, Csv, LLM, Place, QUICK, Run, json};

#[test]
fn tables_survive_every_format() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    place
        .altool("score measured.csv --model model.altool -o plain.csv")
        .succeeded();
    let plain = place.csv("plain.csv");
    for format in ["tsv", "parquet", "arrow", "jsonl"] {
        let file = format!("scored.{format}");
        place
            .altool(&format!(
                "score measured.csv --model model.altool -o {file}"
            ))
            .succeeded();
        let again = place
            .altool(&format!(
                "score {file} --model model.altool --prefix again_"
            ))
            .succeeded();
        let again = Csv::parse(&again.stdout);
        assert_eq!(again.names[..plain.names.len()], plain.names, "{format}");
        assert_eq!(
            again.numbers("again_prediction"),
            plain.numbers("prediction"),
            "{format}"
        );
        assert_eq!(
            again.numbers("uncertainty"),
            plain.numbers("uncertainty"),
            "{format}"
        );
        // Learning from it is the same as from the CSV file.
        let features = COLUMNS.join(",");
        place
            .altool(&format!(
                "train {file} {LLM} {QUICK} --features {features} -o other.altool"
            ))
            .succeeded();
        let other = place
            .altool("score measured.csv --model other.altool")
            .succeeded();
        assert_eq!(
            Csv::parse(&other.stdout).numbers("prediction"),
            plain.numbers("prediction"),
            "{format}"
        );
    }
}

#[test]
fn tables_come_from_pipes_and_go_into_pipes() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    let plain = place
        .altool("score candidates.csv --model model.altool")
        .succeeded();
    let piped = place
        .bash(
            "set -eo pipefail
             cat candidates.csv | altool score - --model model.altool -o -",
        )
        .succeeded();
    assert_eq!(piped.stdout, plain.stdout);
    // Every command in one pipe; Parquet may go through it too.
    let chained = place
        .bash(
            "set -eo pipefail
             altool score candidates.csv --model model.altool --format parquet \
             | altool score - --model model.altool --prefix again_ --format jsonl \
             | altool select - --model model.altool -n 3 --columns rank,prediction,again_prediction",
        )
        .succeeded();
    let chained = Csv::parse(&chained.stdout);
    assert_eq!(
        chained.column("prediction"),
        chained.column("again_prediction")
    );
    assert_eq!(chained.rows.len(), 3);
    let trained = place
        .bash(&format!(
            "altool train - {LLM} {QUICK} -o piped.altool <measured.csv"
        ))
        .succeeded();
    assert_eq!(trained.value("calibration_rows"), 102.0);
    assert!(place.bytes("piped.altool") == place.bytes("model.altool"));
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    // Far more than a pipe holds.
    let text = place.text("candidates.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    place.write("many.csv", format!("{header}\n{}", rows.repeat(20)));
    let run = place
        .bash(
            "altool score many.csv --model model.altool | head -n 1
             exit ${PIPESTATUS[0]}",
        )
        .succeeded();
    assert!(run.stdout.starts_with("hardware,"), "{}", run.stdout);
    assert!(!run.stderr.contains("error"), "{}", run.stderr);
    for line in ["strategies", "report model.altool", "--help"] {
        let run = place.bash(&format!("altool {line} | true; exit ${{PIPESTATUS[0]}}"));
        let run = run.succeeded();
        assert!(!run.stderr.contains("error"), "{line}: {}", run.stderr);
    }
}

#[test]
fn several_files_patterns_and_compressed_files_are_one_table() {
    let place = Place::with_llm();
    let text = place.text("measured.csv");
    let lines: Vec<&str> = text.lines().collect();
    std::fs::create_dir(place.path("parts")).unwrap();
    for (part, rows) in lines[1..].chunks(200).enumerate() {
        let part = format!("parts/{part}.csv");
        place.write(&part, format!("{}\n{}\n", lines[0], rows.join("\n")));
    }
    place.train_llm(QUICK);
    let scored = |model: &str| {
        let line = format!("score candidates.csv --model {model}");
        place.altool(&line).succeeded().stdout
    };
    let plain = scored("model.altool");
    for files in ["parts/0.csv parts/1.csv parts/2.csv", "parts/*.csv"] {
        place
            .altool(&format!("train {files} {LLM} {QUICK} -o parts.altool"))
            .succeeded();
        assert_eq!(scored("parts.altool"), plain, "{files}");
    }
    // A part that is known is left out of an update, whatever else comes.
    let updated = place
        .altool("update parts/*.csv results.csv --model parts.altool --format json")
        .succeeded();
    let updated = json(&updated.stdout);
    assert_eq!(updated["known_files"].as_array().unwrap().len(), 3);
    assert_eq!(updated["rows_added"], 519);

    place.bash("gzip -k measured.csv").succeeded();
    place
        .altool(&format!("train measured.csv.gz {LLM} {QUICK} -o gz.altool"))
        .succeeded();
    assert_eq!(scored("gz.altool"), plain);
}

#[test]
fn a_filter_is_the_same_as_a_smaller_table() {
    let place = Place::with_llm();
    let table = place.csv("measured.csv");
    let lines: Vec<String> = place
        .text("measured.csv")
        .lines()
        .map(str::to_owned)
        .collect();
    let kept = |row: usize| table.numbers("batch_size")[row] <= 16.0;
    let few: Vec<&str> = std::iter::once(lines[0].as_str())
        .chain(
            (0..table.rows.len())
                .filter(|&row| kept(row))
                .map(|row| lines[row + 1].as_str()),
        )
        .collect();
    assert!(few.len() < lines.len());
    place.write("few.csv", few.join("\n") + "\n");
    place
        .altool(&format!("train few.csv {LLM} {QUICK} -o few.altool"))
        .succeeded();
    let script = format!(
        "altool train measured.csv {LLM} {QUICK} --where 'batch_size <= 16' -o model.altool &&
         altool score candidates.csv --model model.altool --where \"batch_size = 32\" -o one.csv &&
         altool score candidates.csv --model few.altool -o all.csv"
    );
    place.bash(&script).succeeded();
    let all = place.csv("all.csv");
    let large: Vec<f64> = all
        .numbers("batch_size")
        .into_iter()
        .zip(all.numbers("prediction"))
        .filter_map(|(batch, prediction)| (batch == 32.0).then_some(prediction))
        .collect();
    assert!(!large.is_empty());
    assert_eq!(place.csv("one.csv").numbers("prediction"), large);
}

#[test]
fn the_command_line_wins_over_the_file_of_options() {
    let place = Place::with_llm();
    place.write(
        "altool.toml",
        "quiet = true\n\n[train]\ntarget = \"throughput_tok_s\"\nlog-target = true\n\
         ignore = [\"latency_s\"]\nmembers = 3\ntrees = 8\n\n[select]\nbatch = 4\n",
    );
    place.write(
        "other.toml",
        "[train]\ntarget = \"latency_s\"\nmembers = 2\n",
    );
    let summary = |model: &str| {
        let run = place
            .altool(&format!("inspect {model} --format json"))
            .succeeded();
        json(&run.stdout)["summary"].clone()
    };
    let run = place.altool("train measured.csv -o m.altool").succeeded();
    assert_eq!(run.stderr, "", "quiet");
    let found = summary("m.altool");
    assert_eq!((&found["members"], &found["trees"]), (&3.into(), &8.into()));
    place
        .altool("train measured.csv --members 2 -o m.altool")
        .succeeded();
    assert_eq!(summary("m.altool")["members"], 2);
    place
        .altool("train measured.csv --config other.toml --ignore throughput_tok_s --trees 4 -o m.altool")
        .succeeded();
    let found = summary("m.altool");
    assert_eq!(
        (&found["target"], &found["members"]),
        (&"latency_s".into(), &2.into())
    );
    let batch = place
        .altool("select candidates.csv --model m.altool")
        .succeeded();
    assert_eq!(Csv::parse(&batch.stdout).rows.len(), 4);
}

#[test]
fn help_and_version_say_what_there_is() {
    let place = Place::new();
    let help = place.altool("--help").succeeded().stdout;
    assert!(
        place
            .altool("--version")
            .succeeded()
            .stdout
            .starts_with("altool ")
    );
    for command in [
        "demo",
        "grid",
        "train",
        "score",
        "select",
        "update",
        "report",
        "inspect",
        "strategies",
        "learners",
        "completions",
        "man",
    ] {
        assert!(
            help.contains(&format!("\n  {command} ")),
            "{command} is in the list"
        );
        let own = place
            .altool(&format!("{command} --help"))
            .succeeded()
            .stdout;
        assert!(own.contains("Usage: altool"), "{command}");
    }
    place.altool("man pages").succeeded();
    assert!(place.exists("pages/altool-train.1"));
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = place.altool(&format!("completions {shell}")).succeeded();
        assert!(script.stdout.contains("altool"), "{shell}");
    }
    place.bash("bash -n <(altool completions bash)").succeeded();
}

#[test]
fn progress_and_timings_stay_off_standard_output() {
    let place = Place::with_llm();
    let line = format!("train measured.csv {LLM} {QUICK} -o model.altool");
    let plain = place.altool(&line).succeeded();
    let warnings = |text: &str| text.lines().all(|line| line.starts_with("warning: "));
    assert!(
        warnings(&plain.stderr),
        "no bars without a terminal: {}",
        plain.stderr
    );
    let verbose = place.altool(&format!("{line} --verbose")).succeeded();
    assert_eq!(verbose.stdout, plain.stdout);
    assert!(
        verbose.stderr.contains("writing the model"),
        "{}",
        verbose.stderr
    );
    let logged = place
        .altool(&format!("{line} --log-format json"))
        .succeeded();
    assert_eq!(logged.stdout, plain.stdout);
    for line in logged.stderr.lines() {
        assert!(json(line).is_object(), "{line}");
    }
    // Quiet drops what is said, not the result.
    let quiet = place.altool(&format!("{line} --quiet")).succeeded();
    assert_eq!(quiet.stdout, plain.stdout);
    assert_eq!(quiet.stderr, "");
}

/// A child that reads a pipe nobody closes is waiting, not gone; one whose
/// input ends early says so.
#[test]
fn standard_input_may_come_slowly() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    let mut child = place.start("score - --model model.altool");
    let mut input = child.stdin.take().unwrap();
    for line in place.text("candidates.csv").lines() {
        input.write_all(line.as_bytes()).unwrap();
        input.flush().unwrap();
        input.write_all(b"\n").unwrap();
    }
    assert!(child.try_wait().unwrap().is_none(), "it waits for the end");
    drop(input);
    let run = Run::of(ALTOOL, child).succeeded();
    let plain = place
        .altool("score candidates.csv --model model.altool")
        .succeeded();
    assert_eq!(run.stdout, plain.stdout);
}
