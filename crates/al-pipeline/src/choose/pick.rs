//! Which rows: the strategy's choice within the limits, and what each is worth.

use al_core::{Fault, Message, Tabular};
use al_sampling::{Query, Selection, rescored, select};

use super::anchors::Anchors;
use super::assemble::{Assembly, Offer};
use super::candidates::Candidates;
use super::capacity::Fleet;
use super::columns::has_costs;
use super::lists::Lists;
use super::repeats::Repeat;
use super::request::Request;
use super::{SelectOptions, limits, repeats, spend};

/// The rows picked.
pub(super) struct Picked {
    pub(super) selection: Selection,
    /// Per pick what it is worth whatever it costs; none without costs.
    pub(super) worths: Vec<f32>,
    /// Measured rows that were asked for again.
    pub(super) repeated: Vec<Repeat>,
    /// All measured rows that are worth measuring again.
    repeats: Vec<Repeat>,
}

impl Picked {
    /// What to say of rows that are worth measuring again.
    pub(super) fn remark(&self, options: &SelectOptions) -> Option<Message> {
        repeats::remark(&self.repeats, options)
    }
}

/// Picks rows of the candidates.
pub(super) fn pick(
    belief: &dyn Tabular,
    request: &Request<'_>,
    candidates: &Candidates,
    lists: &Lists,
    fleet: Option<&Fleet<'_>>,
    anchors: &Anchors,
) -> Result<Picked, Fault> {
    let options = request.options;
    let cooling = spend::cooling(belief, options);
    let weights = weights(candidates, fleet, options, cooling);
    let offer = Offer {
        weights: weights.as_deref(),
        ..candidates.offer()
    };
    let assembly = Assembly::new(belief, offer, anchors, options.space)?;
    let query = assembly.query();
    let repeats = repeats::worthwhile(belief, candidates, lists, options.n);
    let spent = spend::left(belief, options).is_some_and(|left| left <= 0.0);
    let most = if spent { 0 } else { options.repeats };
    // As many as the limits let in: nobody asked for one of them by name.
    let mut repeated = &repeats[..repeats.len().min(most)];
    let strategy = request.strategy.as_ref();
    let (selection, limits) = loop {
        let limits = limits::limits(belief, candidates, lists, repeated, fleet, options)?;
        match select(strategy, &query, &limits, request.seed) {
            Ok(selection) => break (selection, limits),
            Err(_) if !repeated.is_empty() => repeated = &repeated[..repeated.len() - 1],
            Err(error) => return Err(limits::placed(error, candidates, lists, fleet)),
        }
    };
    let picks = &selection.picks;
    let worths = if !has_costs(belief, options) {
        Vec::new()
    } else if cooling == 0.0 {
        // They were picked by weights that know no cost.
        picks.iter().map(|pick| pick.score).collect()
    } else {
        let costless = self::weights(candidates, fleet, options, 0.0);
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
        selection,
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
