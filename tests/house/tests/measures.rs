//! The measures that have a limit, and those that do not keep it yet.

use std::sync::OnceLock;

use house::measures::{CrateMeasures, FILE_LINES, FUNCTION_LINES, INSTRUMENT, WorkspaceMeasures};
use house::workspace::this_checkout;

/// What does not hold yet: today's counts, which may only fall. A test fails if
/// a count rises, and if it falls without being lowered here, in the same
/// change; a row of zeros goes. Crates without a row keep every limit.
const KNOWN: KnownExcesses = KnownExcesses {
    crates: &[],
    long_functions: 0,
    types_sharing_names: 0,
    signatures_with_campaign: 0,
    fields_with_campaign: 0,
    visible_fields_of_campaign: 0,
};

/// The largest share of functions with more than [`FUNCTION_LINES`] lines.
const LONG_FUNCTIONS: f64 = 0.015;

struct KnownExcesses {
    crates: &'static [KnownOfCrate],
    /// Functions over the limit, while their share is above [`LONG_FUNCTIONS`].
    long_functions: usize,
    types_sharing_names: usize,
    signatures_with_campaign: usize,
    fields_with_campaign: usize,
    visible_fields_of_campaign: usize,
}

struct KnownOfCrate {
    name: &'static str,
    modules_in_cycles: usize,
    back_arrows: usize,
    long_files: usize,
    flags: usize,
}

/// The measures of this checkout, taken once.
fn measures() -> &'static WorkspaceMeasures {
    static MEASURES: OnceLock<WorkspaceMeasures> = OnceLock::new();
    MEASURES.get_or_init(|| WorkspaceMeasures::read(&this_checkout()).expect("readable sources"))
}

/// What is wrong with a count, if anything: it rose, or it fell and its limit
/// was not lowered.
fn difference(what: &str, found: &[String], known: usize) -> Option<String> {
    let count = found.len();
    if count > known {
        Some(format!(
            "{what}: {count}, of which {known} are known:\n  {}",
            found.join("\n  ")
        ))
    } else if count < known {
        Some(format!(
            "{what}: {known} are known and {count} are left; lower KNOWN in tests/house/tests/measures.rs"
        ))
    } else {
        None
    }
}

fn hold(what: &str, found: &[String], known: usize) {
    if let Some(difference) = difference(what, found, known) {
        panic!("{difference}");
    }
}

/// Compares a count of every crate with what is known of it.
fn hold_in_crates(
    what: &str,
    found: impl Fn(&CrateMeasures) -> Vec<String>,
    known: impl Fn(&KnownOfCrate) -> usize,
) {
    let differences: Vec<String> = measures()
        .crates
        .iter()
        .filter_map(|part| {
            let row = KNOWN.crates.iter().find(|row| row.name == part.name);
            let what = format!("{}: {what}", part.name);
            difference(&what, &found(part), row.map_or(0, &known))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn shown<T: ToString>(things: &[T]) -> Vec<String> {
    things.iter().map(ToString::to_string).collect()
}

#[test]
fn no_import_cycle_among_modules() {
    hold_in_crates(
        "modules in import cycles",
        |part| part.imports.cycles.concat(),
        |row| row.modules_in_cycles,
    );
}

#[test]
fn no_arrow_runs_back_up() {
    hold_in_crates(
        "arrows that run back up",
        |part| {
            let back = &part.imports;
            [back.back_to_rooms.as_slice(), &back.back_to_parents].concat()
        },
        |row| row.back_arrows,
    );
}

#[test]
fn no_long_file() {
    hold_in_crates(
        &format!("files over {FILE_LINES} lines"),
        |part| {
            let long = part.long_files();
            let long = long
                .iter()
                .map(|file| format!("{:5} {}", file.lines, file.path));
            long.collect()
        },
        |row| row.long_files,
    );
}

#[test]
fn few_long_functions() {
    let total = measures().total();
    let long: Vec<String> = total
        .long_functions()
        .iter()
        .map(|long| format!("{:5} {} ({})", long.lines, long.name, long.place))
        .collect();
    let share = long.len() as f64 / total.functions.len() as f64;
    let what = format!(
        "functions over {FUNCTION_LINES} lines, {:.1} % of all",
        100.0 * share
    );
    if share > LONG_FUNCTIONS {
        hold(&what, &long, KNOWN.long_functions);
    } else {
        assert_eq!(
            KNOWN.long_functions, 0,
            "{what}: the limit holds; lower KNOWN to 0"
        );
    }
}

#[test]
fn no_type_name_twice() {
    let mut sharing = Vec::new();
    for repeated in measures().repeated_types() {
        let places = repeated.places.iter();
        sharing.extend(places.map(|place| format!("{} {place}", repeated.name)));
    }
    hold(
        "types that share their name",
        &sharing,
        KNOWN.types_sharing_names,
    );
}

#[test]
fn no_library_names_a_flag() {
    hold_in_crates(
        "lines with a text that names a flag",
        |part| shown(&part.flags),
        |row| row.flags,
    );
}

#[test]
fn nobody_may_or_may_not_have_a_campaign() {
    let campaign = measures().total().campaign;
    hold(
        "signatures with Option<&Campaign>",
        &shown(&campaign.signatures),
        KNOWN.signatures_with_campaign,
    );
    hold(
        "fields of type Option<&Campaign>",
        &shown(&campaign.fields),
        KNOWN.fields_with_campaign,
    );
}

#[test]
fn the_fields_of_campaign_are_private() {
    let campaign = measures().total().campaign;
    let visible = [campaign.public, campaign.restricted].concat();
    hold(
        "fields of Campaign that others see",
        &shown(&visible),
        KNOWN.visible_fields_of_campaign,
    );
}

#[test]
fn every_source_is_compiled() {
    for part in &measures().crates {
        let forgotten = &part.forgotten;
        assert!(forgotten.is_empty(), "no mod leads to {forgotten:?}");
    }
}

#[test]
fn every_row_of_known_is_a_crate() {
    for row in KNOWN.crates {
        let known = row.modules_in_cycles + row.back_arrows + row.long_files + row.flags;
        let mut crates = measures().crates.iter();
        assert!(
            known > 0 && crates.any(|part| part.name == row.name),
            "remove the row of {} from KNOWN",
            row.name
        );
    }
}

#[test]
fn the_instrument_keeps_the_limits() {
    let mut crates = measures().crates.iter();
    let own = crates
        .find(|part| part.name == INSTRUMENT)
        .expect("this crate");
    assert!(KNOWN.crates.iter().all(|row| row.name != INSTRUMENT));
    assert!(own.long_functions().is_empty());
}

#[test]
fn a_count_may_neither_rise_nor_fall_unnoticed() {
    let found = ["a".to_owned(), "b".to_owned()];
    assert_eq!(difference("things", &found, 2), None);
    let rose = difference("things", &found, 1).expect("a difference");
    assert_eq!(rose, "things: 2, of which 1 are known:\n  a\n  b");
    let fell = difference("things", &found, 3).expect("a difference");
    assert!(
        fell.contains("3 are known and 2 are left; lower KNOWN"),
        "{fell}"
    );
}
