//! `altool recommend`: which hardware for which workload, and what to measure
//! to know it better.

use std::path::PathBuf;

use al_core::{Seed, Tabular};
use al_pipeline::{
    Campaign, IntegrateOptions, IntegrationWeights, Optimality, RecommendOptions, TimeUnit,
    counted, integrate, recommend,
};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};

use super::{Context, load, one, source};
use crate::args::{Filter, TableOutput};
use crate::exit::{Outcome, usage};
use crate::options;
use crate::output::{Place, check_file};

/// Say which hardware is best for each workload, how sure that is, and what to measure to know it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  altool recommend candidates.csv --model model.altool --hardware hardware \\
    --optimize-for throughput -o advice.csv
  altool recommend jobs.csv --model model.altool --hardware gpu --optimize-for latency \\
    --current runs_on -o moves.csv
  altool recommend candidates.csv --model time.altool --hardware gpu --optimize-for cost \\
    --specs prices.csv --price usd_per_hour -o advice.csv
  altool recommend candidates.csv --model fast.altool --model frugal.altool --hardware gpu \\
    --optimize-for throughput,energy -o front.csv
  altool recommend candidates.csv --model model.altool --hardware gpu --optimize-for latency \\
    --integrate -n 10 -o batch.csv

A workload is a row's features without its hardware columns; other columns come along from its first
row. Candidates without a hardware column are taken with every hardware that the model has seen.
With --current there is a row of advice per row of such candidates. If no workload has a hardware
left, the exit code is 4.")]
pub(crate) struct Recommend {
    /// Tables with workloads, one row per workload and hardware or without hardware, patterns, or -
    /// for standard input. Several are read as one
    #[arg(required = true, value_name = "CANDIDATES")]
    candidates: Vec<String>,
    /// Model file that train wrote. Several, with an objective each, give a Pareto set
    #[arg(short, long = "model", value_name = "FILE", required = true)]
    models: Vec<PathBuf>,
    /// Columns that make a hardware
    #[arg(long, value_name = "A,B", value_delimiter = ',', required = true)]
    hardware: Vec<String>,
    /// What is wanted: throughput (large values), latency, time, energy or cost (small ones), or the
    /// model's target, whose direction the model knows. One per model
    #[arg(long, value_name = "GOAL", value_delimiter = ',', required = true)]
    optimize_for: Vec<String>,
    /// Column that says on which hardware a workload runs now
    #[arg(long, value_name = "COL")]
    current: Option<String>,
    /// Take each workload with every hardware that the model has seen
    #[arg(long)]
    all_hardware: bool,
    /// Table joined by all columns that it shares with the candidates, such as hardware with its
    /// memory_gb or models with their memory_need_gb. May be given several times
    #[arg(long, value_name = "FILE")]
    specs: Vec<String>,
    /// SQL over the columns of candidates and specs: pairs of which it is false are left out. May be
    /// given several times [default: memory_need_gb <= memory_gb * num_devices, and a column for the
    /// precision, where there are such columns]
    #[arg(long, value_name = "SQL")]
    require: Vec<String>,
    /// Column with a hardware's price per hour: cost is predicted time × price
    #[arg(long, value_name = "COL")]
    price: Option<String>,
    /// Column with a hardware's power in watts: energy, in joules, is predicted time × power
    #[arg(long, value_name = "COL")]
    power: Option<String>,
    /// Unit of the predicted time: ns, us, ms, s, min or h [default: by the end of the target's
    /// name, as in time_ms]
    #[arg(long, value_name = "UNIT", value_parser = options::time_unit)]
    time_unit: Option<TimeUnit>,
    /// Leave out pairs that work with less than this learned probability [default: 0.05]
    #[arg(long, value_name = "P", value_parser = options::share)]
    min_feasible: Option<f64>,
    /// Refuse workloads that were measured on no hardware
    #[arg(long)]
    need_measured: bool,
    /// Write a row per workload and hardware to this table, too
    #[arg(long, value_name = "FILE", conflicts_with = "integrate")]
    hardware_table: Option<PathBuf>,
    /// Put before the names of the columns that are added
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    /// Choose what to measure instead: the pairs with the largest 0.7 · information gain + 0.3 ·
    /// hardware optimality
    #[arg(long)]
    integrate: bool,
    /// Rows to choose with --integrate [default: 10]
    #[arg(short = 'n', long = "count", value_name = "N", requires = "integrate", value_parser = options::batch)]
    count: Option<usize>,
    /// How much both parts of the combined score count, as in information_gain=0.7,optimality=0.3
    #[arg(long, value_name = "NAME=W", requires = "integrate", value_parser = weights)]
    weights: Option<IntegrationWeights>,
    /// What the hardware optimality of a pair is [default: p-best]
    #[arg(long, value_name = "NAME", value_parser = optimalities())]
    optimality: Option<String>,
    /// Which gain is called information gain [default: epig]
    #[arg(long, value_name = "NAME", requires = "integrate", value_parser = options::gains())]
    gain: Option<String>,
    /// Column that names what runs, for model_name [default: the workload in words]
    #[arg(long, value_name = "COL", requires = "integrate")]
    model_column: Option<String>,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    output: TableOutput,
}

impl Recommend {
    pub(crate) fn run(&self, context: &Context) -> anyhow::Result<Outcome> {
        let read = [&self.candidates[..], &self.specs[..]].concat();
        let place = self.output.place_beside(&read)?;
        let table = match &self.hardware_table {
            None => None,
            Some(path) => {
                if self.output.output.as_ref() == Some(path) {
                    return usage("-o and --hardware-table name the same file; name two");
                }
                let output = TableOutput {
                    output: Some(path.clone()),
                    format: None,
                };
                check_file(path)?;
                Some(output.place_beside(&read)?)
            }
        };
        if self.integrate && self.models.len() > 1 {
            return usage("--integrate is for one model; leave out the others");
        }
        let options = self.options(context);
        options.check(self.models.len())?;
        let progress = context.progress();
        let mut campaigns: Vec<Campaign> = Vec::new();
        for path in &self.models {
            let mut campaign = load(path, &progress)?;
            // Hardware that the model knows as a number cannot borrow, and a
            // column that is no feature is refused below.
            if let ([column], None) = (self.hardware.as_slice(), campaign.hardware()) {
                let _ = campaign.set_hardware(column);
            }
            campaigns.push(campaign);
        }
        let candidates = source(&self.candidates, self.filter.filter.as_ref());
        if self.integrate {
            let how = IntegrateOptions {
                n: self.count.unwrap_or(10),
                weights: self.weights.unwrap_or_default(),
                gain: options::gain(self.gain.as_deref()),
                model_column: self.model_column.clone(),
            };
            let found = integrate(&campaigns[0], &candidates, &options, &how, &progress)?;
            drop(progress);
            place.write(&found.frame, true)?;
            context.log.warnings(&found.warnings);
            if found.recommendations.is_empty() {
                context.log.note(
                    "nothing was chosen: every pair is measured or left out (altool recommend without --integrate says why)",
                );
                return Ok(Outcome::NothingLeft);
            }
            if let Some(name) = place.name() {
                context.log.note(&format!(
                    "{name}: {} of {} unmeasured pairs",
                    found.recommendations.len(),
                    found.available
                ));
            }
            return Ok(Outcome::Done);
        }
        let models: Vec<&dyn Tabular> = campaigns
            .iter()
            .map(|campaign| campaign as &dyn Tabular)
            .collect();
        let advice = recommend(&models, &candidates, &options, &progress)?;
        drop(progress);
        place.write(&advice.frame, true)?;
        if let (Some(table), Some(pairs)) = (&table, &advice.pairs) {
            table.write(pairs, true)?;
        }
        context.log.warnings(&advice.warnings);
        self.tell(context, &place, &advice);
        if advice.undecided == advice.workloads {
            return Ok(Outcome::NothingLeft);
        }
        Ok(Outcome::Done)
    }

    fn options(&self, context: &Context) -> RecommendOptions {
        let defaults = RecommendOptions::new("", "");
        RecommendOptions {
            hardware: self.hardware.clone(),
            optimize_for: self.optimize_for.clone(),
            specs: self.specs.iter().map(|path| one(path)).collect(),
            require: self.require.clone(),
            price: self.price.clone(),
            power: self.power.clone(),
            time_unit: self.time_unit,
            current: self.current.clone(),
            all_hardware: self.all_hardware,
            least_feasible: self.min_feasible.unwrap_or(defaults.least_feasible),
            need_measured: self.need_measured,
            optimality: optimality(self.optimality.as_deref()),
            every_pair: self.hardware_table.is_some(),
            prefix: self.prefix.clone(),
            seed: context.seed.map(Seed),
        }
    }

    fn tell(&self, context: &Context, place: &Place, advice: &al_pipeline::Advice) {
        let Some(name) = place.name() else { return };
        let flagged = match &self.current {
            None => String::new(),
            Some(_) => format!(", {} on another hardware now", advice.flagged),
        };
        context.log.note(&format!(
            "{name}: {}{flagged}",
            counted(advice.workloads, "workload")
        ));
    }
}

fn optimalities() -> PossibleValuesParser {
    let values = Optimality::ALL.map(|(_, name, what)| PossibleValue::new(name).help(what));
    values.to_vec().into()
}

fn optimality(name: Option<&str>) -> Optimality {
    let mut all = Optimality::ALL.into_iter();
    let found = all.find(|(_, known, _)| Some(*known) == name);
    found.map_or_else(Optimality::default, |(optimality, _, _)| optimality)
}

/// The weights of both parts; one that is not named counts nothing.
fn weights(text: &str) -> Result<IntegrationWeights, String> {
    let wrong = || {
        "information_gain=NUMBER,optimality=NUMBER is needed, as in information_gain=0.7,optimality=0.3"
            .to_owned()
    };
    let mut weights = IntegrationWeights {
        information_gain: 0.0,
        optimality: 0.0,
    };
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or_else(wrong)?;
        let value: f64 = value.trim().parse().map_err(|_| wrong())?;
        if !value.is_finite() || value < 0.0 {
            return Err(format!(
                "the weight of {} is {value}; it must be at least 0",
                name.trim()
            ));
        }
        match name.trim() {
            "information_gain" => weights.information_gain = value,
            "optimality" => weights.optimality = value,
            other => {
                return Err(format!(
                    "'{other}' is no part of the score; they are information_gain and optimality"
                ));
            }
        }
    }
    if weights.information_gain + weights.optimality <= 0.0 {
        return Err("one weight must be above 0".to_owned());
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_named() {
        let read = weights("information_gain=2, optimality=1").unwrap();
        assert_eq!((read.information_gain, read.optimality), (2.0, 1.0));
        assert_eq!(weights("optimality=1").unwrap().information_gain, 0.0);
        for wrong in [
            "",
            "0.7,0.3",
            "gain=1",
            "optimality=-1",
            "optimality=0",
            "optimality=x",
        ] {
            assert!(weights(wrong).is_err(), "{wrong}");
        }
    }
}
