//! What is known of hardware and workloads from tables beside the candidates:
//! joined by the columns they share, for `rules` to leave out what does not fit,
//! and for prices.

use std::collections::HashMap;

use al_core::encoder::texts;
use al_core::phrases::counted;
use al_core::{ColumnData, Fault, Messages, Table, Texts, did_you_mean, meant, nearest};
use al_tables::{Frame, Input, NewColumn, NewData, TableSource};

use crate::options::RecommendOptions;
use crate::pairs::{Pairs, new_data};

/// Per pair why it cannot be, and what its price is.
pub(crate) struct Joined {
    /// The candidates' columns and those of the specs.
    pub(crate) frame: Frame,
    pub(crate) table: Table,
    /// What each joined column came from: its name, its table, and per pair
    /// the row there.
    pub(crate) origins: Vec<(String, usize)>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) rows: Vec<Vec<Option<usize>>>,
    pub(crate) warnings: Messages,
}

impl Joined {
    /// The pairs with the columns of the specs.
    pub(crate) fn read(pairs: &Pairs, options: &RecommendOptions) -> Result<Joined, Fault> {
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
            warnings: Messages::default(),
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
        source: &TableSource,
        candidates: &[String],
        options: &RecommendOptions,
    ) -> Result<(), Fault> {
        let input = source.open()?;
        let specs = input.read(None)?.table(None)?;
        let shared: Vec<&str> = specs
            .names()
            .filter(|name| candidates.iter().any(|own| own == name))
            .collect();
        if shared.is_empty() {
            let problem = format!(
                "no column of these specs is one of the candidates, so nothing joins them: they have {}, the candidates {}",
                specs.names().collect::<Vec<_>>().join(", "),
                candidates.join(", "),
            );
            let remedy = format!(
                "name a column here as there, such as '{}'",
                options.hardware.join(", ")
            );
            return Err(Fault::data(problem).remedy(remedy).at(input.name()));
        }
        let rows = self.matched(&input, &specs, &shared)?;
        let mut added = Vec::new();
        for column in specs.columns() {
            if shared.contains(&column.name.as_str()) {
                continue;
            }
            if let Some((_, other)) = self.origins.iter().find(|(name, _)| *name == column.name) {
                let problem = format!(
                    "the column '{}' is in {}, too",
                    column.name,
                    self.inputs[*other].name()
                );
                return Err(Fault::data(problem)
                    .remedy("name one of them differently")
                    .at(input.name()));
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
    ) -> Result<Vec<Option<usize>>, Fault> {
        let read = |table: &Table, name: &str| texts(table, name).map(std::borrow::Cow::into_owned);
        let wrong = |error| input.fault(&error);
        let theirs = shared
            .iter()
            .map(|name| read(specs, name).map_err(wrong))
            .collect::<Result<Vec<Texts>, Fault>>()?;
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
                let problem = format!("two rows of specs for the same {}", shared.join(", "));
                let places = format!("{} and {}", input.place(before), input.place(row));
                return Err(Fault::data(problem).remedy("keep one").at(places));
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
                let absent = Fault::data(format!(
                    "no row for {name} '{level}', so nothing of it is excluded by its specs"
                ))
                .maybe_remedy(nearest(level, &theirs.levels).map(meant))
                .at(input.name());
                self.warnings.push(absent.message());
            }
            if without.len() > 5 {
                self.warnings.push(format!(
                    "{}: no row for {} more of {name}",
                    input.name(),
                    without.len() - 5
                ));
            }
            return;
        }
        self.warnings.push(format!(
            "{}: no row for {} of the candidates, so none of them is excluded by its specs",
            input.name(),
            counted(unmatched, "row")
        ));
    }

    /// Numbers of a column, NaN where missing.
    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>, Fault> {
        self.numbers_of(name, &|_| true)
    }

    /// Numbers of a column for the pairs that are asked for, NaN where missing
    /// and for all others, of which it does not matter what stands there.
    pub(crate) fn numbers_of(
        &self,
        name: &str,
        asked: &dyn Fn(usize) -> bool,
    ) -> Result<Vec<f64>, Fault> {
        let Some(data) = self.table.column(name) else {
            let names: Vec<String> = self.table.names().map(str::to_owned).collect();
            let problem = format!("there is no column '{name}' in the specs or the candidates");
            return Err(Fault::usage(problem).maybe_remedy(did_you_mean(
                name,
                &names,
                "the columns are",
            )));
        };
        match data {
            ColumnData::Number(numbers) => Ok(numbers.values.clone()),
            ColumnData::Text(texts) => (0..texts.codes.len())
                .map(|pair| match texts.get(pair).filter(|_| asked(pair)) {
                    None => Ok(f64::NAN),
                    Some(text) => text.trim().parse().map_err(|_| {
                        Fault::data(format!(
                            "the column '{name}' holds '{text}' where a number is needed"
                        ))
                        .remedy(
                            "give the kinds that it stands for a row each, or write the smaller number",
                        )
                        .at(self.place(name, pair))
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
    pub(crate) fn prices(&self, column: &str) -> Result<Vec<f64>, Fault> {
        let values = self.numbers(column)?;
        let wrong = |&value: &f64| value <= 0.0 || value.is_infinite();
        match values.iter().position(wrong) {
            None => Ok(values),
            Some(pair) => Err(Fault::data(format!("'{column}' is {}", values[pair]))
                .remedy("it must be a finite number above 0")
                .at(self.place(column, pair))),
        }
    }
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
