//! How hosts are written: a TOML text with a `[[host]]` for each, and
//! `[[reservation]]`s beside them. And how availability is: a table of that
//! name.
//!
//! ```toml
//! [[host]]
//! name = "gpu-1"
//! hardware = ["cuda"]      # values of the hardware column; without it, all
//! slots = 2                # jobs at once; 1 without it
//! minutes = 30             # or time = "30 min", "2 h", "90 s"; without, no end
//!
//! [[host]]
//! name = "gpu-2"
//! hardware = ["cuda", "rocm"]
//! down = true
//!
//! [[reservation]]
//! host = "gpu-1"
//! from = "10 min"          # from the start of the batch, which is the default
//! time = "5 min"           # or to = "15 min"
//! slots = 1                # all without it
//!
//! [availability]           # in a file of its own
//! cuda = 0.8
//! ```

#[cfg(test)]
mod tests;

use std::ops::Range;

use al_core::{Fault, Message, meant, nearest};
use thiserror::Error;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::entries::{TomlEntry, in_order, place, type_name};
use crate::hosts::{self, Host, HostFault, Hosts, Reservation, TextPlace};
use crate::time::seconds;

/// What is wrong with a text about hosts, and where.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("line {}, column {}: {problem}", .place.line, .place.column)]
pub struct HostsError {
    /// Where.
    pub place: TextPlace,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: Option<Message>,
}

impl HostsError {
    /// The fault of the text in the file `name`.
    #[must_use]
    pub fn in_file(&self, name: &str) -> Fault {
        let TextPlace { line, column } = self.place;
        Fault::data(self.problem.clone())
            .maybe_remedy(self.remedy.clone())
            .at(format!("{name}, line {line}, column {column}"))
    }
}

impl From<HostsError> for Fault {
    fn from(error: HostsError) -> Fault {
        Fault::data(error.to_string()).maybe_remedy(error.remedy)
    }
}

/// A problem, the bytes of the text that it is about, and what to do.
struct LocatedFault {
    at: Range<usize>,
    problem: String,
    remedy: Option<Message>,
}

impl LocatedFault {
    fn new(at: Range<usize>, problem: impl Into<String>) -> LocatedFault {
        LocatedFault {
            at,
            problem: problem.into(),
            remedy: None,
        }
    }

    fn remedy(self, remedy: impl Into<Message>) -> LocatedFault {
        LocatedFault {
            remedy: Some(remedy.into()),
            ..self
        }
    }

    /// What is wrong with hosts, said of these bytes.
    fn of_hosts(at: Range<usize>, fault: &HostFault) -> LocatedFault {
        LocatedFault {
            at,
            problem: fault.to_string(),
            remedy: fault.remedy(),
        }
    }
}

fn located<T>(text: &str, found: Result<T, LocatedFault>) -> Result<T, HostsError> {
    found.map_err(|fault| HostsError {
        place: place(text, fault.at.start),
        problem: fault.problem,
        remedy: fault.remedy,
    })
}

impl Hosts {
    /// The hosts that a TOML text describes.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, with line and column, and what to do.
    pub fn parse(text: &str) -> Result<Hosts, HostsError> {
        located(text, read(text))
    }
}

/// How available each kind of hardware is, by the table `availability` of a
/// TOML text, in its order: names and shares from 0 to 1.
///
/// # Errors
///
/// What is wrong with the text, with line and column, and what to do.
pub fn parse_availability(text: &str) -> Result<Vec<(String, f64)>, HostsError> {
    located(text, read_availability(text))
}

fn document(text: &str) -> Result<Spanned<DeTable<'_>>, LocatedFault> {
    DeTable::parse(text)
        .map_err(|error| LocatedFault::new(error.span().unwrap_or(0..0), error.message()))
}

impl<'a> TomlEntry<'a> {
    /// A problem with its name, which is none of `names`; `known` are all there
    /// are, as they are written.
    fn unknown(&self, names: &[&str], known: &str) -> LocatedFault {
        let remedy = match nearest(self.name, names) {
            Some(near) => meant(near),
            None => Message::from(format!("there are: {known}")),
        };
        let problem = format!("'{}' is not known here", self.name);
        LocatedFault::new(self.place.clone(), problem).remedy(remedy)
    }

    /// As [`TomlEntry::unknown`], of names that are written as they are.
    fn unknown_among(&self, names: &[&str]) -> LocatedFault {
        self.unknown(names, &names.join(", "))
    }

    fn wrong(&self, expected: &str) -> LocatedFault {
        let found = type_name(self.value.get_ref());
        let problem = format!("'{}' must be {expected}, not {found}", self.name);
        LocatedFault::new(self.value.span(), problem)
    }

    fn text(&self, expected: &str) -> Result<String, LocatedFault> {
        match self.value.get_ref() {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(self.wrong(expected)),
        }
    }

    fn number(&self) -> Result<f64, LocatedFault> {
        let number = match self.value.get_ref() {
            DeValue::Integer(whole) => i64::from_str_radix(whole.as_str(), whole.radix())
                .map(|whole| whole as f64)
                .ok(),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| self.wrong("a number"))
    }

    fn count(&self) -> Result<usize, LocatedFault> {
        let number = match self.value.get_ref() {
            DeValue::Integer(whole) => usize::from_str_radix(whole.as_str(), whole.radix()).ok(),
            _ => None,
        };
        number.ok_or_else(|| {
            let problem = format!("'{}' must be a whole number, 1 or more", self.name);
            LocatedFault::new(self.value.span(), problem)
        })
    }

    /// A time in seconds.
    fn time(&self) -> Result<f64, LocatedFault> {
        let example = "a time with its unit in quotes, as in \"30 min\", \"2 h\" or \"90 s\"";
        match self.value.get_ref() {
            DeValue::String(text) => seconds(text).ok_or_else(|| {
                let problem = format!("'{}' is '{text}'", self.name);
                LocatedFault::new(self.value.span(), problem)
                    .remedy(format!("it must be {example}"))
            }),
            DeValue::Integer(_) | DeValue::Float(_) => {
                let problem = format!("units missing: '{}' is a number alone", self.name);
                let fault = LocatedFault::new(self.value.span(), problem);
                Err(fault.remedy(format!("write {example}")))
            }
            _ => Err(self.wrong(example)),
        }
    }

    /// The tables of `[[name]]`.
    fn tables(&self) -> Result<Vec<(&'a DeTable<'a>, Range<usize>)>, LocatedFault> {
        let expected = format!("written as [[{}]]", self.name);
        let DeValue::Array(list) = self.value.get_ref() else {
            return Err(self.wrong(&expected));
        };
        list.iter()
            .map(|item| match item.get_ref() {
                DeValue::Table(table) => Ok((table, item.span())),
                _ => Err(self.wrong(&expected)),
            })
            .collect()
    }
}

/// That of two ways to say a thing only one is taken.
fn once(entry: &TomlEntry<'_>, taken: bool, other: &str) -> Result<(), LocatedFault> {
    if taken {
        let name = entry.name;
        let problem = format!("'{name}' and '{other}' say the same thing");
        let fault = LocatedFault::new(entry.place.clone(), problem);
        return Err(fault.remedy("leave one of the two"));
    }
    Ok(())
}

/// A host as it is read.
struct Read {
    host: Host,
    hardware: Vec<Range<usize>>,
}

fn read(text: &str) -> Result<Hosts, LocatedFault> {
    let document = document(text)?;
    let mut found: Vec<Read> = Vec::new();
    let mut reservations = Vec::new();
    for entry in in_order(document.get_ref()) {
        match entry.name {
            "host" => {
                for (table, at) in entry.tables()? {
                    let next = host(table, at)?;
                    if let Some(twice) = found.iter().find(|h| h.host.name == next.0.host.name) {
                        let name = twice.host.name.clone();
                        return Err(LocatedFault::of_hosts(next.1, &HostFault::Twice { name }));
                    }
                    found.push(next.0);
                }
            }
            "reservation" => reservations = entry.tables()?,
            _ => {
                let names = ["host", "reservation"];
                return Err(entry.unknown(&names, "[[host]], [[reservation]]"));
            }
        }
    }
    for (table, at) in reservations {
        reserve(table, at, &mut found)?;
    }
    let (hosts, places): (Vec<Host>, Vec<Vec<TextPlace>>) = found
        .into_iter()
        .map(|read| {
            let places = read.hardware.iter().map(|at| place(text, at.start));
            (read.host, places.collect())
        })
        .unzip();
    let hosts = Hosts::new(hosts).map_err(|fault| LocatedFault::of_hosts(0..0, &fault))?;
    Ok(hosts.placed(places))
}

/// A host, and where its name stands.
fn host(table: &DeTable<'_>, at: Range<usize>) -> Result<(Read, Range<usize>), LocatedFault> {
    let mut host = Host::new("");
    let (mut name_at, mut slots_at, mut time_at, mut hardware_at) =
        (None, at.clone(), at.clone(), at.clone());
    let mut hardware = Vec::new();
    for entry in in_order(table) {
        match entry.name {
            "name" => {
                host.name = entry.text("a text")?;
                name_at = Some(entry.value.span());
            }
            "hardware" => {
                let (names, places) = values(&entry)?;
                (host.hardware, hardware) = (Some(names), places);
                hardware_at = entry.value.span();
            }
            "slots" => {
                host.slots = entry.count()?;
                slots_at = entry.value.span();
            }
            "minutes" => {
                once(&entry, host.time.is_some(), "time")?;
                // Its unit is in its name; a text has its own.
                host.time = Some(match entry.value.get_ref() {
                    DeValue::String(_) => entry.time()?,
                    _ => 60.0 * entry.number()?,
                });
                time_at = entry.value.span();
            }
            "time" => {
                once(&entry, host.time.is_some(), "minutes")?;
                host.time = Some(entry.time()?);
                time_at = entry.value.span();
            }
            "down" => match entry.value.get_ref() {
                DeValue::Boolean(down) => host.down = *down,
                _ => return Err(entry.wrong("true or false")),
            },
            _ => {
                let names = ["name", "hardware", "slots", "minutes", "time", "down"];
                return Err(entry.unknown_among(&names));
            }
        }
    }
    let Some(name_at) = name_at else {
        return Err(LocatedFault::new(at, "a host has no name").remedy("write name = \"…\""));
    };
    hosts::check(&host).map_err(|fault| {
        let at = match &fault {
            HostFault::NoSlots { .. } | HostFault::ManySlots { .. } => slots_at,
            HostFault::NoTime { .. } => time_at,
            HostFault::NoHardware { .. } => hardware_at,
            _ => name_at.clone(),
        };
        LocatedFault::of_hosts(at, &fault)
    })?;
    Ok((Read { host, hardware }, name_at))
}

/// The values of a host's hardware: texts, or what stands for them in a table
/// of numbers; one alone needs no list.
fn values(entry: &TomlEntry<'_>) -> Result<(Vec<String>, Vec<Range<usize>>), LocatedFault> {
    let one = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::String(text) => Ok((text.to_string(), item.span())),
        DeValue::Integer(whole) => Ok((whole.to_string(), item.span())),
        _ => Err(entry.wrong("a list of values of the hardware column")),
    };
    match entry.value.get_ref() {
        DeValue::Array(list) => list.iter().map(one).collect(),
        _ => one(entry.value).map(|(name, at)| (vec![name], vec![at])),
    }
}

fn reserve(table: &DeTable<'_>, at: Range<usize>, hosts: &mut [Read]) -> Result<(), LocatedFault> {
    let mut host = None;
    let (mut from, mut to, mut length, mut slots) = (0.0, None, None, None);
    for entry in in_order(table) {
        match entry.name {
            "host" => host = Some((entry.text("the name of a host")?, entry.value.span())),
            "from" => from = entry.time()?,
            "to" => {
                once(&entry, length.is_some(), "time")?;
                to = Some(entry.time()?);
            }
            "time" => {
                once(&entry, to.is_some(), "to")?;
                length = Some(entry.time()?);
            }
            "slots" => slots = Some(entry.count()?),
            _ => return Err(entry.unknown_among(&["host", "from", "to", "time", "slots"])),
        }
    }
    let Some((name, name_at)) = host else {
        let fault = LocatedFault::new(at, "a reservation names no host");
        return Err(fault.remedy("write host = \"…\""));
    };
    let Some(known) = hosts.iter().position(|read| read.host.name == name) else {
        let names: Vec<&str> = hosts.iter().map(|read| read.host.name.as_str()).collect();
        let remedy = match nearest(&name, &names) {
            Some(near) => meant(near),
            None => Message::from("add it as [[host]]"),
        };
        let problem = format!("there is no host '{name}' to reserve");
        return Err(LocatedFault::new(name_at, problem).remedy(remedy));
    };
    let read = &mut hosts[known];
    let Some(to) = to.or_else(|| length.map(|length| from + length)) else {
        let fault = LocatedFault::new(at, format!("a reservation of '{name}' has no end"));
        return Err(fault.remedy("write to = \"…\" or time = \"…\""));
    };
    let reservation = Reservation { from, to, slots };
    hosts::check_reservation(&read.host, &reservation)
        .map_err(|fault| LocatedFault::of_hosts(at, &fault))?;
    read.host.reservations.push(reservation);
    Ok(())
}

fn no_availability(entry: &TomlEntry<'_>) -> LocatedFault {
    let known = "[availability], with a line such as cuda = 0.8 for each";
    entry.unknown(&["availability"], known)
}

fn read_availability(text: &str) -> Result<Vec<(String, f64)>, LocatedFault> {
    let document = document(text)?;
    let mut shares = Vec::new();
    for entry in in_order(document.get_ref()) {
        let DeValue::Table(table) = entry.value.get_ref() else {
            return Err(match entry.name {
                "availability" => entry.wrong("a table, [availability]"),
                _ => no_availability(&entry),
            });
        };
        if entry.name != "availability" {
            return Err(no_availability(&entry));
        }
        for entry in in_order(table) {
            let share = entry.number()?;
            if !(0.0..=1.0).contains(&share) {
                let problem = format!("the availability of '{}' is {share}", entry.name);
                let fault = LocatedFault::new(entry.value.span(), problem);
                return Err(fault.remedy("it must be from 0 to 1"));
            }
            shares.push((entry.name.to_owned(), share));
        }
    }
    if shares.is_empty() {
        let fault = LocatedFault::new(0..0, "there is no availability");
        return Err(fault.remedy("write [availability] and a line such as cuda = 0.8"));
    }
    Ok(shares)
}
