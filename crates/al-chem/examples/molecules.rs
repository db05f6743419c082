//! What `benches/chem/` compares with RDKit, and what it times.
//!
//! `cargo run --release -p al-chem --example molecules -- describe < list.smi`
//!
//! reads one SMILES a line and writes one JSON object a line. `time` reads the same and
//! writes what each step takes, `nearest K < list.smi` what the nearest neighbours of the
//! others take among the first 10 000, `fuzz N < list.smi` reads N mutations of the lines.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it reads the clock and its arguments, and prints what it finds"
)]

use std::io::{BufWriter, Read, Write, stdin, stdout};
use std::time::{Duration, Instant};

use al_chem::{
    DESCRIPTORS, FingerprintSize, Molecule, MorganOptions, SdfEntry, SmilesError, read_sdf,
    write_sdf,
};
use al_core::tanimoto::{BitFingerprint, FingerprintIndex};
use serde_json::{Map, Value, json};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut text = String::new();
    stdin().read_to_string(&mut text).expect("a list of SMILES");
    let lines: Vec<&str> = text.lines().collect();
    match arguments[..] {
        ["describe"] => describe(&lines),
        ["read-sdf"] => read_all(&text),
        ["write-sdf"] => write_all(&lines),
        ["time"] => time(&lines),
        ["nearest", k] => nearest(&lines, k.parse().expect("a number")),
        ["fuzz", n] => fuzz(&lines, n.parse().expect("a number")),
        _ => println!("describe, read-sdf, write-sdf, time, nearest K or fuzz N"),
    }
}

fn describe(lines: &[&str]) {
    let mut out = BufWriter::new(stdout().lock());
    for line in lines {
        let described = one(line).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(out, "{described}").expect("a reader");
    }
}

/// Reads a structure data file: an object with the canonical form of each record.
fn read_all(text: &str) {
    let mut out = BufWriter::new(stdout().lock());
    for record in read_sdf(text) {
        let smiles = record.structure.map_err(|error| error.to_string());
        let canonical = smiles.and_then(|smiles| {
            let molecule = Molecule::read(&smiles).map_err(|error| error.to_string())?;
            let canonical = molecule.canonical().map_err(|error| error.to_string())?;
            Ok(canonical.to_owned())
        });
        let described = match canonical {
            Ok(canonical) => json!({"canonical": canonical, "fields": record.fields}),
            Err(error) => json!({"error": error, "fields": record.fields}),
        };
        writeln!(out, "{described}").expect("a reader");
    }
}

/// Writes each line as a structure data file of its own, as a string of JSON.
fn write_all(lines: &[&str]) {
    let mut out = BufWriter::new(stdout().lock());
    for line in lines {
        let entry = SdfEntry {
            title: (*line).to_owned(),
            smiles: (*line).to_owned(),
            fields: vec![("smiles".to_owned(), (*line).to_owned())],
        };
        let described = match write_sdf(std::iter::once(entry)) {
            Ok(text) => json!({"text": text}),
            Err(error) => json!({"error": error.to_string()}),
        };
        writeln!(out, "{described}").expect("a reader");
    }
}

fn one(line: &str) -> Result<Value, SmilesError> {
    let molecule = Molecule::read(line)?;
    let mut all = Map::new();
    all.insert("canonical".into(), molecule.canonical()?.into());
    all.insert("key".into(), molecule.key()?.to_string().into());
    all.insert("scaffold".into(), molecule.scaffold()?.into());
    let parent = molecule.standardised()?;
    all.insert("parent".into(), parent.canonical()?.into());
    for (entry, value) in DESCRIPTORS.iter().zip(molecule.descriptors()?) {
        all.insert(entry.name.into(), value.into());
    }
    for radius in [2, 3] {
        for chirality in [false, true] {
            let options = MorganOptions::new(radius, chirality).expect("a radius below 4");
            let counts = molecule.environments(options)?;
            let name = format!("{}{radius}", if chirality { "c" } else { "r" });
            all.insert(name.clone(), json!(counts.as_slice()));
            if radius == 2 {
                for size in [FingerprintSize::Bits1024, FingerprintSize::Bits2048] {
                    let folded = counts.folded(size);
                    let bits: Vec<usize> = counts.bits(size).ones().collect();
                    all.insert(format!("{name}_{}", size.bits()), json!(folded.as_slice()));
                    all.insert(format!("{name}_{}_bits", size.bits()), json!(bits));
                }
            }
        }
    }
    Ok(Value::Object(all))
}

/// Microseconds a line: of each 20 lines the fastest of several passes, so that what else
/// the machine does counts little.
fn time(lines: &[&str]) {
    let step = |name: &str, work: &dyn Fn(&Molecule)| {
        let pass = |lines: &[&str]| {
            let start = Instant::now();
            for molecule in lines.iter().filter_map(|line| Molecule::read(line).ok()) {
                work(&molecule);
            }
            start.elapsed()
        };
        let best = |lines| (0..15).map(|_| pass(lines)).min().unwrap_or(Duration::ZERO);
        let all: Duration = lines.chunks(20).map(best).sum();
        let each = all.as_secs_f64() * 1e6 / lines.len() as f64;
        println!("{}", json!({"step": name, "microseconds": each}));
    };
    step("read", &|_| {});
    step("read, canonical", &|molecule| {
        let _ = molecule.canonical();
    });
    step("read, counts of radius 2", &|molecule| {
        let _ = molecule.environments(MorganOptions::ECFP4);
    });
    step("read, descriptors", &|molecule| {
        let _ = molecule.descriptors();
    });
    step("read, scaffold", &|molecule| {
        let _ = molecule.scaffold();
    });
}

fn nearest(lines: &[&str], k: usize) {
    let bits = |line: &&str| -> Option<BitFingerprint> {
        let counts = Molecule::read(line)
            .ok()?
            .environments(MorganOptions::ECFP4);
        Some(counts.ok()?.bits(FingerprintSize::Bits2048))
    };
    let known: Vec<BitFingerprint> = lines.iter().filter_map(bits).collect();
    let (references, others) = known.split_at(known.len().min(10_000));
    let queries = others.iter().cycle().take(20_000);
    let queries: Vec<BitFingerprint> = queries.cloned().collect();
    let start = Instant::now();
    let index = FingerprintIndex::new(references);
    let built = start.elapsed();
    for k in [1, k] {
        let mut found = Vec::new();
        let mut seconds = 0.0;
        for some in queries.chunks(20) {
            let mut best = Duration::MAX;
            for _ in 0..3 {
                let start = Instant::now();
                let these = index.nearest_all(some, k);
                if start.elapsed() < best {
                    best = start.elapsed();
                }
                found = these;
            }
            seconds += best.as_secs_f64();
        }
        let sum: f64 = found.iter().flatten().map(|one| one.similarity).sum();
        println!(
            "{}",
            json!({
                "k": k, "queries": queries.len(), "references": references.len(),
                "seconds": seconds, "queries_per_second": queries.len() as f64 / seconds,
                "sum_of_similarities_of_the_last": sum, "seconds_to_build": built.as_secs_f64(),
            })
        );
    }
}

/// Reads lines of which some signs were changed; says what became of them, and the slowest.
fn fuzz(lines: &[&str], n: usize) {
    const SIGNS: &[char] = &[
        'C', 'N', 'O', 'c', 'n', 'o', 's', '(', ')', '[', ']', '=', '#', '1', '2', '3', '%', '.',
        '@', '/', '\\', '+', '-', 'H', ':', '9', '0', 'B', 'r', 'l', '*', '$', 'é', '\u{0}', ' ',
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = move |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % n.max(1) as u64) as usize
    };
    let (mut read, mut failed, mut slowest) = (0, 0, (Duration::ZERO, String::new()));
    for _ in 0..n {
        let mut signs: Vec<char> = lines[below(lines.len())].chars().collect();
        for _ in 0..=below(4) {
            let at = below(signs.len() + 1);
            match below(5) {
                0 if at < signs.len() => drop(signs.remove(at)),
                1 => signs.insert(at, SIGNS[below(SIGNS.len())]),
                2 if at < signs.len() => signs[at] = SIGNS[below(SIGNS.len())],
                3 => signs.truncate(at),
                _ => {
                    let other: Vec<char> = lines[below(lines.len())].chars().collect();
                    let from = below(other.len());
                    let part = other[from..].iter().take(1 + below(20)).copied();
                    signs.splice(at..at, part);
                }
            }
        }
        let text: String = signs.into_iter().collect();
        let start = Instant::now();
        match one(&text) {
            Ok(_) => read += 1,
            Err(error) => failed += usize::from(error.to_string().contains("library failed")),
        }
        let took = start.elapsed();
        if took > slowest.0 {
            slowest = (took, text);
        }
    }
    println!(
        "{}",
        json!({
            "texts": n, "read": read, "failures of the library": failed,
            "slowest_seconds": slowest.0.as_secs_f64(), "slowest": slowest.1,
        })
    );
}
