//! Where rows of a batch are measured: options of select.

use std::path::Path;

use al_pipeline::{
    Availability, Campaign, Capacity, Fault, Hosts, SelectOptions, parse_availability, read_text,
};
use clap::Args;

use super::names::TimeUnitName;
use super::values;
use crate::exit::usage;

/// Hardware, hosts and their time.
#[derive(Debug, Args)]
#[command(next_help_heading = "Hosts")]
pub(crate) struct HostArgs {
    /// Column with the hardware of a row, for --availability and --capacity; values with few
    /// measurements, or none, borrow from the others [default: the column that the model was
    /// trained with]
    #[arg(long, value_name = "COL")]
    pub(crate) hardware: Option<String>,
    /// Availability of hardware, 0 (excluded) to 1, as in cuda=0.8,webgpu=0.3, or a TOML file with
    /// a table named availability. The score is multiplied by it [default: 1 for hardware that is not
    /// named]
    #[arg(long, value_name = "NAME=SHARE|FILE.toml")]
    pub(crate) availability: Option<String>,
    /// TOML file with the hosts: what each runs, how many rows at once, for how long, and when it
    /// is reserved. The batch is one that they can run in that time; the columns planned_host,
    /// planned_start_s and planned_end_s say what runs where and when
    #[arg(long, value_name = "HOSTS.toml")]
    pub(crate) capacity: Option<String>,
    /// Column with how long measuring a row takes, for --capacity [default: --cost, if that is a
    /// time, else the prediction, if that is one]
    #[arg(long, value_name = "COL")]
    pub(crate) duration: Option<String>,
    /// Unit of times [default: by the end of the name of the column, as in run_ms]
    #[arg(long, value_name = "UNIT", value_enum, ignore_case = true)]
    pub(crate) time_unit: Option<TimeUnitName>,
}

/// The hosts as the library takes them, but for the column with the hardware,
/// which a model may know.
#[derive(Debug)]
pub(crate) struct CheckedHosts {
    hardware: Option<String>,
    shares: Option<Vec<(String, f64)>>,
    hosts: Option<(String, Hosts)>,
}

impl HostArgs {
    /// Whether anything but a model reads the column with the hardware.
    pub(crate) fn limited(&self) -> bool {
        self.availability.is_some() || self.capacity.is_some()
    }

    pub(crate) fn set(&self, options: &mut SelectOptions) {
        options.duration.clone_from(&self.duration);
        options.time_unit = self.time_unit.map(Into::into);
    }

    /// Reads the files that are named.
    pub(crate) fn check(&self) -> anyhow::Result<CheckedHosts> {
        Ok(CheckedHosts {
            hardware: self.hardware.clone(),
            shares: self.availability.as_deref().map(shares).transpose()?,
            hosts: self.capacity.as_deref().map(hosts).transpose()?,
        })
    }
}

impl CheckedHosts {
    /// Tells the model which column has the hardware, where it can use that.
    pub(crate) fn teach(&self, model: &mut Campaign) -> anyhow::Result<()> {
        let Some(column) = &self.hardware else {
            return Ok(());
        };
        if self.shares.is_none() && self.hosts.is_none() {
            return Ok(model.set_hardware(column)?);
        }
        // Any column will do for hosts, and what was said at training stays.
        if model.hardware().is_none() {
            let _ = model.set_hardware(column);
        }
        Ok(())
    }

    /// `options` with these hosts, where the model knows the column `known`.
    pub(crate) fn complete(
        self,
        options: SelectOptions,
        known: Option<&str>,
    ) -> anyhow::Result<SelectOptions> {
        let hardware = self.hardware.or_else(|| known.map(str::to_owned));
        let availability = match (self.shares, &hardware) {
            (None, _) => None,
            (Some(shares), Some(column)) => Some(Availability::new(column, shares)),
            (Some(_), None) => {
                return usage(
                    "--availability names values of a column; say which one: --hardware COL",
                );
            }
        };
        let capacity = self.hosts.map(|(name, hosts)| Capacity {
            hosts,
            name,
            hardware,
        });
        Ok(SelectOptions {
            availability,
            capacity,
            ..options
        })
    }
}

fn shares(text: &str) -> anyhow::Result<Vec<(String, f64)>> {
    if !ends_in_toml(text) {
        return values::shares(text).or_else(usage);
    }
    let shares = parse_availability(&read(text)?);
    Ok(shares.map_err(|error| error.in_file(text))?)
}

fn hosts(name: &str) -> anyhow::Result<(String, Hosts)> {
    let hosts = Hosts::parse(&read(name)?);
    let hosts = hosts.map_err(|error| error.in_file(name))?;
    Ok((name.to_owned(), hosts))
}

fn ends_in_toml(text: &str) -> bool {
    let ending = Path::new(text).extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

fn read(path: &str) -> anyhow::Result<String> {
    Ok(read_text(Path::new(path)).map_err(Fault::from)?)
}
