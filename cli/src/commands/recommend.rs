//! `altool recommend`: which hardware for which workload, and what to measure
//! to know it better.

use std::path::PathBuf;

use al_core::{Seed, Tabular};
use al_pipeline::{
    Advice, Campaign, IntegrateOptions, IntegrationWeights, RecommendOptions, TableSource, counted,
    integrate, recommend,
};
use clap::Args;

use super::{CommandContext, load};
use crate::args::files::{InputArgs, TableArgs, names};
use crate::args::names::{GainName, OptimalityName, TimeUnitName};
use crate::args::values;
use crate::exit::{Outcome, usage};
use crate::help;
use crate::output::{Destination, check_file};

const EXAMPLES: &str = "\
altool recommend fixtures/llm/candidates.csv --model m.altool --hardware hardware \\
    --optimize-for throughput --specs fixtures/llm/hardware_specs.csv \\
    --specs fixtures/llm/models.csv -o advice.csv
altool recommend fixtures/llm/candidates.csv --model m.altool --hardware hardware \\
    --optimize-for throughput --all-hardware --current hardware -o moves.csv
altool recommend fixtures/llm/candidates.csv --model m.altool --hardware hardware \\
    --optimize-for throughput --integrate -n 10 -o batch.csv";

/// Recommend the best hardware for each workload
#[derive(Debug, Args)]
#[command(
    before_help = help::examples(EXAMPLES),
    after_help = "\
A workload is what a row's features are without the hardware columns; other columns are copied from
its first row. Candidates without a hardware column are taken with every hardware that the model has
rows of. With --current there is a row of advice per row of such candidates. If no workload has a
hardware left, the exit code is 4."
)]
pub(crate) struct RecommendArgs {
    /// Tables with workloads, one row per workload and hardware or without hardware, patterns, or -
    /// for standard input. Several are read as one
    #[arg(required = true, value_name = "CANDIDATES")]
    candidates: Vec<String>,
    #[command(flatten)]
    objective: ObjectiveArgs,
    #[command(flatten)]
    workloads: WorkloadArgs,
    #[command(flatten)]
    possible: PossibleArgs,
    #[command(flatten)]
    integration: IntegrationArgs,
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    output: TableArgs,
    /// Text to put before the names of the added columns
    #[arg(long, value_name = "TEXT", default_value = "", help_heading = "Output")]
    prefix: String,
    /// Write a row per workload and hardware to this table as well
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    hardware_table: Option<PathBuf>,
}

/// What is better.
#[derive(Debug, Args)]
#[command(next_help_heading = "Objective")]
struct ObjectiveArgs {
    /// Model file that train wrote. Several, with an objective each, give a Pareto set
    #[arg(short, long = "model", value_name = "FILE", required = true)]
    models: Vec<PathBuf>,
    /// Objective: throughput (large values), latency, time, energy or cost (small ones), or the
    /// target of the model, whose direction the model knows. One per model
    #[arg(long, value_name = "GOAL", value_delimiter = ',', required = true)]
    optimize_for: Vec<String>,
    /// Column with the price of a hardware per hour: cost is predicted time × price
    #[arg(long, value_name = "COL")]
    price: Option<String>,
    /// Column with the power of a hardware in watts: energy, in joules, is predicted time × power
    #[arg(long, value_name = "COL")]
    power: Option<String>,
    /// Unit of the predicted time [default: by the end of the name of the target, as in time_ms]
    #[arg(long, value_name = "UNIT", value_enum, ignore_case = true)]
    time_unit: Option<TimeUnitName>,
}

/// What is to be placed, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Workloads")]
struct WorkloadArgs {
    /// Columns that together are the hardware [default: the one that a model was trained with]
    #[arg(long, value_name = "A,B", value_delimiter = ',', value_parser = values::column)]
    hardware: Vec<String>,
    /// Column with the hardware that a workload runs on now
    #[arg(long, value_name = "COL")]
    current: Option<String>,
    /// Take each workload with every hardware that the model has rows of
    #[arg(long)]
    all_hardware: bool,
    /// Refuse workloads that were measured on no hardware
    #[arg(long)]
    need_measured: bool,
}

/// Which hardware is possible.
#[derive(Debug, Args)]
#[command(next_help_heading = "Possible hardware")]
struct PossibleArgs {
    /// Table joined by all columns that it shares with the candidates, such as hardware with its
    /// memory_gb or models with their memory_need_gb. May be given several times
    #[arg(long, value_name = "FILE")]
    specs: Vec<String>,
    /// SQL over the columns of candidates and specs that must not be false for a pair of workload
    /// and hardware. May be given several times [default: memory_need_gb <= memory_gb *
    /// num_devices, and a column for the precision, where there are such columns]
    #[arg(long, value_name = "SQL")]
    require: Vec<String>,
    /// Exclude pairs with a success probability below this, 0 to 1; the model learns it from
    /// failed rows [default: 0.05]
    #[arg(long, value_name = "P", value_parser = values::share)]
    min_feasible: Option<f64>,
}

/// What to measure instead of advice.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to measure")]
struct IntegrationArgs {
    /// Choose pairs to measure instead: those with the largest 0.7 · information gain + 0.3 ·
    /// hardware optimality
    #[arg(long)]
    integrate: bool,
    /// Pairs to choose, 1 to 10000000 [default: 10]
    #[arg(short = 'n', long = "count", value_name = "N", value_parser = values::batch)]
    count: Option<usize>,
    /// Weights of both parts of the combined score, each 0 or more [default:
    /// information_gain=0.7,optimality=0.3]
    #[arg(long, value_name = "NAME=W", value_parser = values::integration_weights)]
    weights: Option<IntegrationWeights>,
    /// Hardware optimality of a pair, 0 to 1
    #[arg(long, value_name = "NAME", value_enum, default_value_t)]
    optimality: OptimalityName,
    /// Gain that is called information gain [default: epig]
    #[arg(long, value_name = "NAME", value_enum)]
    gain: Option<GainName>,
    /// Column with the name of what runs, for model_name [default: the workload in words]
    #[arg(long, value_name = "COL")]
    model_column: Option<String>,
}

impl IntegrationArgs {
    /// The first option that means nothing without --integrate.
    fn needing_integrate(&self) -> Option<&'static str> {
        [
            (self.count.is_some(), "-n"),
            (self.weights.is_some(), "--weights"),
            (self.gain.is_some(), "--gain"),
            (self.model_column.is_some(), "--model-column"),
        ]
        .into_iter()
        .find_map(|(given, option)| given.then_some(option))
    }

    /// What to measure, if that is asked for.
    fn check(&self) -> Option<IntegrateOptions> {
        let default = IntegrateOptions::default();
        self.integrate.then(|| IntegrateOptions {
            n: self.count.unwrap_or(default.n),
            weights: self.weights.unwrap_or(default.weights),
            gain: self.gain.map_or(default.gain, Into::into),
            model_column: self.model_column.clone(),
        })
    }
}

/// What is recommended, from what, and where it goes.
#[derive(Debug)]
struct CheckedRecommend {
    candidates: TableSource,
    options: RecommendOptions,
    integrate: Option<IntegrateOptions>,
    destination: Destination,
    table: Option<Destination>,
}

impl RecommendArgs {
    /// That the options fit together.
    fn check_together(&self) -> anyhow::Result<()> {
        let IntegrationArgs { integrate, .. } = self.integration;
        if let (false, Some(option)) = (integrate, self.integration.needing_integrate()) {
            return usage(format!(
                "{option} is for choosing what to measure; give --integrate too"
            ));
        }
        if integrate && self.hardware_table.is_some() {
            return usage("--hardware-table is for advice; remove --integrate");
        }
        if integrate && self.objective.models.len() > 1 {
            return usage("--integrate is for one model; remove the others");
        }
        if self.hardware_table.is_some() && self.output.output == self.hardware_table {
            return usage("-o and --hardware-table name the same file; name two");
        }
        Ok(())
    }

    fn options(&self, seed: Option<u64>) -> RecommendOptions {
        let (objective, workloads) = (&self.objective, &self.workloads);
        let default = RecommendOptions::new("", "");
        RecommendOptions {
            hardware: workloads.hardware.clone(),
            optimize_for: objective.optimize_for.clone(),
            specs: self
                .possible
                .specs
                .iter()
                .map(|path| self.input.reading.one(path))
                .collect(),
            require: self.possible.require.clone(),
            price: objective.price.clone(),
            power: objective.power.clone(),
            time_unit: objective.time_unit.map(Into::into),
            current: workloads.current.clone(),
            all_hardware: workloads.all_hardware,
            least_feasible: self.possible.min_feasible.unwrap_or(default.least_feasible),
            need_measured: workloads.need_measured,
            optimality: self.integration.optimality.into(),
            every_pair: self.hardware_table.is_some(),
            prefix: self.prefix.clone(),
            seed: seed.map(Seed),
        }
    }

    fn check(&self, seed: Option<u64>) -> anyhow::Result<CheckedRecommend> {
        let models = names(&self.objective.models);
        let read = [&self.candidates[..], &self.possible.specs[..], &models[..]].concat();
        let destination = self.output.check_beside(&read)?;
        self.check_together()?;
        let table = match &self.hardware_table {
            None => None,
            Some(path) => {
                check_file(path)?;
                Some(TableArgs::file(path).check_named("--hardware-table", &read)?)
            }
        };
        let options = self.options(seed);
        options.check(self.objective.models.len())?;
        Ok(CheckedRecommend {
            candidates: self.input.source(&self.candidates),
            options,
            integrate: self.integration.check(),
            destination,
            table,
        })
    }

    pub(crate) fn run(&self, context: &CommandContext) -> anyhow::Result<Outcome> {
        let mut checked = self.check(context.seed)?;
        let progress = context.progress();
        let paths = self.objective.models.iter();
        let campaigns = paths.map(|path| load(path, &progress));
        let mut campaigns = campaigns.collect::<anyhow::Result<Vec<Campaign>>>()?;
        drop(progress);
        checked.know_hardware(&campaigns)?;
        for campaign in &mut campaigns {
            // Hardware that the model knows as a number cannot borrow, and a
            // column that is no feature is refused below.
            if let ([column], None) = (checked.options.hardware.as_slice(), campaign.hardware()) {
                let _ = campaign.set_hardware(column);
            }
        }
        match &checked.integrate {
            Some(how) => checked.integrate(&campaigns[0], how, context),
            None => checked.recommend(&campaigns, context),
        }
    }
}

impl CheckedRecommend {
    /// The columns that are the hardware, where none are named: the one that a
    /// model was trained with.
    fn know_hardware(&mut self, campaigns: &[Campaign]) -> anyhow::Result<()> {
        if !self.options.hardware.is_empty() {
            return Ok(());
        }
        let known = campaigns.iter().find_map(Campaign::hardware);
        match known {
            Some(column) => self.options.hardware = vec![column.to_owned()],
            None => {
                return usage(
                    "which columns are the hardware? Give --hardware COL; the model was trained without it",
                );
            }
        }
        Ok(())
    }

    fn recommend(
        &self,
        campaigns: &[Campaign],
        context: &CommandContext,
    ) -> anyhow::Result<Outcome> {
        let models: Vec<&dyn Tabular> = campaigns
            .iter()
            .map(|campaign| campaign as &dyn Tabular)
            .collect();
        let progress = context.progress();
        let advice = recommend(&models, &self.candidates, &self.options, &progress)?;
        drop(progress);
        self.destination.write_some(&advice.frame)?;
        if let (Some(table), Some(pairs)) = (&self.table, &advice.pairs) {
            table.write(pairs, true)?;
        }
        context.log.warnings(&advice.warnings);
        self.tell(context, &advice);
        if advice.undecided == advice.asked {
            return Ok(Outcome::NothingLeft);
        }
        Ok(Outcome::Done)
    }

    fn tell(&self, context: &CommandContext, advice: &Advice) {
        let Some(name) = self.destination.name() else {
            return;
        };
        let flagged = match &self.options.current {
            None => String::new(),
            Some(_) => format!(", {} on another hardware now", advice.flagged),
        };
        let workloads = counted(advice.workloads, "workload");
        let told = match advice.asked == advice.workloads {
            true => workloads,
            false => format!("advice for {} of {workloads}", counted(advice.asked, "row")),
        };
        context.log.note(&format!("{name}: {told}{flagged}"));
    }

    fn integrate(
        &self,
        campaign: &Campaign,
        how: &IntegrateOptions,
        context: &CommandContext,
    ) -> anyhow::Result<Outcome> {
        let progress = context.progress();
        let found = integrate(campaign, &self.candidates, &self.options, how, &progress)?;
        drop(progress);
        self.destination.write(&found.frame, true)?;
        context.log.warnings(&found.warnings);
        if found.recommendations.is_empty() {
            context.log.note(
                "nothing was chosen: every pair is measured or excluded (altool recommend without --integrate says why)",
            );
            return Ok(Outcome::NothingLeft);
        }
        if let Some(name) = self.destination.name() {
            context.log.note(&format!(
                "{name}: {} of {} unmeasured pairs",
                found.recommendations.len(),
                found.available
            ));
        }
        Ok(Outcome::Done)
    }
}
