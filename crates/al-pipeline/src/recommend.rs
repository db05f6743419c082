//! Which hardware to use for which workload, and how sure that is.
//!
//! A *workload* is a row without its hardware columns; a *pair* is a workload on
//! one hardware. `docs/HARDWARE.md` says what the numbers mean; the mathematics
//! is in `al_hw::recommend`.
//!
//! | room | what happens there |
//! |---|---|
//! | `objective` | what is wanted, and whether the model agrees |
//! | `pairs` | candidates become pairs of a workload and a hardware |
//! | `asks` | for what advice is asked: workloads, or where they run now |
//! | `specs` | tables beside them, and prices |
//! | `rules` | what does not fit |
//! | `belief` | what the model believes of pairs, and what was measured |
//! | `advice` | per workload the best, the runner-up, probabilities, regrets |
//! | `tables` | all of that as tables |
//! | `integrate` | pairs ranked by what they teach and how good they are |

mod advice;
mod asks;
mod belief;
mod front;
mod integrate;
mod objective;
mod pairs;
mod rules;
mod specs;
mod tables;

use al_core::{Fault, Message, Messages, Progress, Seed, Tabular, setting};
use al_hw::{Normals, TimeUnit};
use al_tables::Frame;

use crate::borrowers::Borrowers;
use crate::choose::LEAST_FEASIBLE;
use crate::phrases::counted;
use crate::source::Source;
use advice::{Asked, Judged, Regrets};
use belief::PairBelief;
use objective::Objective;
use pairs::{Pairs, workload_schema};
use specs::Joined;

pub use integrate::{
    HardwareIntegration, HardwareRecommendation, HardwareRecommender, IntegrateOptions,
    IntegrationWeights, integrate,
};

/// What is wanted, and of what.
#[derive(Debug, Clone)]
pub struct RecommendOptions {
    /// The columns that make a hardware.
    pub hardware: Vec<String>,
    /// What is optimised, one per model: throughput, latency, time, energy,
    /// cost, or the model's target.
    pub optimize_for: Vec<String>,
    /// Tables joined by the columns that they share with the candidates.
    pub specs: Vec<Source>,
    /// SQL over the candidates and the specs that must be true of a pair.
    pub require: Vec<String>,
    /// The column with the price of a hardware per hour: costs are predicted
    /// times × prices.
    pub price: Option<String>,
    /// The column with the power of a hardware in watts: energies are
    /// predicted times × powers.
    pub power: Option<String>,
    /// The unit of the target, if it is a time.
    pub time_unit: Option<TimeUnit>,
    /// The column that says on which hardware a workload runs now.
    pub current: Option<String>,
    /// Each workload with every hardware that the model has seen, whatever the
    /// candidates' hardware columns hold.
    pub all_hardware: bool,
    /// Least learned probability that a pair works, for it to be recommended.
    pub least_feasible: f64,
    /// Whether a workload that was measured on no hardware is an error.
    pub need_measured: bool,
    /// What the hardware optimality of a pair is.
    pub optimality: Optimality,
    /// Whether the advice has a row per pair, too.
    pub every_pair: bool,
    /// Put before the names of the columns that are added.
    pub prefix: String,
    /// The seed of the draws; the first model's if not given.
    pub seed: Option<Seed>,
}

impl RecommendOptions {
    /// The defaults, for hardware named by `hardware` and one objective.
    #[must_use]
    pub fn new(hardware: &str, optimize_for: &str) -> RecommendOptions {
        RecommendOptions {
            hardware: vec![hardware.to_owned()],
            optimize_for: vec![optimize_for.to_owned()],
            specs: Vec::new(),
            require: Vec::new(),
            price: None,
            power: None,
            time_unit: None,
            current: None,
            all_hardware: false,
            least_feasible: LEAST_FEASIBLE,
            need_measured: false,
            optimality: Optimality::default(),
            every_pair: false,
            prefix: String::new(),
            seed: None,
        }
    }

    /// That there is one objective for each of so many models, and each once:
    /// what can be told before anything is read.
    ///
    /// # Errors
    ///
    /// More or fewer objectives than models, and the same one twice.
    pub fn check(&self, models: usize) -> Result<(), Fault> {
        let objectives = &self.optimize_for;
        if models != objectives.len() {
            let problem = format!(
                "there are {} and {}",
                counted(models, "model"),
                counted(objectives.len(), "objective")
            );
            let remedy = Message::from("give one objective for each model, in their order, as in ")
                .setting(setting::OPTIMIZE_FOR.to("throughput,energy"));
            return Err(Fault::usage(problem).remedy(remedy));
        }
        let twice = |at: &usize| objectives[..*at].contains(&objectives[*at]);
        match (0..objectives.len()).find(twice) {
            None => Ok(()),
            Some(at) => {
                let twice = &objectives[at];
                let problem =
                    Message::from(setting::OPTIMIZE_FOR).text(format!(" names '{twice}' twice"));
                Err(Fault::usage(problem).remedy(format!(
                    "several models are for several objectives, as in throughput,energy: leave out the other model of '{twice}'"
                )))
            }
        }
    }
}

/// What the hardware optimality of a pair is, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Optimality {
    /// The probability that its hardware is the best for its workload.
    #[default]
    PBest,
    /// Its predicted value over that of the best, or the other way round.
    Ratio,
    /// One minus the probability: for who wants to probe doubtful placements.
    Mismatch,
    /// The knowledge gradient: how much better the choice of hardware for its
    /// workload is expected to be once it is measured, over the candidates.
    KnowledgeGradient,
}

impl Optimality {
    /// All, with their names on the command line and what they are.
    pub const ALL: [(Optimality, &'static str, &'static str); 4] = [
        (
            Optimality::PBest,
            "p-best",
            "the probability that its hardware is the best for its workload",
        ),
        (
            Optimality::Ratio,
            "ratio",
            "its predicted value compared with that of the best",
        ),
        (
            Optimality::Mismatch,
            "mismatch",
            "one minus the probability, to probe doubtful placements",
        ),
        (
            Optimality::KnowledgeGradient,
            "knowledge-gradient",
            "how much better the choice for its workload is expected to be once it is measured",
        ),
    ];
}

/// What is recommended.
#[derive(Debug)]
pub struct Advice {
    /// A row per workload; where it was asked what it runs on now, a row per
    /// job, or per workload and current hardware of pairs. With several models
    /// as many rows of each as its Pareto set has hardware.
    pub frame: Frame,
    /// A row per pair, where that was asked for.
    pub pairs: Option<Frame>,
    /// Number of workloads, each counted as often as advice was asked for it.
    pub workloads: usize,
    /// Workloads that run on another hardware than the recommended one.
    pub flagged: usize,
    /// Workloads without a hardware to recommend.
    pub undecided: usize,
    /// Warnings, a sentence each.
    pub warnings: Messages,
}

/// The pairs with all that is said of them.
struct Look<'a> {
    models: Vec<&'a dyn Tabular>,
    objectives: Vec<Objective>,
    pairs: Pairs,
    /// Per model.
    judged: Vec<Judged>,
    /// Per pair why it is left out.
    excluded: Vec<Option<String>>,
    /// Per pair the learned probability that it works; none where no failure is
    /// known.
    feasible: Vec<f64>,
    warnings: Messages,
}

/// A text for a table, whose reasons have no commas.
fn commaless(text: &str) -> String {
    text.replace(", ", " ").replace(',', " ")
}

impl<'a> Look<'a> {
    /// Everything but the tables.
    fn at(
        models: &[&'a dyn Tabular],
        candidates: &Source,
        options: &RecommendOptions,
        regrets: Regrets,
        progress: &dyn Progress,
    ) -> Result<Look<'a>, Fault> {
        options.check(models.len())?;
        let objectives = models
            .iter()
            .zip(&options.optimize_for)
            .map(|(&model, word)| Objective::of(word, model, options))
            .collect::<Result<Vec<Objective>, Fault>>()?;
        for (column, option, word) in [
            (&options.price, setting::PRICE, "cost"),
            (&options.power, setting::POWER, "energy"),
        ] {
            let used = objectives
                .iter()
                .any(|one| one.priced.is_some() && one.name == word);
            if column.is_some() && !used {
                let problem = Message::from(option)
                    .text(" is for ")
                    .setting(setting::OPTIMIZE_FOR.to(word))
                    .text(" with a model of a time");
                return Err(Fault::usage(problem).remedy("leave it out"));
            }
        }
        progress.stage("reading candidates", 0);
        let mut pairs = Pairs::read(models, candidates, options)?;
        let schema = workload_schema(models, &options.hardware);
        let mut warnings = std::mem::take(&mut pairs.warnings);
        warnings.extend(unmeasured(models, &pairs, &schema, options)?);
        let mut joined = Joined::read(&pairs, options)?;
        let mut excluded = joined.infeasible(options)?;
        let mut feasible = Vec::new();
        let mut beliefs = Vec::new();
        for &model in models {
            progress.stage("predicting pairs", pairs.source.len() as u64);
            let names: Vec<&str> = model.encoder().schema.names().collect();
            let table = pairs.frame.table(Some(&names))?;
            let mut borrowers = Borrowers::default();
            borrowers.note(model, &table);
            warnings.extend(borrowers.sentences(model));
            warnings.extend(model.borrowing_failure());
            let belief = PairBelief::of(
                model,
                &table,
                &schema,
                &options.hardware,
                &pairs.names,
                &pairs.hardware,
            )
            .map_err(|error| belief::misfit(&pairs, error))?;
            if let Some(learned) = model.feasibility()? {
                let own = learned.of(&table);
                feasible = match feasible.is_empty() {
                    true => own,
                    false => feasible
                        .iter()
                        .zip(own)
                        .map(|(a, b): (&f64, f64)| a.min(b))
                        .collect(),
                };
            }
            beliefs.push(belief);
        }
        let ran = |pair: usize| beliefs.iter().any(|belief| belief.known[pair].is_some());
        let required = !options.require.is_empty();
        warnings.extend(rules::keep_measured(&pairs, &mut excluded, &ran, required));
        for (pair, why) in excluded.iter_mut().enumerate() {
            if beliefs.iter().any(|belief| belief.failed[pair]) {
                why.get_or_insert_with(|| "failed when measured".to_owned());
            } else if beliefs.iter().all(|belief| belief.known[pair].is_none())
                && feasible
                    .get(pair)
                    .is_some_and(|&p| p < options.least_feasible)
            {
                why.get_or_insert_with(|| format!("works with probability {:.2}", feasible[pair]));
            }
        }
        let factors = objectives
            .iter()
            .map(|objective| factors(objective, &joined, &mut excluded))
            .collect::<Result<Vec<_>, Fault>>()?;
        warnings.extend(std::mem::take(&mut joined.warnings));
        progress.stage("comparing hardware", pairs.members.len() as u64);
        let widest = pairs.members.iter().map(Vec::len).max().unwrap_or(0);
        let seed = options.seed.unwrap_or_else(|| models[0].seed());
        let judged = beliefs
            .into_iter()
            .zip(&factors)
            .enumerate()
            .map(|(model, (belief, factors))| {
                let wanted = Asked {
                    regrets,
                    worth: (options.optimality == Optimality::KnowledgeGradient)
                        .then(|| models[model].measurement_variance().unwrap_or(0.0)),
                };
                let normals = Normals::new(
                    seed.derive("recommend", model as u64),
                    widest,
                    belief.freedom,
                );
                Judged {
                    belief,
                    factors: factors.clone(),
                    log: models[model].scale().log,
                    better: objectives[model].better,
                    normals,
                    pairs: advice::PerPair::default(),
                    workloads: Vec::new(),
                }
                .judge(&pairs, &excluded, wanted)
            })
            .collect();
        Ok(Look {
            models: models.to_vec(),
            objectives,
            pairs,
            judged,
            excluded,
            feasible,
            warnings,
        })
    }
}

/// Per pair the factor from the target to the objective; none where they are
/// one. A pair without a price cannot be compared.
fn factors(
    objective: &Objective,
    joined: &Joined,
    excluded: &mut [Option<String>],
) -> Result<Vec<f64>, Fault> {
    let Some(priced) = &objective.priced else {
        return Ok(Vec::new());
    };
    let prices = joined.prices(&priced.column)?;
    for (price, why) in prices.iter().zip(excluded) {
        if price.is_nan() {
            why.get_or_insert_with(|| format!("no {}", commaless(&priced.column)));
        }
    }
    let factor = |price: f64| {
        if price.is_nan() {
            1.0
        } else {
            price * priced.factor
        }
    };
    Ok(prices.into_iter().map(factor).collect())
}

/// A warning if workloads were measured on no hardware, or the error that was
/// asked for.
fn unmeasured(
    models: &[&dyn Tabular],
    pairs: &Pairs,
    schema: &al_core::Schema,
    options: &RecommendOptions,
) -> Result<Option<String>, Fault> {
    let Some(measured) = Pairs::measured_workloads(models[0], schema) else {
        return Ok(None);
    };
    let without: Vec<usize> = (0..pairs.keys.len())
        .filter(|&workload| !measured.contains(&pairs.keys[workload]))
        .collect();
    let Some(&first) = without.first() else {
        return Ok(None);
    };
    if options.need_measured {
        let row = pairs.source[pairs.first_pairs()[first]];
        let problem = format!(
            "this workload was measured on no hardware ({} of {} were not)",
            without.len(),
            counted(pairs.keys.len(), "workload")
        );
        let remedy = Message::from("measure it once and update the model, or leave ")
            .setting(setting::NEED_MEASURED)
            .text(" out for advice from the model alone");
        return Err(Fault::data(problem)
            .remedy(remedy)
            .at(pairs.input.place(row)));
    }
    Ok(Some(format!(
        "measured on no hardware, so that the advice is the model's alone: {} of {}",
        without.len(),
        counted(pairs.keys.len(), "workload")
    )))
}

/// Recommends a hardware for each workload of the candidates; with several
/// models the hardware that no other beats in all objectives.
///
/// # Errors
///
/// Objectives that the models do not have or that disagree with their
/// direction, columns that are not there, candidates that do not fit a model,
/// and specs that make no sense.
pub fn recommend(
    models: &[&dyn Tabular],
    candidates: &Source,
    options: &RecommendOptions,
    progress: &dyn Progress,
) -> Result<Advice, Fault> {
    let regrets = match options.every_pair {
        true => Regrets::All,
        false => Regrets::Needed,
    };
    let look = Look::at(models, candidates, options, regrets, progress)?;
    match models {
        [_] => look.advice(options),
        _ => look.pareto(options),
    }
}
