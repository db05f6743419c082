//! What a batch may hold and cost: options of select.

use std::path::Path;

use al_pipeline::{
    Availability, Campaign, Capacity, Fault, Hosts, SelectOptions, TimeUnit, parse_availability,
};
use clap::Args;

use crate::exit::usage;
use crate::options;

/// Limits of a batch besides its size.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Rows to choose; without it, as many as --budget pays for or --capacity has time for
    #[arg(short = 'n', long, value_name = "N", value_parser = options::batch)]
    pub(crate) batch: Option<usize>,
    /// Most that the batch may cost, in the unit of --cost
    #[arg(long, value_name = "COST", value_parser = options::positive)]
    budget: Option<f64>,
    /// Column with what measuring a row costs, above 0: cheap rows are preferred. Rows without it
    /// get the cost that the model expects, if it was trained with --cost [default: with a budget,
    /// the model's]
    #[arg(long, value_name = "COL")]
    cost: Option<String>,
    /// Columns that cost together, and how much each counts, as in time=0.6,resources=0.4
    #[arg(
        long,
        value_name = "COL=W",
        value_delimiter = ',',
        value_parser = options::weight_of_column
    )]
    cost_weights: Vec<(String, f64)>,
    /// Most that the whole campaign may cost, with what the model's rows have cost. The less is
    /// left, the less cheap rows are preferred
    #[arg(long, value_name = "COST", value_parser = options::positive)]
    total_budget: Option<f64>,
    /// How much cheap rows are preferred, from 0 (not at all) to 1 (half the cost, twice the
    /// worth) [default: 1, or the share of --total-budget that is left]
    #[arg(long, value_name = "A", value_parser = options::share)]
    cooling: Option<f64>,
    /// Column with the hardware that a row runs on, for --availability and --capacity; values of it
    /// with few measurements, or none, borrow from the others [default: the one that the model was
    /// trained with]
    #[arg(long, value_name = "COL")]
    hardware: Option<String>,
    /// How available hardware is, from 0 (down: not chosen) to 1, as in cuda=0.8,webgpu=0.3, or a
    /// TOML file with a table [availability]. It multiplies what a row is worth; hardware that is
    /// not named counts as 1
    #[arg(long, value_name = "NAME=SHARE|FILE.toml")]
    availability: Option<String>,
    /// TOML file with the hosts: what each runs, how many rows at once, for how long, and when it
    /// is taken. The batch is one that they can run in that time, and the plan of who runs what and
    /// when is in the columns planned_host, planned_start_s and planned_end_s
    #[arg(long, value_name = "HOSTS.toml")]
    capacity: Option<String>,
    /// Column with how long measuring a row takes, for --capacity [default: --cost, if that is a
    /// time, else what the model predicts, if that is one]
    #[arg(long, value_name = "COL")]
    duration: Option<String>,
    /// Unit of that time: ns, us, ms, s, min or h [default: the end of the column's name, as in
    /// run_ms]
    #[arg(long, value_name = "UNIT", value_parser = options::time_unit)]
    time_unit: Option<TimeUnit>,
    /// At most N rows with one value of a column, as in hardware=3
    #[arg(
        long,
        value_name = "COL=N",
        value_delimiter = ',',
        value_parser = options::rows_of_column
    )]
    at_most: Vec<(String, usize)>,
    /// At least N rows with each value of a column, as in model=1
    #[arg(
        long,
        value_name = "COL=N",
        value_delimiter = ',',
        value_parser = options::rows_of_column
    )]
    at_least: Vec<(String, usize)>,
    /// Column of which all rows of the batch must have one value, such as the host they run on
    #[arg(long, value_name = "COL")]
    same: Option<String>,
    /// Most rows of the batch that may be measured ones, to be measured again where noise dominates
    #[arg(long, value_name = "N", value_parser = options::batch)]
    repeats: Option<usize>,
    /// Choose nothing, and end with code 4, if the batch may take less than this off the error, as
    /// in 0.03 for 3 %, and the last update moved the predictions by less
    #[arg(long, value_name = "GAIN", value_parser = options::share)]
    min_gain: Option<f64>,
    /// Rows less likely to work than this are not chosen, from 0 to 1; the model learns it from
    /// failed rows [default: 0.05]
    #[arg(long, value_name = "P", value_parser = options::share)]
    min_feasible: Option<f64>,
}

impl LimitArgs {
    /// Tells a model which column names the hardware, if it can use that.
    pub(crate) fn teach(&self, model: Option<&mut Campaign>) -> anyhow::Result<()> {
        let Some(column) = &self.hardware else {
            return Ok(());
        };
        let alone = self.availability.is_none() && self.capacity.is_none();
        match model {
            None if alone => usage(
                "--hardware names a column for --availability, --capacity and --model; give one of them",
            ),
            Some(model) if alone => Ok(model.set_hardware(column)?),
            // Any column will do for hosts, and what was said at training stays.
            Some(model) if model.hardware().is_none() => {
                let _ = model.set_hardware(column);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// `options` with these limits.
    pub(crate) fn apply(&self, model: Option<&Campaign>) -> anyhow::Result<SelectOptions> {
        let money = self.budget.is_some() || self.total_budget.is_some();
        let enough = money || self.capacity.is_some();
        let Some(n) = self.batch.or_else(|| enough.then_some(SelectOptions::ANY)) else {
            return usage(
                "how many rows? Give -n N, --budget COST with --cost COL, or --capacity HOSTS.toml",
            );
        };
        for (given, option) in [
            (self.min_feasible.is_some(), "--min-feasible"),
            (self.min_gain.is_some(), "--min-gain"),
            (self.repeats.is_some(), "--repeats"),
        ] {
            if given && model.is_none() {
                return usage(format!(
                    "{option} asks what a model knows; give --model FILE"
                ));
            }
        }
        if self.cooling.is_some() && self.cost.is_none() && self.cost_weights.is_empty() && !money {
            return usage("--cooling says how much costs count; give --cost COL too");
        }
        if self.duration.is_some() && self.capacity.is_none() {
            return usage(
                "--duration says how long hosts are busy; give --capacity HOSTS.toml too",
            );
        }
        if self.time_unit.is_some() && self.capacity.is_none() && !money {
            return usage(
                "--time-unit is the unit of times; give --capacity HOSTS.toml or --budget TIME too",
            );
        }
        let mut limits = SelectOptions::new(n);
        let known = model.and_then(|campaign| campaign.hardware());
        let hardware = self.hardware.clone().or_else(|| known.map(str::to_owned));
        limits.availability = self.available(hardware.as_deref())?;
        limits.capacity = self.hosts(hardware)?;
        limits.duration = self.duration.clone();
        limits.time_unit = self.time_unit;
        limits.budget = self.budget;
        limits.cost = self.cost.clone();
        limits.cost_weights = self.cost_weights.clone();
        limits.total_budget = self.total_budget;
        limits.cooling = self.cooling;
        limits.at_most = self.at_most.clone();
        limits.at_least = self.at_least.clone();
        limits.same = self.same.clone();
        limits.repeats = self.repeats.unwrap_or(0);
        limits.min_gain = self.min_gain;
        if let Some(least) = self.min_feasible {
            limits.least_feasible = least;
        }
        Ok(limits)
    }

    fn available(&self, hardware: Option<&str>) -> anyhow::Result<Option<Availability>> {
        let Some(text) = &self.availability else {
            return Ok(None);
        };
        let Some(column) = hardware else {
            return usage("--availability names values of a column; say which one: --hardware COL");
        };
        let shares = if ends_in_toml(text) {
            parse_availability(&read(text)?).map_err(|error| error.in_file(text))?
        } else {
            match options::shares(text) {
                Ok(shares) => shares,
                Err(error) => return usage(error),
            }
        };
        Ok(Some(Availability::new(column, shares)))
    }

    fn hosts(&self, hardware: Option<String>) -> anyhow::Result<Option<Capacity>> {
        let Some(name) = &self.capacity else {
            return Ok(None);
        };
        let hosts = Hosts::parse(&read(name)?).map_err(|error| error.in_file(name))?;
        Ok(Some(Capacity {
            hosts,
            name: name.clone(),
            hardware,
        }))
    }
}

fn ends_in_toml(text: &str) -> bool {
    let ending = Path::new(text).extension();
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

fn read(path: &str) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path);
    Ok(text.map_err(|error| Fault::data(format!("{path}: cannot be read: {error}")))?)
}
