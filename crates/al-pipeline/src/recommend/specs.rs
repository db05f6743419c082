//! What is known of hardware and workloads from tables beside the candidates:
//! joined by the columns they share, to leave out what does not fit, and for
//! prices.

use std::collections::HashMap;

use al_core::encoder::texts;
use al_core::{ColumnData, Table, Texts};
use al_tables::{Frame, Input, NewColumn, NewData};

use super::pairs::{Pairs, new_data};
use super::{RecommendOptions, commaless};
use crate::error::{Error, did_you_mean, files};
use crate::phrases::counted;
use crate::source::Source;

/// Gigabytes in a unit by which the name of a column of memory ends.
const MEMORY_UNITS: [(&str, f64); 6] = [
    ("gb", 1.0),
    ("gib", 1.073_741_824),
    ("mb", 1e-3),
    ("mib", 1.048_576e-3),
    ("tb", 1e3),
    ("tib", 1_099.511_627_776),
];

/// Names of columns of memory that do not say their unit.
const UNITLESS: [&str; 6] = ["memory", "mem", "vram", "ram", "memory_need", "mem_need"];

/// Per pair why it cannot be, and what its price is.
pub(super) struct Joined {
    /// The candidates' columns and those of the specs.
    frame: Frame,
    table: Table,
    /// What each joined column came from: its name, its table, and per pair
    /// the row there.
    origins: Vec<(String, usize)>,
    inputs: Vec<Input>,
    rows: Vec<Vec<Option<usize>>>,
    pub(super) warnings: Vec<String>,
}

impl Joined {
    /// The pairs with the columns of the specs.
    pub(super) fn read(pairs: &Pairs, options: &RecommendOptions) -> Result<Joined, Error> {
        let named = options.price.is_some() || options.power.is_some();
        let read = named || !options.specs.is_empty();
        let table = match read {
            true => pairs.frame.table(None)?,
            false => Table::default(),
        };
        let mut joined = Joined {
            frame: pairs.frame.clone(),
            origins: Vec::new(),
            inputs: Vec::new(),
            rows: Vec::new(),
            warnings: Vec::new(),
            table,
        };
        let candidates: Vec<String> = pairs.frame.names();
        for source in &options.specs {
            joined.join(source, &candidates, options)?;
        }
        if !options.specs.is_empty() {
            joined.table = joined.frame.table(None)?;
        }
        Ok(joined)
    }

    fn join(
        &mut self,
        source: &Source,
        candidates: &[String],
        options: &RecommendOptions,
    ) -> Result<(), Error> {
        let input = source.open()?;
        let specs = input.read(None)?.table(None)?;
        let shared: Vec<&str> = specs
            .names()
            .filter(|name| candidates.iter().any(|own| own == name))
            .collect();
        if shared.is_empty() {
            return Err(Error::data(format!(
                "{}: no column of these specs is one of the candidates, so nothing joins them: they have {}, the candidates {}; name a column here as there, such as '{}'",
                files(&input),
                specs.names().collect::<Vec<_>>().join(", "),
                candidates.join(", "),
                options.hardware.join(", ")
            )));
        }
        let rows = self.matched(&input, &specs, &shared)?;
        let mut added = Vec::new();
        for column in specs.columns() {
            if shared.contains(&column.name.as_str()) {
                continue;
            }
            if let Some((_, other)) = self.origins.iter().find(|(name, _)| *name == column.name) {
                return Err(Error::data(format!(
                    "{}: the column '{}' is in {}, too; name one of them differently",
                    files(&input),
                    column.name,
                    files(&self.inputs[*other])
                )));
            }
            added.push(NewColumn {
                name: column.name.clone(),
                data: spread(&column.data, &rows),
            });
            self.origins.push((column.name.clone(), self.inputs.len()));
        }
        self.frame.append(added)?;
        self.inputs.push(input);
        self.rows.push(rows);
        Ok(())
    }

    /// Per pair the row of the specs with the same values in the columns that
    /// both have.
    fn matched(
        &mut self,
        input: &Input,
        specs: &Table,
        shared: &[&str],
    ) -> Result<Vec<Option<usize>>, Error> {
        let read = |table: &Table, name: &str| texts(table, name).map(std::borrow::Cow::into_owned);
        let wrong = |error| Error::in_table(input, &error);
        let theirs = shared
            .iter()
            .map(|name| read(specs, name).map_err(wrong))
            .collect::<Result<Vec<Texts>, Error>>()?;
        let ours: Vec<Texts> = shared
            .iter()
            .map(|name| read(&self.table, name).expect("a column of both"))
            .collect();
        let mut index: HashMap<Vec<u32>, usize> = HashMap::new();
        for row in 0..specs.n_rows() {
            let key: Vec<u32> = theirs.iter().map(|column| column.codes[row]).collect();
            if key.contains(&Texts::MISSING) {
                continue;
            }
            if let Some(before) = index.insert(key, row) {
                return Err(Error::data(format!(
                    "{} and {}: two rows of specs for the same {}; keep one",
                    input.place(before),
                    input.place(row),
                    shared.join(", ")
                )));
            }
        }
        // From our codes to theirs.
        let codes: Vec<Vec<u32>> = ours
            .iter()
            .zip(&theirs)
            .map(|(ours, theirs)| {
                let known: HashMap<&str, u32> = (0_u32..)
                    .zip(&theirs.levels)
                    .map(|(code, level)| (level.as_str(), code))
                    .collect();
                let find = |level: &String| known.get(level.as_str()).copied();
                ours.levels
                    .iter()
                    .map(|level| find(level).unwrap_or(Texts::MISSING))
                    .collect()
            })
            .collect();
        let mut now = vec![0; shared.len()];
        let rows: Vec<Option<usize>> = (0..self.table.n_rows())
            .map(|row| {
                for ((code, ours), codes) in now.iter_mut().zip(&ours).zip(&codes) {
                    *code = match ours.codes[row] {
                        Texts::MISSING => Texts::MISSING,
                        own => codes[own as usize],
                    };
                }
                index.get(&now).copied()
            })
            .collect();
        self.warn_of_unmatched(input, shared, (&ours, &theirs), &rows);
        Ok(rows)
    }

    fn warn_of_unmatched(
        &mut self,
        input: &Input,
        shared: &[&str],
        (ours, theirs): (&[Texts], &[Texts]),
        rows: &[Option<usize>],
    ) {
        let unmatched = rows.iter().filter(|row| row.is_none()).count();
        if unmatched == 0 {
            return;
        }
        if let ([name], [ours], [theirs]) = (shared, ours, theirs) {
            let mut without: Vec<&str> = (0..rows.len())
                .filter(|&row| rows[row].is_none())
                .filter_map(|row| ours.get(row))
                .collect();
            without.sort_unstable();
            without.dedup();
            for level in without.iter().take(5) {
                let near = al_tables::nearest(level, &theirs.levels);
                let hint = near.map(|near| format!("; did you mean '{near}'?"));
                self.warnings.push(format!(
                    "{}: no row for {name} '{level}', so nothing of it is left out for its specs{}",
                    files(input),
                    hint.unwrap_or_default()
                ));
            }
            if without.len() > 5 {
                self.warnings.push(format!(
                    "{}: no row for {} more of {name}",
                    files(input),
                    without.len() - 5
                ));
            }
            return;
        }
        self.warnings.push(format!(
            "{}: no row for {} of the candidates, so none of them is left out for its specs",
            files(input),
            counted(unmatched, "row")
        ));
    }

    /// Numbers of a column, NaN where missing.
    fn numbers(&self, name: &str) -> Result<Vec<f64>, Error> {
        let Some(data) = self.table.column(name) else {
            let names: Vec<String> = self.table.names().map(str::to_owned).collect();
            return Err(Error::usage(format!(
                "there is no column '{name}' in the specs or the candidates{}",
                did_you_mean(name, &names)
            )));
        };
        match data {
            ColumnData::Number(numbers) => Ok(numbers.values.clone()),
            ColumnData::Text(texts) => (0..texts.codes.len())
                .map(|pair| match texts.get(pair) {
                    None => Ok(f64::NAN),
                    Some(text) => text.trim().parse().map_err(|_| {
                        Error::data(format!(
                            "{}: the column '{name}' holds '{text}' where a number is needed; give the kinds that it stands for a row each, or write the smaller number",
                            self.place(name, pair)
                        ))
                    }),
                })
                .collect(),
        }
    }

    /// Where the value of a pair stands, if it came from specs.
    fn place(&self, name: &str, pair: usize) -> String {
        let origin = self.origins.iter().find(|(own, _)| own == name);
        match origin.and_then(|&(_, table)| Some((table, self.rows[table][pair]?))) {
            Some((table, row)) => self.inputs[table].place(row),
            None => format!("pair {}", pair + 1),
        }
    }

    /// Per pair the price or the power in `column`, above 0; NaN if not known.
    pub(super) fn prices(&self, column: &str) -> Result<Vec<f64>, Error> {
        let values = self.numbers(column)?;
        match values.iter().position(|&value| value <= 0.0) {
            None => Ok(values),
            Some(pair) => Err(Error::data(format!(
                "{}: '{column}' is {}; it must be above 0",
                self.place(column, pair),
                values[pair]
            ))),
        }
    }

    /// Per pair why it is left out, if it is: by `--require`, else by the rules
    /// for columns of memory and precision that there are. What was measured is
    /// not known here, see [`keep_measured`].
    pub(super) fn infeasible(
        &mut self,
        options: &RecommendOptions,
    ) -> Result<Vec<Option<String>>, Error> {
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
        let memory = self.memory(&mut why)?;
        let precision = self.precision(&mut why);
        let named = options.price.is_some() || options.power.is_some();
        if !memory && !precision && !named {
            self.warnings.push(format!(
                "the specs leave nothing out: there are no columns memory_need_gb and memory_gb, nor a precision; say what must be true with --require, over {}",
                self.table.names().collect::<Vec<_>>().join(", ")
            ));
        }
        Ok(why)
    }

    /// Leaves out pairs of which an SQL expression is false. Where it is not
    /// known, for a missing value, the pair stays.
    fn against(&self, rule: &str, why: &mut [Option<String>]) -> Result<(), Error> {
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

    /// The column of memory whose name begins so, in gigabytes.
    fn gigabytes(&self, start: &str) -> Result<Option<Vec<f64>>, Error> {
        for (unit, factor) in MEMORY_UNITS {
            let name = format!("{start}_{unit}");
            if self.table.column(&name).is_some() {
                let values = self.numbers(&name)?;
                return Ok(Some(values.into_iter().map(|v| v * factor).collect()));
            }
        }
        Ok(None)
    }

    /// `memory_need_gb` ≤ `memory_gb` · `num_devices`. Whether there are such
    /// columns.
    fn memory(&self, why: &mut [Option<String>]) -> Result<bool, Error> {
        let (need, have) = (self.gigabytes("memory_need")?, self.gigabytes("memory")?);
        let (Some(need), Some(have)) = (need, have) else {
            let unitless = self
                .origins
                .iter()
                .find(|(name, _)| UNITLESS.contains(&name.to_lowercase().as_str()));
            return match unitless {
                None => Ok(false),
                Some((name, table)) => Err(Error::data(format!(
                    "{}: units missing: the column '{name}' does not say in which unit it is; call it {name}_gb (gb, gib, mb, mib, tb or tib), or say what must be true with --require",
                    files(&self.inputs[*table])
                ))),
            };
        };
        let devices = match self.table.column("num_devices") {
            None => vec![1.0; why.len()],
            Some(_) => self.numbers("num_devices")?,
        };
        for (pair, why) in why.iter_mut().enumerate() {
            let (need, have) = (need[pair], have[pair] * devices[pair]);
            if need > have {
                *why = Some(format!("needs {} GB of {}", tidy(need), tidy(have)));
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
                "the specs have no column for the precision '{level}', so nothing is left out for it"
            ));
        }
        without.len() < wanted.levels.len()
    }
}

/// Keeps measured pairs that ran: no default rule knows better. With
/// `--require` they stay left out, for that is the user's word. Either way the
/// sentence that says so.
pub(super) fn keep_measured(
    pairs: &Pairs,
    why: &mut [Option<String>],
    ran: &dyn Fn(usize) -> bool,
    required: bool,
) -> Option<String> {
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
        return Some(format!(
            "--require leaves out {} that ran when measured, the first {place}",
            counted(against.len(), "pair")
        ));
    }
    let fault = why[first].clone().unwrap_or_default();
    for &pair in &against {
        why[pair] = None;
    }
    Some(format!(
        "the specs contradict {}: what ran is not left out, such as {place} ({fault}); correct the specs",
        counted(against.len(), "measurement")
    ))
}

/// A number for a reason.
fn tidy(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The values of a column of the specs for each pair: numbers if those that are
/// used are numbers, whatever stands in the others.
fn spread(data: &ColumnData, rows: &[Option<usize>]) -> NewData {
    let text = |texts: &Texts| {
        let codes = rows
            .iter()
            .map(|row| row.map_or(Texts::MISSING, |row| texts.codes[row]));
        NewData::Labels {
            codes: codes.collect(),
            levels: texts.levels.clone(),
        }
    };
    match data {
        ColumnData::Number(numbers) => {
            let values = rows
                .iter()
                .map(|row| row.map_or(f64::NAN, |row| numbers.values[row]));
            let values: Vec<f64> = values.collect();
            match values.iter().any(|value| value.is_nan()) {
                true => NewData::Float(values),
                false => new_data(&ColumnData::Number(values.into())),
            }
        }
        ColumnData::Text(texts) => {
            let parsed: Vec<Option<f64>> = texts
                .levels
                .iter()
                .map(|level| level.trim().parse().ok())
                .collect();
            let value = |row: &Option<usize>| match row {
                None => Some(f64::NAN),
                Some(row) => match texts.codes[*row] {
                    Texts::MISSING => Some(f64::NAN),
                    code => parsed[code as usize],
                },
            };
            let all: Option<Vec<f64>> = rows.iter().map(value).collect();
            match all {
                Some(values) if values.iter().any(|value| !value.is_nan()) => {
                    NewData::Float(values)
                }
                _ => text(texts),
            }
        }
    }
}
