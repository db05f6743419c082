//! What to choose, and within which limits.

mod availability;
mod capacity;
mod outcome_limit;

use al_core::{Goal, Seed, StructureKind};
use al_hw::TimeUnit;
use al_sampling::StrategyOptions;
use al_tables::TableSource;

use crate::score::{Gain, UncertaintyWeights};
use crate::space::Space;

pub use availability::Availability;
pub use capacity::Capacity;
pub use outcome_limit::{OutcomeBound, OutcomeLimit};

/// Probability of working below which a row counts as sure to fail.
pub const LEAST_FEASIBLE: f64 = 0.05;

/// What limits call the scaffold of a molecule, which is derived where no column has the
/// name.
pub(crate) const SCAFFOLD: &str = "scaffold";

/// What to choose.
#[derive(Debug, Clone)]
pub struct SelectOptions {
    /// Most rows; [`SelectOptions::ANY`] where only the money is limited.
    pub n: usize,
    /// What rows are chosen for.
    pub goal: Goal,
    /// What targets of a row must be for it to be of use, where the best row is
    /// looked for. Rows are wanted the more, the likelier they are within.
    pub limits: Vec<OutcomeLimit>,
    /// The targets to improve, where the best row is looked for; those of all
    /// models that no limit is on, if none is named.
    pub objectives: Vec<String>,
    /// Name of the strategy; the default of the registry for the goal if not given.
    pub strategy: Option<String>,
    /// What is set on it.
    pub settings: StrategyOptions,
    /// Where rows lie for strategies that want distances.
    pub space: Space,
    /// Which gain is called information gain.
    pub gain: Gain,
    /// How much each measure counts in the combined uncertainty.
    pub weights: UncertaintyWeights,
    /// The column with what measuring a row costs; the model's, if what rows
    /// cost has to be known and no column is given. Rows that have no cost get
    /// the one that the model expects, if it has learned costs.
    pub cost: Option<String>,
    /// Several such columns and how much each counts in the weights.
    pub cost_weights: Vec<(String, f64)>,
    /// Most that the batch may cost.
    pub budget: Option<f64>,
    /// Most that the whole campaign may cost, with what the model's rows have
    /// cost. The less of it is left, the less costs count.
    pub total_budget: Option<f64>,
    /// How much costs count, from 0 to 1: the exponent of a row's relative
    /// cost. If not given, the share of the total budget that is left.
    pub cooling: Option<f64>,
    /// How available the hardware of a row is.
    pub availability: Option<Availability>,
    /// The hosts that the batch must fit.
    pub capacity: Option<Capacity>,
    /// The column with how long measuring a row takes, for the hosts; else it is
    /// the cost, if that is a time, or what the model predicts, if that is one.
    pub duration: Option<String>,
    /// The unit of these times; else the end of the column's name says it.
    pub time_unit: Option<TimeUnit>,
    /// Most rows with one value of a column, of each column named.
    pub at_most: Vec<(String, usize)>,
    /// Fewest rows with each value of a column.
    pub at_least: Vec<(String, usize)>,
    /// The column of which all rows of the batch have one value.
    pub same: Option<String>,
    /// Most rows of the batch that are measured already and are measured again
    /// where noise dominates.
    pub repeats: usize,
    /// The least gain that a batch is worth choosing for: the relative fall of
    /// the error that it may bring.
    pub min_gain: Option<f64>,
    /// Rows success probability below this are not chosen.
    pub least_feasible: f64,
    /// Rows being measured: not chosen, and counted as covered.
    pub pending: Option<TableSource>,
    /// Rows not to choose.
    pub exclude: Option<TableSource>,
    /// Rows to choose first.
    pub include: Option<TableSource>,
    /// Exactly these columns are written: of the input, or those that a batch
    /// adds. If not given, all of these and of the input.
    pub columns: Option<Vec<String>>,
    /// The column that identifies a row, without a model.
    pub id: Option<String>,
    /// The column of structures and how they are read, without a model.
    pub structure: Option<(String, StructureKind)>,
    /// Columns that say nothing about a row, without a model.
    pub ignore: Vec<String>,
    /// Reads the candidates in one pass and keeps about so many of them to
    /// choose from.
    pub stream: Option<usize>,
    /// The seed; the model's if not given.
    pub seed: Option<Seed>,
}

impl SelectOptions {
    /// A number of rows that no batch has.
    pub const ANY: usize = usize::MAX;

    /// `n` rows, everything else at its default.
    #[must_use]
    pub fn new(n: usize) -> SelectOptions {
        SelectOptions {
            n,
            goal: Goal::default(),
            limits: Vec::new(),
            objectives: Vec::new(),
            strategy: None,
            settings: StrategyOptions::none(),
            space: Space::default(),
            gain: Gain::default(),
            weights: UncertaintyWeights::default(),
            cost: None,
            cost_weights: Vec::new(),
            budget: None,
            total_budget: None,
            cooling: None,
            availability: None,
            capacity: None,
            duration: None,
            time_unit: None,
            at_most: Vec::new(),
            at_least: Vec::new(),
            same: None,
            repeats: 0,
            min_gain: None,
            least_feasible: LEAST_FEASIBLE,
            pending: None,
            exclude: None,
            include: None,
            columns: None,
            id: None,
            structure: None,
            ignore: Vec::new(),
            stream: None,
            seed: None,
        }
    }

    /// Rows kept in one pass over the candidates for this batch.
    #[must_use]
    pub fn buffer(&self) -> usize {
        kept(self.n)
    }
}

/// Rows kept for a batch of `n`: a sample in which regions are as they are in
/// the whole, and more extreme rows than the batch can take.
fn kept(n: usize) -> usize {
    let most = 1 << 18;
    let n = if n == SelectOptions::ANY { most } else { n };
    n.saturating_mul(64).clamp(1 << 14, most).max(n)
}
