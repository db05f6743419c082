//! What a replay that looks for the best row comes to, as tables.

use al_pipeline::simulate::{Reached, Simulation};
use al_words::columns::SEARCHES;
use al_words::numbers::digits;

use super::sentences::with_sentences;
use crate::sheet::TextSheet;

/// One row per strategy.
pub(super) fn sheet(simulation: &Simulation) -> TextSheet {
    let names: Vec<&str> = SEARCHES.columns.iter().map(|column| column.name).collect();
    let mut sheet = TextSheet::new(&names).right(&(1..names.len()).collect::<Vec<_>>());
    for verdict in &simulation.found {
        let labels = |reached: &Reached| reached.labels.map_or_else(String::new, digits);
        let (near, nearer) = (&verdict.within_1_percent, &verdict.within_0_1_percent);
        sheet.push([
            verdict.strategy.clone(),
            known(verdict.regret_percent.mean, digits),
            known(verdict.difference.mean, digits),
            known(verdict.difference.low, digits),
            known(verdict.difference.high, digits),
            labels(near),
            near.repeats.to_string(),
            labels(nearer),
            nearer.repeats.to_string(),
            known(verdict.top.recall.mean, digits),
            known(verdict.top.difference.mean, digits),
            known(verdict.top.difference.low, digits),
            known(verdict.top.difference.high, digits),
            known(verdict.top.enrichment, digits),
        ]);
    }
    sheet
}

/// For the eye: the table and the verdicts.
pub(super) fn told(simulation: &Simulation) -> String {
    let top = simulation
        .found
        .first()
        .map_or(1, |verdict| verdict.top.rows);
    let top = format!("of the best {top}");
    let headers = [
        "strategy",
        "regret",
        "above random's",
        "95 % interval",
        "rows to 1 %",
        &top,
    ];
    let mut sheet = TextSheet::new(&headers).right(&[1, 2, 3, 4, 5]);
    let repeats = simulation.options.repeats;
    let reached = |reached: &Reached| match reached.labels {
        Some(labels) => format!("{labels:.0} ({} of {repeats})", reached.repeats),
        None => format!("- ({} of {repeats})", reached.repeats),
    };
    for verdict in &simulation.found {
        let difference = verdict.difference;
        let signed = |value: f64| known(value, |value| format!("{value:+.2}"));
        sheet.push([
            verdict.strategy.clone(),
            known(verdict.regret_percent.mean, |mean| format!("{mean:.2} %")),
            signed(difference.mean),
            match difference.mean.is_nan() {
                true => String::new(),
                false => format!("{} to {}", signed(difference.low), signed(difference.high)),
            },
            reached(&verdict.within_1_percent),
            known(100.0 * verdict.top.recall.mean, |share| {
                format!("{share:.0} %")
            }),
        ]);
    }
    let verdicts = simulation.found.iter();
    with_sentences(&sheet, verdicts.map(|verdict| verdict.sentence.as_str()))
}

/// Nothing of a number that is not known.
fn known(value: f64, shown: impl Fn(f64) -> String) -> String {
    match value.is_nan() {
        true => String::new(),
        false => shown(value),
    }
}
