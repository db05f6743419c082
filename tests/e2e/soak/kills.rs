//! What is left when a command is killed or interrupted.

use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::now;
use crate::common::sentences::sentence;
use crate::common::{Dice, LLM, Place, QUICK, Run, tell};
use crate::scale::rounds;
use crate::simulate;

/// How often each kind of accident happens.
fn accidents() -> usize {
    rounds(4, 100)
}

/// Starts a command whose words nobody reads.
fn silent(place: &Place, line: &str) -> Child {
    place
        .prepared(line)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How long a command takes when it is left alone.
fn duration(place: &Place, line: &str) -> Duration {
    let start = now();
    place.altool(line).succeeded();
    start.elapsed()
}

/// Whether a file is a temporary one: hidden, and named after what it was to
/// become.
fn is_temporary(name: &str) -> bool {
    name.starts_with('.') && name.ends_with(".tmp")
}

/// Waits for the moment of an accident: one drawn from the time the command
/// takes, or, every other time, the appearance of a temporary file, which is
/// when it writes.
fn wait(place: &Place, child: &mut Child, round: usize, dice: &mut Dice, takes: Duration) {
    if round.is_multiple_of(2) {
        sleep(takes.mul_f64(1.1 * dice.share()));
        return;
    }
    let before = place.files();
    while child.try_wait().unwrap().is_none() {
        let files = place.files();
        if files
            .iter()
            .any(|name| is_temporary(name) && !before.contains(name))
        {
            // Somewhere between the first byte and the rename.
            sleep(Duration::from_micros(dice.below(3000) as u64));
            return;
        }
    }
}

/// Kills `line` at many moments. Whatever the moment, `model.altool` is what it
/// was before, or what the command makes of it.
fn killed(place: &Place, line: &str) {
    let old = place.bytes("model.altool");
    let takes = duration(place, line);
    let new = place.bytes("model.altool");
    assert!(old != new);
    let mut dice = Dice(7);
    let (mut kept, mut replaced) = (0, 0);
    for round in 0..accidents() {
        place.write("model.altool", &old);
        let mut child = silent(place, line);
        wait(place, &mut child, round, &mut dice, takes);
        // SIGKILL; the command may have ended already.
        child.kill().unwrap();
        child.wait().unwrap();
        let found = place.bytes("model.altool");
        assert!(
            found == old || found == new,
            "round {round}: neither old nor new"
        );
        kept += usize::from(found == old);
        replaced += usize::from(found == new);
    }
    assert!(kept > 0, "no kill came before the end");
    // A killed process can remove nothing. What it leaves is hidden, and in
    // nobody's way: neither its name nor its lock.
    let known = [
        "candidates.csv",
        "measured.csv",
        "model.altool",
        "results.csv",
    ];
    let mut left = place.files();
    left.retain(|name| !known.contains(&name.as_str()));
    assert!(left.iter().all(|name| is_temporary(name)), "{left:?}");
    tell(&format!(
        "{line}: killed {} times, {kept} old, {replaced} new; {} temporary files left",
        accidents(),
        left.len()
    ));

    place.write("model.altool", &old);
    place.altool(line).succeeded();
    assert!(place.bytes("model.altool") == new);
}

#[test]
fn a_killed_update_leaves_the_old_model_or_the_new_one() {
    let place = Place::with_llm();
    place.train_llm("");
    killed(&place, "update results.csv --model model.altool");
}

#[test]
fn a_killed_training_leaves_the_old_model_or_the_new_one() {
    let place = Place::with_llm();
    place.train_llm("--seed 1");
    killed(&place, &format!("train measured.csv {LLM} -o model.altool"));
}

/// Interrupts `line` at many moments: no temporary file is left, and `output`
/// is whole or not there.
fn interrupted(place: &Place, line: &str, output: &str, signal: &str) {
    let takes = duration(place, line);
    let whole = place.bytes(output);
    std::fs::remove_file(place.path(output)).unwrap();
    let before = place.files();
    let mut dice = Dice(11);
    let mut stopped = 0;
    let mut round = 0;
    // On a busy machine the first run may take long, and signals then come late.
    while round < accidents() || (stopped == 0 && round < 20 * accidents()) {
        let mut child = silent(place, line);
        wait(place, &mut child, round, &mut dice, takes);
        if child.try_wait().unwrap().is_none() {
            let id = child.id().to_string();
            let sent = place.command("kill").args([signal, &id]).status();
            assert!(
                sent.unwrap().success(),
                "it is there until it is waited for"
            );
        }
        let status = child.wait().unwrap();
        // Done; interrupted; or stopped by the signal itself, before the
        // command listened for it.
        assert!(
            matches!(status.code(), Some(0 | 130) | None),
            "round {round}: {status}"
        );
        if status.success() {
            assert!(place.bytes(output) == whole);
        } else {
            stopped += 1;
        }
        if place.exists(output) {
            assert!(place.bytes(output) == whole, "round {round}");
            std::fs::remove_file(place.path(output)).unwrap();
        }
        assert_eq!(place.files(), before, "round {round}: something is left");
        round += 1;
    }
    assert!(stopped > 0, "no signal came before the end");
}

#[test]
fn an_interrupted_command_leaves_no_temporary_file() {
    let place = Place::with_llm();
    let text = place.text("candidates.csv");
    let (header, rows) = text.split_once('\n').unwrap();
    place.write("many.csv", format!("{header}\n{}", rows.repeat(40)));
    place.train_llm(QUICK);
    let score = "score many.csv --model model.altool -o scored.csv";
    interrupted(&place, score, "scored.csv", "-INT");
    let update = "update results.csv --model model.altool -o other.altool";
    interrupted(&place, update, "other.altool", "-TERM");
}

/// Replays that are noted are not repeated, and change nothing.
#[test]
fn a_killed_backtest_goes_on_where_it_stopped() {
    let place = simulate::place();
    let line = format!(
        "{} --repeats 12 --strategies lcmd,igs,k-means++ --trees 60 -o curves.csv",
        simulate::TABLE
    );
    let line = line.replace("--repeats 3 ", "").replace("--trees 10 ", "");
    place.altool(&line.replace("curves", "whole")).succeeded();
    let journal = "curves.csv.partial";
    let mut dice = Dice(5);
    let mut noted = String::new();
    for _ in 0..rounds(1, 50) {
        noted = killed_after(&place, &line, journal, 4 + dice.below(20));
        assert!(!place.exists("curves.csv"));
        // The last line may be cut short.
        place.write(journal, format!("{noted}{{\"strategy\":\"lc"));
        let again = place.altool(&line).succeeded();
        again.says("earlier run", &[]);
        assert_eq!(place.bytes("curves.csv"), place.bytes("whole.csv"));
        assert!(!place.exists(journal));
        std::fs::remove_file(place.path("curves.csv")).unwrap();
    }

    // Other options start again.
    place.write(journal, noted);
    let other = place.altool(&format!("{line} --seed 1")).succeeded();
    assert!(!other.stderr.contains(&sentence("earlier run", &[])));
    assert_ne!(place.bytes("curves.csv"), place.bytes("whole.csv"));
}

/// An interrupted backtest says which file it keeps, and how to go on.
#[test]
fn an_interrupted_backtest_says_how_it_goes_on() {
    let place = simulate::place();
    let line = format!(
        "{} --strategies lcmd,igs,k-means++ -o curves.csv",
        simulate::TABLE
    );
    let line = line
        .replace("--repeats 3", "--repeats 12")
        .replace("--trees 10", "--trees 60");
    let journal = "curves.csv.partial";
    let mut child = place.start(&line);
    while !place.exists(journal) || place.text(journal).lines().count() < 3 {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before it was stopped"
        );
        sleep(Duration::from_millis(1));
    }
    let id = child.id().to_string();
    let sent = place.command("kill").args(["-INT", &id]).status();
    assert!(sent.unwrap().success());
    let run = Run::of(&line, child).ended(130);
    let words =
        "curves.csv.partial keeps the finished replays: give the same command again to continue";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    assert_eq!(place.files(), [journal, "rows.csv"]);
}

/// Kills `line` when its journal has some lines; the journal.
fn killed_after(place: &Place, line: &str, journal: &str, lines: usize) -> String {
    let mut child = silent(place, line);
    while !place.exists(journal) || place.text(journal).lines().count() < lines {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before it was killed"
        );
        sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    place.text(journal)
}
