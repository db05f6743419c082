//! The hardware columns: the one name of what several of them say, and whether
//! the models know it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use al_core::encoder::texts;
use al_core::{DataError, Fault, Message, Table, Tabular, Texts, did_you_mean, setting};
use al_words::columns::HARDWARE_JOIN;

/// The hardware of each row of `table`; a missing part is a missing hardware.
pub(crate) fn hardware_of(table: &Table, columns: &[String]) -> Result<Texts, DataError> {
    let parts = columns
        .iter()
        .map(|name| texts(table, name))
        .collect::<Result<Vec<_>, DataError>>()?;
    if let [one] = parts.as_slice() {
        return Ok(one.clone().into_owned());
    }
    let mut index: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut levels = Vec::new();
    let mut codes = Vec::with_capacity(table.n_rows());
    let mut now = vec![0; parts.len()];
    for row in 0..table.n_rows() {
        for (code, part) in now.iter_mut().zip(&parts) {
            *code = part.codes[row];
        }
        if now.contains(&Texts::MISSING) {
            codes.push(Texts::MISSING);
            continue;
        }
        let code = match index.get(&now) {
            Some(&code) => code,
            None => {
                let code = levels.len() as u32;
                let words = parts.iter().filter_map(|part| part.get(row));
                let words: Vec<_> = words.map(part_of_name).collect();
                levels.push(words.join(HARDWARE_JOIN));
                index.insert(now.clone(), code);
                code
            }
        };
        codes.push(code);
    }
    Ok(Texts {
        codes,
        levels,
        kind: al_core::TextKind::Text,
    })
}

/// A part of the name of a hardware of several columns. Those that could be
/// taken for two parts, or for a quoted one, are quoted, so that other values
/// always have other names.
fn part_of_name(part: &str) -> Cow<'_, str> {
    let apart = |slash: usize| {
        let letter = |letter: Option<char>| letter.is_some_and(|letter| !letter.is_whitespace());
        !letter(part[..slash].chars().next_back()) || !letter(part[slash + 1..].chars().next())
    };
    let unclear = part.starts_with('"') || part.match_indices('/').any(|(at, _)| apart(at));
    match unclear {
        true => format!("\"{}\"", part.replace('"', "\"\"")).into(),
        false => part.into(),
    }
}

/// That the hardware columns are features of every model.
pub(crate) fn check_hardware(models: &[&dyn Tabular], hardware: &[String]) -> Result<(), Fault> {
    if hardware.is_empty() {
        return Err(Fault::usage("no hardware column is named")
            .remedy(Message::from("give ").setting(setting::HARDWARE.given())));
    }
    for (at, name) in hardware.iter().enumerate() {
        if hardware[..at].contains(name) {
            let problem = Message::from(setting::HARDWARE).text(format!(" names '{name}' twice"));
            return Err(Fault::usage(problem).remedy("name each column once"));
        }
    }
    for model in models {
        let features: Vec<String> = model.encoder().schema.names().map(str::to_owned).collect();
        for name in hardware {
            if !features.contains(name) {
                let problem = Message::from(setting::HARDWARE)
                    .text(format!(" names '{name}', which is no feature of the model"));
                return Err(Fault::usage(problem).maybe_remedy(did_you_mean(
                    name,
                    &features,
                    "the features are",
                )));
            }
        }
    }
    Ok(())
}

/// The hardware values that a model has rows of, with one of these rows each.
fn of_model(model: &dyn Tabular, columns: &[String]) -> Vec<(String, usize)> {
    let found = hardware_of(model.observed().features(), columns).expect("features of the model");
    let mut first: Vec<Option<usize>> = vec![None; found.levels.len()];
    for (row, &code) in found.codes.iter().enumerate() {
        if code != Texts::MISSING {
            first[code as usize].get_or_insert(row);
        }
    }
    let named = found.levels.into_iter().zip(first);
    named.filter_map(|(name, row)| Some((name, row?))).collect()
}

/// The hardware values that all models have rows of, sorted, with one of these
/// rows of the first model each.
pub(crate) fn hardware_in_common(
    models: &[&dyn Tabular],
    columns: &[String],
) -> Vec<(String, usize)> {
    let others: Vec<HashSet<String>> = models[1..]
        .iter()
        .map(|&one| {
            of_model(one, columns)
                .into_iter()
                .map(|(name, _)| name)
                .collect()
        })
        .collect();
    let mut known: Vec<(String, usize)> = of_model(models[0], columns)
        .into_iter()
        .filter(|(name, _)| others.iter().all(|other| other.contains(name)))
        .collect();
    known.sort();
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hardware_of_other_values_has_another_name() {
        let parts = [
            "p",
            "q",
            "r",
            "p / q",
            "q / r",
            "p /",
            "/ q",
            "/",
            "\"p",
            "p/q",
            "\"p / q\"",
            "",
        ];
        let mut names = HashSet::new();
        for a in parts {
            for b in parts {
                names.insert([part_of_name(a), part_of_name(b)].join(HARDWARE_JOIN));
            }
        }
        assert_eq!(names.len(), parts.len() * parts.len());
        assert_eq!(part_of_name("A100"), "A100");
        assert_eq!(part_of_name("p/q"), "p/q");
        assert_eq!(part_of_name("p / q"), "\"p / q\"");
    }
}
