//! Damaged tables given to the binary: an answer or an error that says what is
//! wrong, never a panic.

use super::{Ended, is_a_bug, kept};
use crate::common::{Dice, LLM, Place, QUICK};
use crate::scale::rounds;

/// A few faults: most strike a few bytes, some cut or lengthen the file.
fn mangle(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.below(3) {
        if bytes.is_empty() {
            return;
        }
        // Half of the damage goes to the end, where Parquet has its footer.
        let at = match dice.below(2) {
            0 => dice.below(bytes.len()),
            _ => bytes.len() - 1 - dice.below(bytes.len().div_ceil(4)),
        };
        let until = bytes.len().min(at + 1 + dice.below(16));
        match dice.below(8) {
            0 => bytes.truncate(at),
            1 | 2 => bytes[at] ^= 1 << dice.below(8),
            3 => bytes[at..until].fill([0, 0xff, b'"', b'\n', b',', b'\r'][dice.below(6)]),
            4 => drop(bytes.drain(at..until)),
            5 => {
                let piece = bytes[at..until].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => {
                let number = (dice.next() >> dice.below(64)).to_le_bytes();
                let until = bytes.len().min(at + 8);
                bytes[at..until].copy_from_slice(&number[..until - at]);
            }
            // Another number, where a part is text.
            _ => {
                let digit = bytes[at..].iter().position(u8::is_ascii_digit);
                if let Some(digit) = digit.map(|from| at + from) {
                    bytes[digit] = b"0123456789-.eNx"[dice.below(15)];
                }
            }
        }
    }
}

/// Runs `line`, in which `bad` stands for a damaged form of `file`.
fn survived(place: &Place, file: &str, line: &str, seed: u64) {
    let rounds = rounds(8, 500);
    let ending = file.rsplit_once('.').unwrap().1;
    let line = line.replace("bad", &format!("bad.{ending}"));
    let whole = place.bytes(file);
    let mut dice = Dice(seed);
    let mut ended = Ended::default();
    for round in 0..rounds {
        let mut bytes = whole.clone();
        mangle(&mut bytes, &mut dice);
        place.write(&format!("bad.{ending}"), &bytes);
        let run = place.altool(&line);
        if !matches!(run.code, Some(0 | 3)) || is_a_bug(&run.stderr) {
            let kept = kept(&format!("{seed}-{round}.{ending}"), &bytes);
            let (code, said) = (run.code, run.stderr);
            panic!("{line}: code {code:?}: {said}  see {}", kept.display());
        }
        ended.count(run.code.unwrap_or_default());
    }
    ended.tell(&format!("altool {line}: {rounds} mangled files"));
    assert!(ended.0.contains_key(&3), "some damage is noticed");
}

#[test]
fn mangled_tables_are_an_error_or_a_table() {
    let place = Place::with_llm();
    place.train_llm(QUICK);
    for (from, to) in [
        ("candidates.csv", "candidates.parquet"),
        ("measured.csv", "measured.parquet"),
    ] {
        // Scoring is also how a table changes its format.
        place
            .altool(&format!("score {from} --model model.altool -o {to}"))
            .succeeded();
    }
    let score = "score bad --model model.altool --prefix again_ -o scored.csv";
    survived(&place, "candidates.csv", score, 1);
    survived(&place, "candidates.parquet", score, 2);
    // Few rows may be left, whose target looks like classes: to ask for the
    // logarithm of these would be the command's fault, not the file's.
    let train = format!("train bad --task regression {LLM} {QUICK} -o other.altool");
    survived(&place, "measured.csv", &train, 3);
    survived(&place, "measured.parquet", &train, 4);
}
