//! What is wanted, and of what.

use al_core::phrases::counted;
use al_core::{Fault, Message, Seed, setting};
use al_hw::TimeUnit;
use al_select::LEAST_FEASIBLE;
use al_tables::TableSource;

/// What is wanted, and of what.
#[derive(Debug, Clone)]
pub struct RecommendOptions {
    /// The columns that make a hardware.
    pub hardware: Vec<String>,
    /// What is optimised, one per model: throughput, latency, time, energy,
    /// cost, or the model's target.
    pub optimize_for: Vec<String>,
    /// Tables joined by the columns that they share with the candidates.
    pub specs: Vec<TableSource>,
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
                    "several models are for several objectives, as in throughput,energy: remove the other model of '{twice}'"
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

/// A text for a table, whose reasons have no commas.
pub(crate) fn commaless(text: &str) -> String {
    text.replace(", ", " ").replace(',', " ")
}
