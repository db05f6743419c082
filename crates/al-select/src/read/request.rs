//! What is asked for, checked before any candidate is read.

use al_core::{Fault, Goal, Message, Messages, Seed, Tabular, setting};
use al_sampling::{Strategy, registry};
use al_tables::{Input, TableSource, check_columns, left_out};
use al_words::columns::{
    BATCH, OWN_PREFIX, OutputColumn, PICK_SCORE, PICKED, PREDICTION, UNCERTAINTY,
};

use super::checks::{check_capacity, check_limits};
use super::goals::{AT_TRAINING, check_direction, check_seeking, check_task};
use super::targets::{WantedTargets, check_several};
use crate::options::SelectOptions;
use crate::output_columns::names_of;

/// A batch that is asked for.
pub(crate) struct Request<'a> {
    pub(crate) options: &'a SelectOptions,
    /// The candidates.
    pub(crate) input: Input,
    /// The input's columns that go into the batch.
    pub(crate) columns: Vec<String>,
    /// Names of columns that mean something to the model: none of altool's own has one.
    pub(crate) known: Vec<String>,
    pub(crate) strategy: Box<dyn Strategy>,
    pub(crate) strategy_name: String,
    /// What is wanted of the targets.
    pub(crate) wanted: WantedTargets,
    /// Whether the strategy looks for the best rows.
    pub(crate) seeks: bool,
    pub(crate) seed: Seed,
    /// What there is to say so far, a sentence each.
    pub(crate) warnings: Messages,
}

impl<'a> Request<'a> {
    /// Opens the candidates and checks the options against them.
    ///
    /// `beliefs` has one at least; rows are read as the first knows them.
    pub(crate) fn new(
        beliefs: &[&dyn Tabular],
        source: &TableSource,
        options: &'a SelectOptions,
    ) -> Result<Request<'a>, Fault> {
        let belief = beliefs[0];
        let wanted = WantedTargets::of(beliefs, options)?;
        let strategy_name = strategy_name(belief, &wanted, options);
        let strategy = strategy(beliefs, &wanted, strategy_name, options)?;
        let input = source.open_knowing(&belief.known_columns())?;
        let mut warnings: Messages = input.notes().iter().cloned().collect();
        warnings.extend(left_out(&input, &options.ignore));
        if options.goal == Goal::Best && !belief.is_informed() {
            warnings.push(
                "without a model nothing is known of the best row: the first batch is spread out"
                    .to_owned(),
            );
        }
        let columns = input_columns(belief, &input, options)?;
        check_limits(belief, &input, options)?;
        check_capacity(belief, &input, options)?;
        Ok(Request {
            options,
            known: names_of(belief).map(str::to_owned).collect(),
            columns,
            strategy,
            strategy_name: strategy_name.to_owned(),
            wanted,
            seeks: registry::find(strategy_name)?.needs_direction,
            seed: options.seed.unwrap_or_else(|| belief.seed()),
            warnings,
            input,
        })
    }
}

fn strategy_name<'a>(
    belief: &dyn Tabular,
    wanted: &WantedTargets,
    options: &'a SelectOptions,
) -> &'a str {
    let default = match (belief.is_informed(), options.goal) {
        (true, Goal::Model) => al_sampling::DEFAULT,
        (true, Goal::Best) if wanted.objectives.len() > 1 => al_sampling::DEFAULT_FOR_FRONT,
        (true, Goal::Best) => al_sampling::DEFAULT_FOR_BEST,
        (false, _) => al_sampling::DEFAULT_WITHOUT_MODEL,
    };
    options.strategy.as_deref().unwrap_or(default)
}

/// The strategy asked for, if there is what it needs.
fn strategy(
    beliefs: &[&dyn Tabular],
    wanted: &WantedTargets,
    name: &str,
    options: &SelectOptions,
) -> Result<Box<dyn Strategy>, Fault> {
    let entry = registry::find(name)?;
    if beliefs[0].is_informed() {
        let improved = wanted.objectives.len();
        if options.goal == Goal::Best {
            check_seeking(entry, improved)?;
        }
        check_several(entry, improved)?;
        for &at in &wanted.objectives {
            let of_model = |fault: Fault| match beliefs.len() {
                1 => fault,
                _ => fault.at(format!("the model of '{}'", beliefs[at].columns().target)),
            };
            check_task(entry, beliefs[at].task()).map_err(of_model)?;
            check_direction(entry, beliefs[at].direction(), AT_TRAINING).map_err(of_model)?;
        }
    } else if entry.needs_model {
        let remedy = Message::from("give ")
            .setting(setting::MODEL.given())
            .text(", or ")
            .setting(setting::STRATEGY.to(al_sampling::DEFAULT_WITHOUT_MODEL))
            .text(" for a first batch");
        return Err(Fault::usage(format!("strategy '{name}' needs a model")).remedy(remedy));
    }
    Ok(entry.with_options(&options.settings)?)
}

/// What stands beside the score in every scored table.
static SCORED: [&OutputColumn; 2] = [&PREDICTION, &UNCERTAINTY];

/// Whether a batch adds a column of that name, as it is or with the prefix.
fn is_own(name: &str) -> bool {
    let bare = name.strip_prefix(OWN_PREFIX).unwrap_or(name);
    BATCH.columns.iter().any(|own| own.is_called(bare))
}

/// The input's columns that go into the batch: all but those of an earlier
/// batch. The columns asked for are checked against what there will be.
fn input_columns(
    belief: &dyn Tabular,
    input: &Input,
    options: &SelectOptions,
) -> Result<Vec<String>, Fault> {
    let names = input.names();
    let has = |name: &str| names.iter().any(|other| other == name);
    // A name that the model knows is the user's, and so is one that does not stand among
    // those that a batch, or a scored table, always has.
    let picked = PICKED.iter().all(|column| has(column.name));
    let scored = SCORED.iter().all(|column| has(column.name));
    let is_users = |name: &str| {
        names_of(belief).any(|known| known == name)
            || options.id.as_deref() == Some(name)
            || !(picked || scored && name == PICK_SCORE.name)
    };
    let kept = |name: &&String| !is_own(name) || is_users(name);
    let asked = options.columns.iter().flatten().map(String::as_str);
    check_columns(input, asked.filter(|name| !is_own(name)))?;
    Ok(names.iter().filter(kept).cloned().collect())
}
