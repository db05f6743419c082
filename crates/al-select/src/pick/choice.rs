//! Which rows: the strategy's choice within the limits, and what each is worth.

use al_core::{Fault, Message, Tabular};
use al_sampling::{Query, Selection, rescored, select};

use super::anchors::Anchors;
use super::assemble::Assembly;
use super::joint::JointTargets;
use crate::constrain::{Fleet, Repeat, limits, placed, remark, worthwhile};
use crate::options::SelectOptions;
use crate::read::{Candidates, Lists, Offer, Request};
use crate::weigh::{cooling, has_costs, left_to_spend};

/// The rows picked.
pub(crate) struct Picked {
    pub(crate) selection: Selection,
    /// Per pick what it is worth whatever it costs; none without costs.
    pub(crate) worths: Vec<f32>,
    /// Measured rows that were asked for again.
    pub(crate) repeated: Vec<Repeat>,
    /// All measured rows that are worth measuring again.
    repeats: Vec<Repeat>,
}

impl Picked {
    /// What to say of rows that are worth measuring again.
    pub(crate) fn remark(&self, options: &SelectOptions) -> Option<Message> {
        remark(&self.repeats, self.selection.available, options)
    }
}

/// Picks rows of the candidates.
pub(crate) fn pick(
    belief: &dyn Tabular,
    request: &Request<'_>,
    candidates: &Candidates,
    lists: &Lists,
    fleet: Option<&Fleet<'_>>,
    anchors: &Anchors,
    joint: Option<&JointTargets>,
) -> Result<Picked, Fault> {
    let options = request.options;
    let cooling = cooling(belief, options);
    let weights = |cooling: f64| {
        let weights = weights(candidates, fleet, options, cooling);
        match joint {
            Some(joint) => joint.weighed(weights),
            None => weights,
        }
    };
    let wanted = weights(cooling);
    let offer = joint.map_or_else(|| candidates.offer(), |joint| joint.offer(candidates));
    let offer = Offer {
        weights: wanted.as_deref(),
        ..offer
    };
    let covered = joint.map_or(anchors, |joint| &joint.anchors);
    let mut assembly = Assembly::new(belief, offer, covered, options.space)?;
    if let Some(joint) = joint {
        assembly = assembly.wanting(joint.direction, &joint.noises);
    }
    let query = assembly.query();
    let repeats = worthwhile(belief, candidates, lists, options.n);
    let spent = left_to_spend(belief, options).is_some_and(|left| left <= 0.0);
    let most = if spent { 0 } else { options.repeats };
    // As many as the limits let in: nobody asked for one of them by name.
    let mut repeated = &repeats[..repeats.len().min(most)];
    let strategy = request.strategy.as_ref();
    let (selection, limits) = loop {
        let limits = limits(belief, candidates, lists, repeated, fleet, options)?;
        match select(strategy, &query, &limits, request.seed) {
            Ok(selection) => break (selection, limits),
            Err(_) if !repeated.is_empty() => repeated = &repeated[..repeated.len() - 1],
            Err(error) => return Err(placed(error, candidates, lists, fleet)),
        }
    };
    let picks = &selection.picks;
    let worths = if !has_costs(belief, options) {
        Vec::new()
    } else if cooling == 0.0 {
        // They were picked by weights that know no cost.
        picks.iter().map(|pick| pick.score).collect()
    } else {
        let costless = weights(0.0);
        let query = Query {
            weights: costless.as_deref(),
            ..query
        };
        rescored(strategy, &query, &limits, picks, request.seed)?
    };
    Ok(Picked {
        worths,
        repeated: repeated.to_vec(),
        repeats,
        // Of a table read in one pass, rows that were not kept count, too.
        selection: Selection {
            available: candidates.available.unwrap_or(selection.available),
            unavailable: selection.unavailable + candidates.hopeless,
            ..selection
        },
    })
}

/// How much each candidate is wanted whatever it would teach, where costs count
/// with the exponent `cooling`; `None`: all alike.
fn weights(
    candidates: &Candidates,
    fleet: Option<&Fleet<'_>>,
    options: &SelectOptions,
    cooling: f64,
) -> Option<Vec<f32>> {
    let weights = candidates.factors.weights(
        candidates.len(),
        &options.cost_weights,
        cooling,
        options.least_feasible,
    );
    match fleet {
        Some(fleet) => Some(fleet.weights(weights)),
        None => weights,
    }
}
