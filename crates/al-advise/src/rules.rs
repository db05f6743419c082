//! What cannot be: pairs that the user's SQL leaves out, or memory and precision
//! as tables beside the candidates have them, but for what was measured.

use al_core::encoder::texts;
use al_core::phrases::counted;
use al_core::{ColumnData, Fault, Message, setting};
use al_tables::{NewColumn, NewData};

use crate::options::{RecommendOptions, commaless};
use crate::pairs::Pairs;
use crate::specs::Joined;

/// Gigabytes in a unit by which the name of a column of memory ends.
const MEMORY_UNITS: [(&str, f64); 6] = [
    ("gb", 1.0),
    ("gib", 1.073_741_824),
    ("mb", 1e-3),
    ("mib", 1.048_576e-3),
    ("tb", 1e3),
    ("tib", 1_099.511_627_776),
];

/// Names of columns of memory that do not say their unit: of what there is, and
/// of what is needed.
const UNITLESS_MEMORY: [&str; 4] = ["memory", "mem", "vram", "ram"];
const UNITLESS_NEED: [&str; 2] = ["memory_need", "mem_need"];

impl Joined {
    /// Per pair why it is left out, if it is: by `require`, else by the rules
    /// for columns of memory and precision that there are. What was measured is
    /// not known here, see [`keep_measured`].
    pub(crate) fn infeasible(
        &mut self,
        options: &RecommendOptions,
    ) -> Result<Vec<Option<String>>, Fault> {
        let mut why = vec![None; self.frame.n_rows()];
        if !options.require.is_empty() {
            for rule in &options.require {
                self.against(rule, &mut why)?;
            }
            return Ok(why);
        }
        if options.specs.is_empty() {
            return Ok(why);
        }
        let precision = self.precision(&mut why);
        let named = options.price.is_some() || options.power.is_some();
        let memory = self.memory(&mut why, named || precision)?;
        if !memory && !precision && !named {
            self.warnings.push(
                Message::from("the specs exclude nothing: there are no columns memory_need_gb and memory_gb, nor a precision; say what must be true with ")
                    .setting(setting::REQUIRE)
                    .text(", over ")
                    .text(self.table.names().collect::<Vec<_>>().join(", ")),
            );
        }
        Ok(why)
    }

    /// Leaves out pairs of which an SQL expression is false. Where it is not
    /// known, for a missing value, the pair stays.
    fn against(&self, rule: &str, why: &mut [Option<String>]) -> Result<(), Fault> {
        // First as it stands, so that a fault is told in the user's words.
        self.frame.filter(rule)?;
        let mut frame = self.frame.clone();
        let row = "altool:pair".to_owned();
        frame.append(vec![NewColumn {
            name: row.clone(),
            data: NewData::Integer((0..why.len() as i64).collect()),
        }])?;
        let failing = frame
            .filter(&format!("NOT ({rule})"))?
            .table(Some(&[&row]))?;
        if let Some(ColumnData::Number(rows)) = failing.column(&row) {
            for &pair in &rows.values {
                why[pair as usize].get_or_insert_with(|| format!("not {}", commaless(rule)));
            }
        }
        Ok(())
    }

    /// The column of memory whose name begins so, and how many gigabytes its
    /// unit is.
    fn memory_column(&self, start: &str) -> Option<(String, f64)> {
        MEMORY_UNITS
            .iter()
            .map(|(unit, factor)| (format!("{start}_{unit}"), *factor))
            .find(|(name, _)| self.table.column(name).is_some())
    }

    /// The error for a column of memory that does not say its unit, if there is
    /// one of these names.
    fn unitless(&self, among: &[&str]) -> Result<(), Fault> {
        let named = |name: &str| among.contains(&name.to_lowercase().as_str());
        match self.origins.iter().find(|(name, _)| named(name)) {
            None => Ok(()),
            Some((name, table)) => {
                let problem =
                    format!("units missing: the column '{name}' does not say in which unit it is");
                let remedy = Message::from(format!(
                    "call it {name}_gb (gb, gib, mb, mib, tb or tib), or say what must be true with "
                ))
                .setting(setting::REQUIRE);
                Err(Fault::data(problem)
                    .remedy(remedy)
                    .at(self.inputs[*table].name()))
            }
        }
    }

    /// `memory_need_gb` ≤ `memory_gb` · `num_devices`. Whether there are such
    /// columns. What there is, is read where something is needed only. A column
    /// without its unit is an error if the rule lacks it, or if the specs are of
    /// no `other` use.
    fn memory(&self, why: &mut [Option<String>], other: bool) -> Result<bool, Fault> {
        let (need, have) = (
            self.memory_column("memory_need"),
            self.memory_column("memory"),
        );
        let ((need, need_unit), (have, have_unit)) = match (need, have) {
            (Some(need), Some(have)) => (need, have),
            (Some(_), None) => return self.unitless(&UNITLESS_MEMORY).map(|()| false),
            (None, Some(_)) => return self.unitless(&UNITLESS_NEED).map(|()| false),
            (None, None) if other => return Ok(false),
            (None, None) => {
                self.unitless(&UNITLESS_MEMORY)?;
                return self.unitless(&UNITLESS_NEED).map(|()| false);
            }
        };
        let need = self.numbers(&need)?;
        let needed = |pair: usize| !need[pair].is_nan();
        let have = self.numbers_of(&have, &needed)?;
        let devices = match self.table.column("num_devices") {
            None => vec![1.0; why.len()],
            Some(_) => self.numbers_of("num_devices", &needed)?,
        };
        for (pair, why) in why.iter_mut().enumerate() {
            let need = need[pair] * need_unit;
            let have = have[pair] * devices[pair] * have_unit;
            // Three times 5.6 is not quite 16.8.
            if need > have * (1.0 + 1e-9) {
                let (need, have) = apart(need, have);
                *why = Some(format!("needs {need} GB of {have}"));
            }
        }
        Ok(true)
    }

    /// A candidate's `precision` names the column of the specs that says how
    /// fast it is: the column of that name, else the first whose name begins
    /// with it and `_`. 0 is not supported, an empty cell is not known. Whether
    /// there is such a column.
    fn precision(&mut self, why: &mut [Option<String>]) -> bool {
        let Ok(wanted) = texts(&self.table, "precision") else {
            return false;
        };
        let wanted = wanted.into_owned();
        let column = |level: &String| {
            let level = level.to_lowercase();
            let exact = |name: &str| name.to_lowercase() == level;
            let longer = |name: &str| name.to_lowercase().starts_with(&format!("{level}_"));
            let names = || {
                self.origins
                    .iter()
                    .map(|(name, table)| (name.as_str(), *table))
            };
            let found = names().find(|(name, _)| exact(name));
            found.or_else(|| names().find(|(name, _)| longer(name)))
        };
        let columns: Vec<Option<(&str, usize)>> = wanted.levels.iter().map(column).collect();
        for (pair, why) in why.iter_mut().enumerate() {
            let Some(level) = wanted.get(pair) else {
                continue;
            };
            let Some((name, table)) = columns[wanted.codes[pair] as usize] else {
                continue;
            };
            if self.rows[table][pair].is_none() {
                continue;
            }
            let data = self.table.column(name).expect("joined");
            let text = data.text(pair);
            if text.is_some_and(|text| text.trim().parse::<f64>() == Ok(0.0)) {
                why.get_or_insert_with(|| format!("no {}", commaless(level)));
            }
        }
        let named: Vec<&String> = wanted.levels.iter().collect();
        let without: Vec<&String> = named
            .into_iter()
            .zip(&columns)
            .filter(|(_, column)| column.is_none())
            .map(|(level, _)| level)
            .collect();
        for level in &without {
            self.warnings.push(format!(
                "the specs have no column for the precision '{level}', so nothing is excluded for it"
            ));
        }
        without.len() < wanted.levels.len()
    }
}

/// Keeps measured pairs that ran: no default rule knows better. With
/// `require` they stay left out, for that is the user's word. Either way the
/// sentence that says so.
pub(crate) fn keep_measured(
    pairs: &Pairs,
    why: &mut [Option<String>],
    ran: &dyn Fn(usize) -> bool,
    required: bool,
) -> Option<Message> {
    let against: Vec<usize> = (0..why.len())
        .filter(|&pair| why[pair].is_some() && ran(pair))
        .collect();
    let first = *against
        .iter()
        .min_by_key(|&&pair| (pairs.source[pair], pair))?;
    let place = format!(
        "{} on '{}'",
        pairs.input.place(pairs.source[first]),
        pairs.names[pairs.hardware[first] as usize]
    );
    if required {
        return Some(Message::from(setting::REQUIRE).text(format!(
            " excludes {} that ran when measured, the first {place}",
            counted(against.len(), "pair")
        )));
    }
    let fault = why[first].clone().unwrap_or_default();
    for &pair in &against {
        why[pair] = None;
    }
    Some(Message::from(format!(
        "the specs contradict {}: what ran is not excluded, such as {place} ({fault}); correct the specs",
        counted(against.len(), "measurement")
    )))
}

/// Two numbers for a reason, with as many digits as tell them apart, one at
/// least.
fn apart(a: f64, b: f64) -> (f64, f64) {
    let rounded = |value: f64, digits: i32| {
        let scale = 10.0_f64.powi(digits);
        (value * scale).round() / scale
    };
    (1..9)
        .map(|digits| (rounded(a, digits), rounded(b, digits)))
        .find(|(a, b)| a != b)
        .unwrap_or((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_tell_them_apart() {
        assert_eq!(apart(20.0, 16.0), (20.0, 16.0));
        assert_eq!(apart(18.53, 18.5), (18.53, 18.5));
        assert_eq!(apart(16.04, 15.96), (16.04, 15.96));
        assert_eq!(apart(100.123, 64.0), (100.1, 64.0));
    }
}
