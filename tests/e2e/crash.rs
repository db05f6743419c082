//! What is left when a command is killed, interrupted, or given a damaged
//! model file.
//!
//! `ALTOOL_LONG=1` asks for the long form: a hundred kills of each kind, ten
//! thousand damaged files and five thousand damaged parts of files.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::container;
use crate::common::{ALTOOL, Dice, LLM, Place, QUICK, long};

/// How often each kind of accident happens.
fn kills() -> usize {
    if long() { 100 } else { 10 }
}

#[expect(
    clippy::disallowed_methods,
    reason = "moments of accidents are spread over the time that a command takes"
)]
fn now() -> Instant {
    Instant::now()
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
    for round in 0..kills() {
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
    let note = format!(
        "{line}: killed {} times, {kept} old, {replaced} new; {} temporary files left\n",
        kills(),
        left.len()
    );
    std::io::stderr().write_all(note.as_bytes()).unwrap();

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
    for round in 0..kills() {
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

/// Runs a command under a limit of memory and of time; what it said on
/// standard error, and its code.
fn limited(place: &Place, line: &str) -> (String, i32) {
    const MEMORY: &str = "ulimit -v 4194304 2>/dev/null; exec \"$@\"";
    let mut child = place
        .command("sh")
        .args(["-c", MEMORY, "sh", ALTOOL])
        .args(line.split_whitespace())
        .args(["--threads", "1"])
        .env("POLARS_MAX_THREADS", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Words are few enough for the pipe to hold them.
    let start = now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("altool {line}: still at work after a minute");
        }
        sleep(Duration::from_millis(1));
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = output.status.code();
    (
        stderr,
        code.unwrap_or_else(|| panic!("altool {line}: {}", output.status)),
    )
}

/// One random fault.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    if bytes.is_empty() {
        return;
    }
    let at = dice.below(bytes.len());
    match dice.below(7) {
        0 => bytes.truncate(at),
        1 => bytes[at] = 0xff,
        2 => {
            let until = (at + 1 + dice.below(64)).min(bytes.len());
            bytes.drain(at..until);
        }
        // Another number, where a part is text.
        3 | 4 => {
            let digit = bytes[at..].iter().position(u8::is_ascii_digit);
            if let Some(digit) = digit.map(|from| at + from) {
                bytes[digit] = b'0' + dice.below(10) as u8;
                if dice.below(2) == 0 {
                    bytes.insert(digit, b'1' + dice.below(9) as u8);
                }
            }
        }
        _ => bytes[at] ^= 1 << dice.below(8),
    }
}

/// A small model and something to score.
fn small() -> Place {
    let place = Place::with_llm();
    let few: Vec<String> = place
        .text("measured.csv")
        .lines()
        .take(121)
        .map(str::to_owned)
        .collect();
    place.write("measured.csv", few.join("\n") + "\n");
    place.train_llm("--members 2 --trees 4 --depth 3");
    let few: Vec<String> = place
        .text("candidates.csv")
        .lines()
        .take(6)
        .map(str::to_owned)
        .collect();
    place.write("candidates.csv", few.join("\n") + "\n");
    let few: Vec<String> = place
        .text("results.csv")
        .lines()
        .take(11)
        .map(str::to_owned)
        .collect();
    place.write("results.csv", few.join("\n") + "\n");
    place
}

/// Runs commands on `rounds` damaged models, all of which must end with one of
/// the codes `allowed`; says how many ended with each.
fn damaged(
    what: &str,
    seed: u64,
    rounds: usize,
    allowed: &[i32],
    mut make: impl FnMut(&[u8], &mut Dice) -> Vec<u8>,
) {
    let place = small();
    let whole = place.bytes("model.altool");
    let mut dice = Dice(seed);
    let mut ended = BTreeMap::<i32, usize>::new();
    let mut harmed = Vec::new();
    for round in 0..rounds {
        // A digit may be replaced by itself: that is no damage.
        let mut bytes = make(&whole, &mut dice);
        while bytes == whole {
            bytes = make(&whole, &mut dice);
        }
        place.write("bad.altool", bytes);
        let line = match round % 4 {
            0 => "score candidates.csv --model bad.altool",
            1 => "select candidates.csv --model bad.altool -n 2",
            2 => "update results.csv --model bad.altool -o other.altool",
            _ => "report bad.altool --html report.html",
        };
        let (said, code) = limited(&place, line);
        let fine = allowed.contains(&code) && !said.contains("bug in altool");
        if !fine || said.contains("panicked") {
            // Kept for whoever has to find out.
            let kept = std::env::temp_dir().join(format!("altool-bad-{seed}-{round}.altool"));
            std::fs::copy(place.path("bad.altool"), &kept).unwrap();
            harmed.push(format!(
                "{line}: code {code}: {said}  see {}\n",
                kept.display()
            ));
        }
        *ended.entry(code).or_insert(0) += 1;
    }
    let codes: Vec<String> = ended
        .iter()
        .map(|(code, times)| format!("{times} with code {code}"))
        .collect();
    let note = format!(
        "{rounds} {what}: ended {}; allowed are the codes {allowed:?}\n",
        codes.join(", ")
    );
    std::io::stderr().write_all(note.as_bytes()).unwrap();
    assert!(harmed.is_empty(), "{}", harmed.concat());
}

#[test]
fn a_damaged_model_file_is_an_error() {
    let rounds = if long() { 10_000 } else { 100 };
    damaged("damaged models", 1, rounds, &[3], |whole, dice| {
        let mut bytes = whole.to_vec();
        damage(&mut bytes, dice);
        bytes
    });
}

/// Whoever makes a checksum fit can make any model. The file is refused, or
/// is another model (0), or one of a format to come (5): nothing worse.
#[test]
fn a_damaged_part_under_a_fitting_checksum_does_no_harm() {
    let rounds = if long() { 5000 } else { 100 };
    let what = "damaged models under a fitting checksum";
    damaged(what, 2, rounds, &[0, 3, 5], |whole, dice| {
        if dice.below(4) == 0 {
            // The container itself.
            let mut bytes = whole.to_vec();
            damage(&mut bytes, dice);
            return container::sealed(bytes);
        }
        let chosen = dice.below(container::count(whole));
        let mut at = 0;
        container::rewritten(whole, |_, mut bytes| {
            if at == chosen {
                for _ in 0..=dice.below(3) {
                    damage(&mut bytes, dice);
                }
            }
            at += 1;
            bytes
        })
    });
}
