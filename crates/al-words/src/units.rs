//! Units that the names of columns carry, as `latency_ms` does.
//!
//! Only endings of this table count: nothing is guessed beyond it. What stands for several
//! things, such as `m`, `b`, `g`, `k` and `min`, is not in it.

/// Endings of column names and their units. They stand after an underscore, or are the
/// whole name if they are longer than three letters. Of two that fit, the longer counts.
pub const UNITS: &[(&str, &str)] = &[
    ("ns", "ns"),
    ("us", "µs"),
    ("ms", "ms"),
    ("s", "s"),
    ("sec", "s"),
    ("secs", "s"),
    ("seconds", "s"),
    ("mins", "min"),
    ("minutes", "min"),
    ("h", "h"),
    ("hours", "h"),
    ("days", "d"),
    ("tok_s", "tok/s"),
    ("tokens_s", "tokens/s"),
    ("tok_per_s", "tok/s"),
    ("tokens_per_s", "tokens/s"),
    ("req_s", "req/s"),
    ("img_s", "img/s"),
    ("images_s", "images/s"),
    ("samples_s", "samples/s"),
    ("rows_s", "rows/s"),
    ("ops_s", "ops/s"),
    ("it_s", "it/s"),
    ("hz", "Hz"),
    ("khz", "kHz"),
    ("mhz", "MHz"),
    ("ghz", "GHz"),
    ("flops", "FLOP/s"),
    ("gflops", "GFLOP/s"),
    ("tflops", "TFLOP/s"),
    ("bytes", "B"),
    ("kb", "kB"),
    ("mb", "MB"),
    ("gb", "GB"),
    ("tb", "TB"),
    ("kib", "KiB"),
    ("mib", "MiB"),
    ("gib", "GiB"),
    ("tib", "TiB"),
    ("mb_s", "MB/s"),
    ("gb_s", "GB/s"),
    ("j", "J"),
    ("joules", "J"),
    ("kj", "kJ"),
    ("wh", "Wh"),
    ("kwh", "kWh"),
    ("w", "W"),
    ("watts", "W"),
    ("kw", "kW"),
    ("usd", "USD"),
    ("eur", "EUR"),
    ("usd_h", "USD/h"),
    ("eur_h", "EUR/h"),
    ("pct", "%"),
    ("percent", "%"),
    ("kpa", "kPa"),
    ("mpa", "MPa"),
    ("gpa", "GPa"),
    ("mm", "mm"),
    ("cm", "cm"),
    ("km", "km"),
    ("nm", "nm"),
    ("kg", "kg"),
    ("mg", "mg"),
];

/// Concentrations, whose names differ from those of lengths by a large letter.
const CONCENTRATIONS: [(&str, &str); 6] = [
    ("pM", "pM"),
    ("nM", "nM"),
    ("uM", "µM"),
    ("µM", "µM"),
    ("mM", "mM"),
    ("M", "M"),
];

/// Returns the unit that the name of a column carries, if it is one of [`UNITS`]: after the
/// last underscores, or in brackets at the end, as in `strength (MPa)`. Large and small
/// letters are the same after an underscore; in brackets the unit itself may stand too.
///
/// ```
/// use al_words::units::unit_of;
///
/// assert_eq!(unit_of("throughput_tok_s"), Some("tok/s"));
/// assert_eq!(unit_of("Strength (MPa)"), Some("MPa"));
/// assert_eq!(unit_of("status"), None);
/// ```
#[must_use]
pub fn unit_of(column: &str) -> Option<&'static str> {
    let column = column.trim();
    if let Some(inside) = in_brackets(column) {
        let known = |&&(ending, unit): &&(&str, &str)| unit == inside || ending == inside;
        let mut all = CONCENTRATIONS.iter().chain(UNITS);
        return all.find(known).map(|&(_, unit)| unit);
    }
    // Concentrations are told from lengths by their large letter alone.
    let molar = |&&(ending, _): &&(&str, &str)| {
        let before = column.strip_suffix(ending);
        before.is_some_and(|before| before.ends_with('_'))
    };
    if let Some((_, unit)) = CONCENTRATIONS.iter().find(molar) {
        return Some(unit);
    }
    let name = column.to_lowercase();
    let carries = |&&(ending, _): &&(&str, &str)| match name.strip_suffix(ending) {
        // A column called `h` is as likely a height.
        Some("") => ending.len() > 3,
        Some(before) => before.ends_with('_'),
        None => false,
    };
    let longest = UNITS
        .iter()
        .filter(carries)
        .max_by_key(|(ending, _)| ending.len());
    longest.map(|&(_, unit)| unit)
}

/// What stands in the brackets at the end of a name.
fn in_brackets(name: &str) -> Option<&str> {
    let pairs = [('(', ')'), ('[', ']')];
    pairs.into_iter().find_map(|(open, close)| {
        let (_, inside) = name.strip_suffix(close)?.rsplit_once(open)?;
        Some(inside.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_the_units_of_the_table_and_no_others() {
        for (name, unit) in [
            ("latency_ms", "ms"),
            ("IC50_nM", "nM"),
            ("Ki_uM", "µM"),
            ("EC50 (nM)", "nM"),
            ("gap_nm", "nm"),
            ("time_s", "s"),
            ("throughput_tok_s", "tok/s"),
            ("energy_j", "J"),
            ("price_usd_h", "USD/h"),
            ("Power_W", "W"),
            ("gflops", "GFLOP/s"),
            ("compressive strength (MPa)", "MPa"),
            ("latency [ms]", "ms"),
            ("run time (min)", "min"),
            ("mem_mb_s", "MB/s"),
        ] {
            assert_eq!(unit_of(name), Some(unit), "{name}");
        }
        for name in [
            "status",
            "items",
            "size_b",
            "age_m",
            "mass_g",
            "temp_c",
            "strength (old)",
            "",
            "_",
            "ms_latency",
            "yes",
            "a)",
            "rooms",
            "h",
            "latency_min",
        ] {
            assert_eq!(unit_of(name), None, "{name}");
        }
    }

    #[test]
    fn each_ending_stands_once_and_in_small_letters() {
        for (at, (ending, unit)) in UNITS.iter().enumerate() {
            assert!(
                UNITS[..at].iter().all(|(other, _)| other != ending),
                "{ending}"
            );
            assert_eq!(*ending, ending.to_lowercase());
            assert!(!unit.is_empty() && unit.chars().count() <= 12, "{unit}");
        }
    }
}
