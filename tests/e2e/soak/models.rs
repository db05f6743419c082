//! Damaged model files given to the binary: an error, never a panic, a hang or
//! an allocation without bounds.

use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use super::{Ended, is_a_bug, kept, now};
use crate::common::{ALTOOL, Dice, Place, container};
use crate::scale::rounds;

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
    // What it says is short enough for the pipe to hold it.
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
    let keep = |name: &str, lines: usize| {
        let text = place.text(name);
        let few: Vec<&str> = text.lines().take(lines).collect();
        place.write(name, few.join("\n") + "\n");
    };
    keep("measured.csv", 121);
    keep("candidates.csv", 6);
    keep("results.csv", 11);
    place.train_llm("--learner boosted --members 2 --trees 4 --depth 3");
    place
}

/// Runs commands on `rounds` damaged models, all of which must end with one of
/// the codes `allowed`.
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
    let mut ended = Ended::default();
    let mut harmed = Vec::new();
    for round in 0..rounds {
        // A digit may be replaced by itself: that is no damage.
        let mut bytes = make(&whole, &mut dice);
        while bytes == whole {
            bytes = make(&whole, &mut dice);
        }
        place.write("bad.altool", &bytes);
        let line = match round % 4 {
            0 => "score candidates.csv --model bad.altool",
            1 => "select candidates.csv --model bad.altool -n 2",
            2 => "update results.csv --model bad.altool -o other.altool",
            _ => "report bad.altool --html report.html",
        };
        let (said, code) = limited(&place, line);
        if !allowed.contains(&code) || is_a_bug(&said) {
            let kept = kept(&format!("{seed}-{round}.altool"), &bytes);
            let kept = kept.display();
            harmed.push(format!("{line}: code {code}: {said}  see {kept}\n"));
        }
        ended.count(code);
    }
    ended.tell(&format!(
        "{rounds} {what}, for which {allowed:?} are allowed"
    ));
    assert!(harmed.is_empty(), "{}", harmed.concat());
}

#[test]
fn a_damaged_model_file_is_an_error() {
    damaged(
        "damaged models",
        1,
        rounds(12, 10_000),
        &[3],
        |whole, dice| {
            let mut bytes = whole.to_vec();
            damage(&mut bytes, dice);
            bytes
        },
    );
}

/// Whoever makes a checksum fit can make any model. The file is refused, or
/// is another model (0), or one of a format to come (5): nothing worse.
#[test]
fn a_damaged_part_under_a_fitting_checksum_does_no_harm() {
    let what = "damaged models under a fitting checksum";
    damaged(what, 2, rounds(12, 5000), &[0, 3, 5], |whole, dice| {
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
