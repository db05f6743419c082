//! What people see: at 80 columns, in a pipe, in colour, and while they type.

use std::process::Command;

use crate::common::{ALTOOL, LLM, Place, QUICK, Run, fixture};

/// Runs a line on a terminal of 80 columns; what is said is standard output and
/// error together.
fn on_a_terminal(place: &Place, line: &str) -> String {
    let mut command = place.command("script");
    let run = format!("stty cols 80 rows 40; '{ALTOOL}' {line}");
    command
        .args(["-qec", &run, "/dev/null"])
        .env("TERM", "xterm");
    let run = ran(command);
    assert_eq!(run.code, Some(0), "{line}: {}{}", run.stdout, run.stderr);
    run.stdout.replace('\r', "")
}

fn ran(mut command: Command) -> Run {
    command.stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::piped());
    Run::of("", command.spawn().unwrap())
}

fn widest(text: &str) -> usize {
    let lines = text.lines().map(|line| line.chars().count());
    lines.max().unwrap_or(0)
}

/// A model made in a blink, and candidates.
fn place() -> Place {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    place
}

#[test]
fn eighty_columns_keep_what_tells_rows_apart() {
    let place = place();
    let batch = on_a_terminal(&place, "select candidates.csv --model model.altool -n 5 -q");
    assert!(widest(&batch) <= 80, "{batch}");
    let head = batch.lines().next().unwrap();
    assert!(head.starts_with("rank "), "{batch}");
    for name in ["score", "hardware", "batch_"] {
        assert!(head.contains(name), "{batch}");
    }
    // A reason is wrapped between words, below its row.
    assert!(batch.contains("\n      predicted "), "{batch}");
    let scored = on_a_terminal(&place, "score candidates.csv --model model.altool -q");
    assert!(widest(&scored) <= 80, "{scored}");
    let head = scored.lines().next().unwrap();
    for name in ["hardware", "batch_", "prediction", "score"] {
        assert!(head.contains(name), "{scored}");
    }
    assert!(
        scored.contains("columns not shown: ") && scored.contains("distance"),
        "{scored}"
    );
    for line in [
        "report model.altool -q",
        "inspect model.altool -q",
        "strategies",
        "strategies lcmd",
        "learners gp",
        "simulate measured.csv --target throughput_tok_s --ignore latency_s --members 2 --trees 4 \
         --rounds 1 --repeats 2 -q",
    ] {
        let text = on_a_terminal(&place, line);
        assert!(widest(&text) <= 80, "{line}: {text}");
        assert!(text.lines().count() > 5, "{line}: {text}");
    }
}

/// Advice for many workloads is not hundreds of lines.
#[test]
fn advice_for_many_workloads_is_shown_in_part() {
    let place = place();
    let line = "recommend candidates.csv --model model.altool --hardware hardware \
                --optimize-for throughput";
    let shown = on_a_terminal(&place, &format!("{line} -q"));
    assert!(widest(&shown) <= 80, "{shown}");
    assert!(shown.lines().count() < 30, "{shown}");
    // What tells workloads apart is among what is shown.
    let (head, _) = shown.split_once('─').unwrap();
    for name in ["model", "batch_", "recommended_", "predicted"] {
        assert!(head.contains(name), "{shown}");
    }
    let workloads = place.altool(&format!("{line} -o all.csv")).succeeded();
    let rows = place.csv("all.csv").rows.len();
    let rest = format!(
        "… rows not shown: {}; give -o FILE for all of them",
        rows - 20
    );
    assert!(shown.contains(&rest), "{shown}");
    let said = format!("all.csv: {rows} workloads");
    assert!(workloads.stderr.contains(&said), "{}", workloads.stderr);
    // A job is no other workload than the same job elsewhere.
    let jobs = place
        .altool(&format!("{line} --current hardware -o jobs.csv"))
        .succeeded();
    let jobs_rows = place.csv("jobs.csv").rows.len();
    assert!(jobs_rows > rows);
    let said = format!("jobs.csv: advice for {jobs_rows} rows of {rows} workloads, ");
    assert!(jobs.stderr.contains(&said), "{}", jobs.stderr);
}

/// What an update brought, and what of it the trees alone did, is seen at 80 columns; so is
/// how much of a difference between two models is chance.
#[test]
fn eighty_columns_keep_what_the_rounds_of_a_report_are_judged_by() {
    let place = place();
    std::fs::copy(place.path("model.altool"), place.path("before.altool")).unwrap();
    let results = place.text("results.csv");
    let lines: Vec<&str> = results.lines().collect();
    for (name, part) in [("one", &lines[1..40]), ("two", &lines[40..80])] {
        let name = format!("{name}.csv");
        place.write(&name, format!("{}\n{}\n", lines[0], part.join("\n")));
        let line = format!("update {name} --model model.altool --at 2026-11-28");
        place.altool(&line).succeeded();
    }
    let report = on_a_terminal(&place, "report model.altool -q");
    assert!(widest(&report) <= 80, "{report}");
    let (_, history) = report.split_once("\nHistory\n").unwrap();
    let (head, _) = history.split_once('─').unwrap();
    assert!(head.contains("trees"), "{report}");
    let remark = "\nEach round is judged on other rows: compare before with after in one row, not\n\
                  one row with another.\n";
    assert!(history.contains(remark), "{report}");
    let both = on_a_terminal(&place, "report before.altool model.altool -q");
    assert!(widest(&both) <= 80, "{both}");
    assert!(both.contains("interval") && both.contains(" to "), "{both}");
}

#[test]
fn messages_are_wrapped_on_a_terminal_and_not_in_a_pipe() {
    let place = place();
    let line = "select candidates.csv --model model.altool -n 5 -o b.csv";
    let piped = place.altool(line).succeeded().stderr;
    assert!(
        piped.lines().any(|said| said.chars().count() > 80),
        "{piped}"
    );
    let seen = on_a_terminal(&place, line);
    let said = seen.rsplit("\u{1b}[2K").next().unwrap();
    assert!(widest(said) <= 80, "{said}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words(said), words(&piped));
    // A stage names what it counts.
    assert!(seen.contains(" of 519 rows"), "{seen}");
}

#[test]
fn no_line_for_people_is_long_in_a_pipe() {
    let place = place();
    // More columns than fit a line.
    let names: Vec<String> = (0..150).map(|at| format!("column{at}")).collect();
    let row = |value: usize| {
        (0..150)
            .map(|at| (at * value % 7).to_string())
            .collect::<Vec<_>>()
    };
    let rows: String = (1..20).map(|value| row(value).join(",") + "\n").collect();
    place.write("wide.csv", format!("{}\n{rows}", names.join(",")));
    for line in [
        "strategies --format table",
        "strategies bait --format table",
        "strategies nothing",
        "learners auto --format table",
        "train wide.csv --target column1 --learner constant -o w.altool",
        "train wide.csv --target column1 --learner constant -o w.altool --format table",
        "inspect w.altool",
        "select wide.csv -n 2 --format table",
        "report model.altool --format table",
        "inspect model.altool --format table",
        "inspect model.altool",
        "train measured.csv --target throughput_tok_s -o m.altool --task nothing",
    ] {
        let run = place.altool(line);
        for text in [&run.stdout, &run.stderr] {
            assert!(widest(text) <= 600, "{line}: {text}");
        }
        assert!(!(run.stdout + &run.stderr).is_empty());
    }
}

/// A cell may hold what a terminal obeys: it is shown, and programs get it.
#[test]
fn cells_are_shown_and_not_obeyed() {
    let place = Place::new();
    let rows = (0..6).map(|row| format!("{},{row}\n", ["\u{1b}[31mred", "b\u{7}"][row % 2]));
    place.write("c.csv", format!("gpu,size\n{}", rows.collect::<String>()));
    let shown = on_a_terminal(&place, "select c.csv -n 2 -q");
    assert!(
        shown.contains("\\x1b[31mred") || shown.contains("b\\x07"),
        "{shown:?}"
    );
    let message = place
        .altool("select c.csv -n 2 --at-most \u{1b}[2Jx=1")
        .refused();
    assert!(message.stderr.contains("\\x1b[2Jx"), "{:?}", message.stderr);
    for text in [&shown, &message.stderr] {
        assert!(
            !text.contains("\u{1b}[31m") && !text.contains("\u{1b}[2J"),
            "{text:?}"
        );
    }
    let piped = place.altool("select c.csv -n 6").succeeded();
    assert!(piped.stdout.contains("\u{1b}[31mred"), "{}", piped.stdout);
}

#[test]
fn colours_are_where_they_are_asked_for() {
    let place = Place::new();
    let coloured = |line: &str, set: &[(&str, &str)]| {
        let mut command = place.prepared(line);
        command.env_remove("NO_COLOR").envs(set.iter().copied());
        let run = ran(command);
        (run.stdout + &run.stderr).contains('\u{1b}')
    };
    for line in ["--help", "select --no-such-option"] {
        assert!(!coloured(line, &[]), "{line}");
        assert!(coloured(&format!("{line} --color always"), &[]), "{line}");
        assert!(coloured(line, &[("CLICOLOR_FORCE", "1")]), "{line}");
        assert!(!coloured(
            &format!("{line} --color never"),
            &[("CLICOLOR_FORCE", "1")]
        ));
        assert!(
            !coloured(line, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]),
            "{line}"
        );
    }
}

#[test]
fn help_of_a_command_may_be_asked_for_first() {
    let place = Place::new();
    let asked = place.altool("help select").succeeded().stdout;
    assert_eq!(asked, place.altool("select --help").succeeded().stdout);
    assert!(
        place
            .altool("help")
            .succeeded()
            .stdout
            .contains("The loop:")
    );
}

#[test]
fn scores_have_no_negative_zero() {
    let place = Place::new();
    // Copies of the middle: their squared distance to it is nothing.
    place.write("c.csv", format!("a,b\n{}", "1,2\n3,4\n".repeat(2)));
    for format in ["csv", "jsonl", "tsv"] {
        let run = place
            .altool(&format!(
                "select c.csv -n 2 --format {format} --explain b.json"
            ))
            .succeeded();
        assert!(!run.stdout.contains("-0.0"), "{}", run.stdout);
        assert!(!place.text("b.json").contains("-0.0"));
    }
    place.write("one.csv", "a\n1\n");
    let run = place
        .altool("select one.csv -n 1 --columns score")
        .succeeded();
    assert_eq!(run.stdout, "score\n0.0\n");
}

/// What the last word of a line becomes in bash, with the script of `completions`.
fn completed(place: &Place, line: &str) -> Vec<String> {
    let script = format!(
        "mkdir -p bin; ln -sf '{ALTOOL}' bin/altool; PATH=$PWD/bin:$PATH\n\
         source <(altool completions bash)\n\
         compopt() {{ :; }}\n\
         COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}\n\
         # As bash cuts words, at = too.\n\
         read -ra COMP_WORDS <<<\"${{COMP_LINE//=/ = }}\"\n\
         [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')\n\
         COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
         _altool altool \"${{COMP_WORDS[COMP_CWORD]}}\" ''\n\
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let mut command = place.command("bash");
    command.args(["-c", &script]);
    let run = ran(command).succeeded();
    assert_eq!(run.stderr, "");
    let words = run.stdout.lines().filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[test]
fn bash_completes_columns_of_the_table_named_before() {
    let place = Place::new();
    place.write("rows.csv", "gpu,batch size,ms\n1,2,3\n");
    let completed = |line: &str| completed(&place, line);
    assert_eq!(completed("altool tra"), ["train"]);
    assert_eq!(completed("altool train rows.csv --target m"), ["ms"]);
    let list = completed("altool train rows.csv --target ms --ignore gpu,");
    assert_eq!(list, ["gpu,batch\\ size", "gpu,ms"]);
    // bash replaces what follows the = only.
    assert_eq!(
        completed("altool train rows.csv --ignore=gpu,m"),
        ["gpu,ms"]
    );
    let ways = completed("altool train rows.csv --direction=");
    assert_eq!(ways, ["min", "max"]);
    assert_eq!(completed("altool select rows.csv --at-most g"), ["gpu="]);
    // Names in quotes and with blanks are those of files, too.
    place.write("my rows.csv", "speed,load\n1,2\n");
    for line in [
        "altool train \"my rows.csv\" --target s",
        "altool train my\\ rows.csv --target s",
        "altool train \"rows.csv\" \"my rows.csv\" --target s",
    ] {
        assert_eq!(completed(line), ["speed"], "{line}");
    }
    assert_eq!(
        completed("altool train rows.csv --ignore gpu,batch\\ s"),
        ["gpu,batch\\ size"]
    );
    // A file is expected: bash completes those itself.
    assert!(completed("altool train ro").is_empty());
}

#[test]
fn other_shells_have_a_script_too() {
    let place = Place::new();
    for (shell, part) in [
        ("zsh", "#compdef altool"),
        ("fish", "complete --command altool"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = place
            .altool(&format!("completions {shell}"))
            .succeeded()
            .stdout;
        assert!(script.contains(part), "{shell}: {script}");
    }
}

/// A manual page says how the command is called and of which version it is.
#[test]
fn manual_pages_have_a_synopsis_and_a_version() {
    let place = Place::new();
    place.altool("man pages -q").succeeded();
    let version = place.altool("--version").succeeded().stdout;
    let version = version.trim();
    for (name, synopsis) in [
        ("altool", "\\fBaltool\\fR [OPTIONS] <COMMAND>"),
        (
            "altool-update",
            "\\fBaltool update\\fR [OPTIONS] \\-\\-model <FILE> [NEW_RESULTS]...",
        ),
        (
            "altool-train",
            "\\fBaltool train\\fR [OPTIONS] \\-\\-target <COL> \\-\\-output <FILE> <RESULTS>...",
        ),
    ] {
        let page = place.text(&format!("pages/{name}.1"));
        assert!(
            page.contains(&format!(".SH SYNOPSIS\n{synopsis}\n")),
            "{page}"
        );
        assert!(
            page.contains(&format!(".TH {name} 1  \"{version}\" ")),
            "{page}"
        );
        assert!(
            page.ends_with(&format!(".SH VERSION\n{version}\n")),
            "{page}"
        );
    }
}

/// Examples of a manual page are the commands that the help has.
#[test]
fn manual_pages_have_the_examples_of_the_help() {
    let place = Place::new();
    place.altool("man pages -q").succeeded();
    for name in ["select", "train", "grid"] {
        let help = place.altool(&format!("{name} --help")).succeeded().stdout;
        let start = help.find("Examples:\n").unwrap() + "Examples:\n".len();
        let examples = &help[start..help.find("\nUsage:").unwrap()];
        let page = place.text(&format!("pages/altool-{name}.1"));
        let (_, page) = page.split_once(".SH EXAMPLES\n.nf\n").unwrap();
        let (page, _) = page.split_once("\n.fi\n").unwrap();
        // Roff has its own way to write dashes and backslashes.
        let page = page
            .replace("\\-", "-")
            .replace("\\\\", "\\")
            .replace("\\(rs", "\\");
        // Where lines are broken depends on their width, and where comments stand.
        let commands = |text: &str| -> Vec<String> {
            let text = text.replace("\\&", "").replace("\\\n", " ");
            let commands = text.lines().map(|line| {
                let line = line.split("# ").next().unwrap_or_default();
                line.split_whitespace().collect::<Vec<_>>().join(" ")
            });
            commands.filter(|line| !line.is_empty()).collect()
        };
        assert!(widest(&page) <= 72, "{page}");
        assert_eq!(commands(&page), commands(examples), "{name}");
    }
}

/// What is dropped by quiet is never a result.
#[test]
fn quiet_commands_have_their_results() {
    let place = Place::with_llm();
    let space = std::fs::read(fixture("llm/space.toml")).unwrap();
    place.write("space.toml", space);
    let train = format!("train measured.csv {LLM} {QUICK} -o m.altool");
    for line in [
        train.as_str(),
        "score candidates.csv --model m.altool",
        "select candidates.csv --model m.altool -n 3",
        "recommend candidates.csv --model m.altool --hardware hardware --optimize-for throughput",
        "update results.csv --model m.altool",
        "update results.csv --model m.altool --format json",
        "report m.altool",
        "inspect m.altool",
        "grid space.toml --sizes",
        "grid space.toml --sample 3",
        "simulate measured.csv --target throughput_tok_s --ignore latency_s --members 2 --trees 4 \
         --rounds 1 --repeats 1",
        "strategies",
        "learners",
        "completions bash",
    ] {
        let run = place.altool(&format!("{line} -q")).succeeded();
        assert_eq!(run.stderr, "", "{line}");
        assert!(!run.stdout.is_empty(), "{line}");
    }
}
