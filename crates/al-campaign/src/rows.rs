//! The rows of a model file as a table.

use al_core::{
    Column, ColumnData, Encoder, Key, Numbers, Observed, ObservedColumns, Role, Table, Texts,
};

/// What the names of the columns below begin with, and no feature's does.
pub(crate) const OWN: &str = "altool:";

/// Columns of `rows.parquet` besides the features, which follow them.
const KEY: &str = "altool:key";
const ROLE: &str = "altool:role";
const ROUND: &str = "altool:round";
const VALUE: &str = "altool:target";
const WEIGHT: &str = "altool:weight";
const COUNT: &str = "altool:measurements";
const SPREAD: &str = "altool:spread";
/// Only there if some cost is known; files had none at first.
const COST: &str = "altool:cost";
/// Only there if rows have groups.
const GROUP: &str = "altool:group";

/// The rows as the table `rows.parquet`.
pub(crate) fn to_table(rows: &Observed) -> Table {
    let text = |name: &str, values: Vec<String>| Column {
        name: name.to_owned(),
        data: ColumnData::Text(Texts::from_rows(values.into_iter().map(Some))),
    };
    let number = |name: &str, values: Vec<f64>| Column {
        name: name.to_owned(),
        data: ColumnData::Number(Numbers::from(values)),
    };
    let mut columns = vec![
        text(KEY, rows.keys().iter().map(Key::to_string).collect()),
        text(
            ROLE,
            rows.roles()
                .iter()
                .map(|role| role.name().to_owned())
                .collect(),
        ),
        number(ROUND, rows.rounds().iter().map(|&r| f64::from(r)).collect()),
        number(VALUE, rows.values().to_vec()),
        number(WEIGHT, rows.weights().to_vec()),
        number(COUNT, rows.counts().iter().map(|&c| f64::from(c)).collect()),
        number(SPREAD, rows.spreads().to_vec()),
    ];
    if rows.has_costs() {
        columns.push(number(COST, rows.costs().to_vec()));
    }
    if rows.has_groups() {
        let hashes = rows.groups().iter();
        columns.push(text(
            GROUP,
            hashes.map(|hash| format!("{hash:016x}")).collect(),
        ));
    }
    columns.extend(rows.features().columns().iter().cloned());
    Table::new(columns)
}

/// The rows of the table `rows.parquet`.
///
/// # Errors
///
/// In words what is wrong with it.
pub(crate) fn from_table(table: &Table, encoder: &Encoder) -> Result<Observed, String> {
    let numbers = |name: &str| match table.column(name) {
        Some(ColumnData::Number(numbers)) => Ok(numbers.values.clone()),
        // A column without a single value has no type of its own.
        Some(data) if (0..data.len()).all(|row| data.is_missing(row)) => {
            Ok(vec![f64::NAN; data.len()])
        }
        _ => Err(format!("rows.parquet has no numbers '{name}'")),
    };
    let texts = |name: &str| match table.column(name) {
        Some(ColumnData::Text(texts)) => (0..texts.codes.len())
            .map(|row| texts.get(row).map(str::to_owned))
            .collect::<Option<Vec<String>>>()
            .ok_or_else(|| format!("rows.parquet misses values of '{name}'")),
        _ => Err(format!("rows.parquet has no texts '{name}'")),
    };
    let keys = texts(KEY)?
        .iter()
        .map(|text| parse_key(text))
        .collect::<Option<Vec<Key>>>()
        .ok_or("rows.parquet holds a malformed key")?;
    let roles = texts(ROLE)?
        .iter()
        .map(|text| Role::ALL.into_iter().find(|role| role.name() == text))
        .collect::<Option<Vec<Role>>>()
        .ok_or("rows.parquet holds an unknown role")?;
    let features = encoder
        .schema
        .names()
        .map(|name| {
            table
                .column(name)
                .map(|data| Column {
                    name: name.to_owned(),
                    data: data.clone(),
                })
                .ok_or_else(|| format!("rows.parquet has no column '{name}'"))
        })
        .collect::<Result<Vec<Column>, String>>()?;
    let integers = |name: &str| {
        numbers(name).map(|values| values.into_iter().map(|v| v as u32).collect::<Vec<u32>>())
    };
    Ok(Observed::new(ObservedColumns {
        features: Table::new(features),
        keys,
        roles,
        rounds: integers(ROUND)?,
        values: numbers(VALUE)?,
        weights: numbers(WEIGHT)?,
        counts: integers(COUNT)?,
        spreads: numbers(SPREAD)?,
        costs: match table.column(COST) {
            None => vec![f64::NAN; table.n_rows()],
            Some(_) => numbers(COST)?,
        },
        groups: match table.column(GROUP) {
            None => vec![0; table.n_rows()],
            Some(_) => texts(GROUP)?
                .iter()
                .map(|hash| u64::from_str_radix(hash, 16).ok())
                .collect::<Option<Vec<u64>>>()
                .ok_or("rows.parquet holds a malformed group")?,
        },
    }))
}

fn parse_key(text: &str) -> Option<Key> {
    let bytes = text.as_bytes();
    if bytes.len() != 32 || !text.is_ascii() {
        return None;
    }
    let mut key = [0_u8; 16];
    for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(Key::from_bytes(key))
}
