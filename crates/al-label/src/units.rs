//! Units of labels, and how one becomes another.
//!
//! A unit belongs to a quantity and is so many of its base unit. Only units of one
//! quantity are converted: what would take a molar mass, a temperature or a logarithm is
//! refused rather than guessed.

/// A unit: its name, and how many base units it is as m · 10^e, so that powers of ten
/// convert without rounding more than once.
type NamedUnit = (&'static str, f64, i32);

/// Quantities with their units.
const QUANTITIES: [&[NamedUnit]; 8] = [
    // Concentration.
    &[
        ("M", 1.0, 0),
        ("mol/L", 1.0, 0),
        ("mM", 1.0, -3),
        ("µM", 1.0, -6),
        ("nM", 1.0, -9),
        ("pM", 1.0, -12),
        ("fM", 1.0, -15),
    ],
    // Mass concentration.
    &[
        ("g/L", 1.0, 0),
        ("mg/mL", 1.0, 0),
        ("mg/L", 1.0, -3),
        ("µg/mL", 1.0, -3),
        ("ng/mL", 1.0, -6),
        ("µg/L", 1.0, -6),
    ],
    // Time.
    &[
        ("d", 86_400.0, 0),
        ("h", 3600.0, 0),
        ("min", 60.0, 0),
        ("s", 1.0, 0),
        ("ms", 1.0, -3),
        ("µs", 1.0, -6),
        ("ns", 1.0, -9),
    ],
    // Mass.
    &[
        ("kg", 1.0, 3),
        ("g", 1.0, 0),
        ("mg", 1.0, -3),
        ("µg", 1.0, -6),
        ("ng", 1.0, -9),
    ],
    // Length.
    &[
        ("km", 1.0, 3),
        ("m", 1.0, 0),
        ("cm", 1.0, -2),
        ("mm", 1.0, -3),
        ("µm", 1.0, -6),
        ("nm", 1.0, -9),
    ],
    // Energy per mole.
    &[
        ("kJ/mol", 1.0, 0),
        ("kcal/mol", 4.184, 0),
        ("J/mol", 1.0, -3),
    ],
    // Share.
    &[("1", 1.0, 0), ("%", 1.0, -2), ("‰", 1.0, -3)],
    // Pressure.
    &[
        ("Pa", 1.0, 0),
        ("kPa", 1.0, 3),
        ("MPa", 1.0, 6),
        ("bar", 1.0, 5),
        ("mbar", 1.0, 2),
    ],
];

/// Why a value cannot be given in another unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitProblem {
    /// The unit that was given is not known.
    Unknown,
    /// It is one of another quantity, or the other unit is not known.
    Other,
}

/// The usual spelling: µ, not u or the other µ.
fn usual(unit: &str) -> String {
    let unit = unit.trim().replace('\u{3bc}', "µ");
    match unit.strip_prefix('u') {
        Some(rest) if is_known(&format!("µ{rest}")) => format!("µ{rest}"),
        _ => unit,
    }
}

fn is_known(unit: &str) -> bool {
    found(unit).is_some()
}

/// The quantity of a unit, as its place among them, and the unit.
fn found(unit: &str) -> Option<(usize, NamedUnit)> {
    QUANTITIES.iter().enumerate().find_map(|(quantity, units)| {
        let found = units.iter().find(|(name, ..)| *name == unit)?;
        Some((quantity, *found))
    })
}

/// A value of the unit `from` in the unit `to`.
///
/// # Errors
///
/// Units that differ and are not of one quantity.
pub fn convert(value: f64, from: &str, to: &str) -> Result<f64, UnitProblem> {
    let (from, to) = (usual(from), usual(to));
    if from == to {
        return Ok(value);
    }
    let (quantity, (_, given, given_power)) = found(&from).ok_or(UnitProblem::Unknown)?;
    let (other, (_, wanted, wanted_power)) = found(&to).ok_or(UnitProblem::Other)?;
    if quantity != other {
        return Err(UnitProblem::Other);
    }
    let power = given_power - wanted_power;
    let scaled = value * given / wanted;
    Ok(match power < 0 {
        true => scaled / 10_f64.powi(-power),
        false => scaled * 10_f64.powi(power),
    })
}

/// The units that a value of the unit `to` may be given in: itself first.
#[must_use]
pub fn accepted(to: &str) -> Vec<String> {
    let to = usual(to);
    let others = QUANTITIES
        .iter()
        .find(|units| units.iter().any(|(name, ..)| *name == to));
    let mut accepted = vec![to.clone()];
    for (name, ..) in others.copied().unwrap_or_default() {
        if *name != to {
            accepted.push((*name).to_owned());
        }
    }
    accepted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_one_quantity_are_converted() {
        assert_eq!(convert(2.5, "µM", "nM"), Ok(2500.0));
        assert_eq!(convert(2.5, "uM", "nM"), Ok(2500.0));
        assert_eq!(convert(250.0, "nM", "uM"), Ok(0.25));
        assert_eq!(convert(90.0, "min", "h"), Ok(1.5));
        assert_eq!(convert(5.0, "%", "1"), Ok(0.05));
        let kcal = convert(1.0, "kcal/mol", "kJ/mol").unwrap();
        assert!((kcal - 4.184).abs() < 1e-12);
    }

    #[test]
    fn nothing_is_guessed() {
        assert_eq!(convert(1.0, "furlong", "m"), Err(UnitProblem::Unknown));
        assert_eq!(convert(1.0, "nM", "nm"), Err(UnitProblem::Other));
        assert_eq!(convert(1.0, "g/L", "M"), Err(UnitProblem::Other));
        assert_eq!(convert(1.0, "nM", "pIC50"), Err(UnitProblem::Other));
        assert_eq!(convert(1.0, "pIC50", "pIC50"), Ok(1.0));
        assert_eq!(accepted("pIC50"), ["pIC50"]);
        assert_eq!(accepted("kJ/mol"), ["kJ/mol", "kcal/mol", "J/mol"]);
    }
}
