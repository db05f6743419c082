//! Candidates as pairs of a workload and a hardware.
//!
//! A workload is what a row's features are without the hardware columns; other
//! columns come along from its first row. Who says where workloads run now
//! asks for each of them: the same job on two hardware is two answers.

use std::collections::{HashMap, HashSet};

use al_core::encoder::feature_keys;
use al_core::phrases::counted;
use al_core::{
    ColumnData, Fault, Feature, Key, KnownColumns, Message, Messages, Role, Schema, Tabular, Texts,
    meant, nearest, setting,
};
use al_tables::{Frame, Input, NewColumn, NewData, TableSource, check_columns};
use al_words::columns::HARDWARE_JOIN;

use crate::ask::Ask;
use crate::hardware::{check_hardware, hardware_in_common, hardware_of};
use crate::options::RecommendOptions;

/// All pairs, the workloads in the order in which they first stand there.
pub(crate) struct Pairs {
    pub(crate) input: Input,
    /// Per pair its row, with the hardware columns.
    pub(crate) frame: Frame,
    /// Per pair the row of the candidates that it comes from.
    pub(crate) source: Vec<usize>,
    /// Per pair its hardware in `names`.
    pub(crate) hardware: Vec<u32>,
    /// All hardware of the candidates and of the models, sorted.
    pub(crate) names: Vec<String>,
    /// Which of them the models have seen.
    pub(crate) seen: Vec<bool>,
    /// Per workload its key.
    pub(crate) keys: Vec<Key>,
    /// Per workload its pairs, by hardware.
    pub(crate) members: Vec<Vec<u32>>,
    /// The candidates without the hardware columns.
    pub(crate) rows: Frame,
    /// What advice is asked for: one per workload, with `current` one per row
    /// of jobs, or per workload and current hardware where rows are pairs.
    pub(crate) asks: Vec<Ask>,
    /// Whether it was asked where workloads run now.
    pub(crate) with_current: bool,
    pub(crate) warnings: Messages,
}

/// The features that make a workload: those of all models but the hardware.
pub(crate) fn workload_schema(models: &[&dyn Tabular], hardware: &[String]) -> Schema {
    let mut features: Vec<Feature> = Vec::new();
    for feature in models.iter().flat_map(|one| &one.encoder().schema.features) {
        let known = features.iter().any(|known| known.name == feature.name);
        if !known && !hardware.contains(&feature.name) {
            features.push(feature.clone());
        }
    }
    Schema { features }
}

/// Per row of `frame` the key of its workload.
fn workload_keys(input: &Input, frame: &Frame, schema: &Schema) -> Result<Vec<Key>, Fault> {
    let names: Vec<&str> = schema.names().collect();
    let table = frame.table(Some(&names))?;
    match names.is_empty() {
        // A hardware is all there is: one workload.
        true => Ok(vec![Key::of_id(""); frame.n_rows()]),
        false => feature_keys(schema, &table).map_err(|error| input.fault(&error)),
    }
}

/// Per row of `frame` the hardware that it runs on now, as `column` says.
fn hardware_now(
    input: &Input,
    frame: &Frame,
    hardware: &[String],
    column: &str,
) -> Result<Texts, Fault> {
    // The hardware column itself may say where a workload runs.
    let whole = hardware.iter().any(|name| name == column);
    let own = [column.to_owned()];
    let read = if whole { hardware } else { &own };
    check_columns(input, read.iter().map(String::as_str))?;
    let names: Vec<&str> = read.iter().map(String::as_str).collect();
    let cells = frame.table(Some(&names))?;
    hardware_of(&cells, read).map_err(|error| input.fault(&error))
}

impl Pairs {
    /// Reads the candidates and makes pairs of them.
    pub(crate) fn read(
        models: &[&dyn Tabular],
        candidates: &TableSource,
        options: &RecommendOptions,
    ) -> Result<Pairs, Fault> {
        let columns = &options.hardware;
        check_hardware(models, columns)?;
        let schema = workload_schema(models, columns);
        let known = KnownColumns::of(&schema, None).and_texts(columns.iter().map(String::as_str));
        let input = candidates.open_knowing(&known.written(&models[0].known_columns().dialect))?;
        let current = options.current.as_deref();
        check_columns(&input, schema.names().chain(current))?;
        let own_names = input.names().to_vec();
        let has = |name: &String| own_names.contains(name);
        let crossed = options.all_hardware || !columns.iter().any(has);
        if !crossed {
            check_columns(&input, columns.iter().map(String::as_str))?;
        }
        let frame = input.read(None)?;
        let keys = workload_keys(&input, &frame, &schema)?;
        let on_now = current
            .map(|column| hardware_now(&input, &frame, columns, column))
            .transpose()?;
        let known = hardware_in_common(models, columns);
        let mut pairs = if crossed {
            Pairs::cross(input, &frame, &keys, &known, models[0], columns)?
        } else {
            Pairs::direct(
                input,
                frame.clone(),
                &keys,
                &known,
                columns,
                on_now.as_ref(),
            )?
        };
        // What one measurement said is not said of the workload.
        let of_one = |name: &str| {
            models.iter().any(|model| {
                let roles = model.columns();
                roles.id != Some(name) && roles.measured().any(|role| role == name)
            })
        };
        let own = own_names.iter().map(String::as_str).filter(|&name| {
            !columns.iter().any(|column| column == name) && (current == Some(name) || !of_one(name))
        });
        pairs.rows = frame.select(&own.collect::<Vec<_>>())?;
        // A row of a table without hardware is a job. So is one whose hardware
        // is where it runs now, if it is to be compared with all others.
        let whole = current.is_some_and(|column| columns.iter().any(|name| name == column));
        let jobs = crossed && (whole || !columns.iter().all(has));
        match &on_now {
            None => pairs.ask_once(&keys, jobs),
            Some(on_now) => pairs.ask_of(&keys, on_now, current.unwrap_or_default(), jobs)?,
        }
        pairs.warn_of_strangers(&known);
        Ok(pairs)
    }

    /// Warns of hardware of the pairs that is not among what is `known`.
    fn warn_of_strangers(&mut self, known: &[(String, usize)]) {
        let strangers: Vec<String> = {
            let mut used = vec![false; self.names.len()];
            self.hardware
                .iter()
                .for_each(|&code| used[code as usize] = true);
            let unseen = |at: &usize| used[*at] && !self.seen[*at];
            (0..used.len())
                .filter(unseen)
                .map(|at| self.names[at].clone())
                .collect()
        };
        let known: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        for name in strangers {
            let stranger = Fault::data(format!(
                "the model has no row of the hardware '{name}': what is said of it is a guess"
            ))
            .maybe_remedy(nearest(&name, &known).map(meant));
            self.warnings.push(stranger.message());
        }
    }

    /// Rows that are pairs already.
    fn direct(
        input: Input,
        frame: Frame,
        keys: &[Key],
        known: &[(String, usize)],
        columns: &[String],
        on_now: Option<&Texts>,
    ) -> Result<Pairs, Fault> {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let cells = frame.table(Some(&names))?;
        let found = hardware_of(&cells, columns).map_err(|error| input.fault(&error))?;
        if let Some(row) = found.codes.iter().position(|&code| code == Texts::MISSING) {
            let problem = format!(
                "the hardware column '{}' has no value here",
                columns.join(HARDWARE_JOIN)
            );
            let remedy = Message::from("fill it in, or give ")
                .setting(setting::ALL_HARDWARE)
                .text(" for all that the model knows");
            return Err(Fault::data(problem).remedy(remedy).at(input.place(row)));
        }
        let (names, seen, code) = united(&found.levels, known);
        let mut pairs = Pairs::empty(input, names, seen);
        let mut places: HashMap<Key, usize> = HashMap::new();
        let mut taken: HashSet<(usize, u32)> = HashSet::with_capacity(keys.len());
        for (row, key) in keys.iter().enumerate() {
            let hardware = code[found.codes[row] as usize];
            let workload = *places.entry(*key).or_insert_with(|| {
                pairs.keys.push(*key);
                pairs.members.push(Vec::new());
                pairs.keys.len() - 1
            });
            if taken.insert((workload, hardware)) {
                pairs.members[workload].push(pairs.source.len() as u32);
                pairs.source.push(row);
                pairs.hardware.push(hardware);
            }
        }
        // The same pair that runs elsewhere now is another question.
        let now = |row: usize| on_now.map(|texts| texts.codes[row]);
        let asked: HashSet<(Key, u32, Option<u32>)> = (0..keys.len())
            .map(|row| (keys[row], found.codes[row], now(row)))
            .collect();
        let repeated = keys.len() - asked.len();
        if repeated > 0 {
            pairs.warnings.push(format!(
                "excluded as duplicates of another candidate: {}",
                counted(repeated, "row")
            ));
        }
        if pairs.source.len() < keys.len() {
            pairs.frame = frame.take(&pairs.source);
        } else {
            pairs.frame = frame;
        }
        let hardware = &pairs.hardware;
        for members in &mut pairs.members {
            members.sort_by_key(|&pair| hardware[pair as usize]);
        }
        Ok(pairs)
    }

    /// Each workload with each hardware that the model has seen.
    fn cross(
        input: Input,
        frame: &Frame,
        keys: &[Key],
        known: &[(String, usize)],
        model: &dyn Tabular,
        columns: &[String],
    ) -> Result<Pairs, Fault> {
        if known.is_empty() {
            return Err(Fault::data("the models have no hardware in common")
                .remedy("give candidates with a hardware column"));
        }
        let names = known.iter().map(|(name, _)| name.clone()).collect();
        let mut pairs = Pairs::empty(input, names, vec![true; known.len()]);
        let mut places: HashSet<Key> = HashSet::new();
        for (row, key) in keys.iter().enumerate() {
            if !places.insert(*key) {
                continue;
            }
            let first = pairs.source.len() as u32;
            pairs.keys.push(*key);
            pairs
                .members
                .push((first..first + known.len() as u32).collect());
            for hardware in 0..known.len() {
                pairs.source.push(row);
                pairs.hardware.push(hardware as u32);
            }
        }
        let kept = frame.names();
        let others: Vec<&str> = kept
            .iter()
            .map(String::as_str)
            .filter(|name| !columns.iter().any(|column| column == name))
            .collect();
        pairs.frame = frame.select(&others)?.take(&pairs.source);
        let rows: Vec<usize> = pairs
            .hardware
            .iter()
            .map(|&at| known[at as usize].1)
            .collect();
        let added = columns.iter().map(|name| {
            let data = model.observed().features().column(name).expect("a feature");
            NewColumn {
                name: name.clone(),
                data: new_data(&data.take(&rows)),
            }
        });
        let added: Vec<NewColumn> = added.collect();
        pairs.frame.append(added)?;
        Ok(pairs)
    }

    fn empty(input: Input, names: Vec<String>, seen: Vec<bool>) -> Pairs {
        Pairs {
            input,
            frame: Frame::default(),
            source: Vec::new(),
            hardware: Vec::new(),
            names,
            seen,
            keys: Vec::new(),
            members: Vec::new(),
            rows: Frame::default(),
            asks: Vec::new(),
            with_current: false,
            warnings: Messages::default(),
        }
    }

    /// The rows of the model that are measured, by workload.
    pub(crate) fn measured_workloads(model: &dyn Tabular, schema: &Schema) -> Option<HashSet<Key>> {
        // A model that lacks a feature of another one cannot tell.
        let own: Vec<&str> = model.encoder().schema.names().collect();
        if schema.names().any(|name| !own.contains(&name)) || schema.features.is_empty() {
            return None;
        }
        let keys =
            feature_keys(schema, model.observed().features()).expect("features of the model");
        let roles = model.observed().roles().iter();
        let worked = keys
            .into_iter()
            .zip(roles)
            .filter(|(_, role)| **role != Role::Failed);
        Some(worked.map(|(key, _)| key).collect())
    }

    /// The first row of each workload among the pairs.
    pub(crate) fn first_pairs(&self) -> Vec<usize> {
        let first = |members: &Vec<u32>| members.iter().min().copied().unwrap_or_default();
        let by_row = |members: &Vec<u32>| {
            let row = |pair: &u32| (self.source[*pair as usize], *pair);
            members
                .iter()
                .copied()
                .min_by_key(row)
                .unwrap_or_else(|| first(members))
        };
        self.members
            .iter()
            .map(|members| by_row(members) as usize)
            .collect()
    }
}

/// The names of both, sorted; which of them are known; and where each of `own`
/// is among them.
fn united(own: &[String], known: &[(String, usize)]) -> (Vec<String>, Vec<bool>, Vec<u32>) {
    let mut names: Vec<String> = own.to_vec();
    names.extend(known.iter().map(|(name, _)| name.clone()));
    names.sort();
    names.dedup();
    let known: HashSet<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
    let seen = names
        .iter()
        .map(|name| known.contains(name.as_str()))
        .collect();
    let place = |name: &String| names.binary_search(name).expect("among them") as u32;
    let code = own.iter().map(place).collect();
    (names, seen, code)
}

/// A column of a table as one to be added to a frame.
pub(crate) fn new_data(data: &ColumnData) -> NewData {
    match data {
        ColumnData::Number(numbers) => {
            let whole = |v: &f64| v.fract() == 0.0 && v.abs() < 9e15;
            match numbers.values.iter().all(whole) && numbers.exact.is_empty() {
                true => NewData::Integer(numbers.values.iter().map(|&v| v as i64).collect()),
                false => NewData::Float(numbers.values.clone()),
            }
        }
        ColumnData::Text(texts) => NewData::Labels {
            codes: texts.codes.clone(),
            levels: texts.levels.clone(),
        },
    }
}
