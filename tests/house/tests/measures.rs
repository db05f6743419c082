//! The measures that have a limit.

use std::sync::OnceLock;

use house::measures::{CrateMeasures, FILE_LINES, FUNCTION_LINES, INSTRUMENT, WorkspaceMeasures};
use house::workspace::this_checkout;

/// The largest share of functions with more than [`FUNCTION_LINES`] lines.
const LONG_FUNCTIONS: f64 = 0.015;

/// The measures of this checkout, taken once.
fn measures() -> &'static WorkspaceMeasures {
    static MEASURES: OnceLock<WorkspaceMeasures> = OnceLock::new();
    MEASURES.get_or_init(|| WorkspaceMeasures::read(&this_checkout()).expect("readable sources"))
}

/// That nothing was found, crate by crate.
fn none_in_crates(what: &str, found: impl Fn(&CrateMeasures) -> Vec<String>) {
    for part in &measures().crates {
        none(&format!("{}: {what}", part.name), &found(part));
    }
}

fn none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

fn shown<T: ToString>(things: &[T]) -> Vec<String> {
    things.iter().map(ToString::to_string).collect()
}

#[test]
fn no_import_cycle_among_modules() {
    none_in_crates("modules in import cycles", |part| {
        part.imports.cycles.concat()
    });
}

#[test]
fn no_arrow_runs_back_up() {
    none_in_crates("arrows that run back up", |part| {
        let back = &part.imports;
        [back.back_to_rooms.as_slice(), &back.back_to_parents].concat()
    });
}

#[test]
fn no_long_file() {
    none_in_crates(&format!("files over {FILE_LINES} lines"), |part| {
        let long = part.long_files();
        let long = long
            .iter()
            .map(|file| format!("{:5} {}", file.lines, file.path));
        long.collect()
    });
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
    assert!(
        share <= LONG_FUNCTIONS,
        "functions over {FUNCTION_LINES} lines, {:.1} % of all:\n{}",
        100.0 * share,
        long.join("\n")
    );
}

#[test]
fn no_type_name_twice() {
    let mut sharing = Vec::new();
    for repeated in measures().repeated_types() {
        let places = repeated.places.iter();
        sharing.extend(places.map(|place| format!("{} {place}", repeated.name)));
    }
    none("types that share their name", &sharing);
}

#[test]
fn no_library_names_a_flag() {
    none_in_crates("lines with a text that names a flag", |part| {
        shown(&part.flags)
    });
}

#[test]
fn nobody_may_or_may_not_have_a_campaign() {
    let campaign = measures().total().campaign;
    none(
        "signatures with Option<&Campaign>",
        &shown(&campaign.signatures),
    );
    none("fields of type Option<&Campaign>", &shown(&campaign.fields));
}

#[test]
fn the_fields_of_campaign_are_private() {
    let campaign = measures().total().campaign;
    let visible = [campaign.public, campaign.restricted].concat();
    none("fields of Campaign that others see", &shown(&visible));
}

#[test]
fn every_source_is_compiled() {
    for part in &measures().crates {
        none("no mod leads to", &shown(&part.forgotten));
    }
}

#[test]
fn the_instrument_keeps_the_limits() {
    let mut crates = measures().crates.iter();
    let own = crates
        .find(|part| part.name == INSTRUMENT)
        .expect("this crate");
    assert!(own.long_functions().is_empty());
}
