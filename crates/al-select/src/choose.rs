//! Choosing the next batch, with a reason for every pick.

use std::collections::HashSet;

use al_core::twins::{of_rounded_twins, rounded_twins};
use al_core::{Fault, Key, Message, Progress, Tabular, Task, Unmeasured};
use al_sampling::Selection;
use al_tables::TableSource;

use crate::batch::{Batch, empty, table};
use crate::constrain::{Fleet, check_availability, shortcomings};
use crate::explain::{
    ExplanationInput, JointStanding, OtherTarget, Outlook, Telling, add_targets, why_empty,
};
use crate::options::SelectOptions;
use crate::pick::{Anchors, JointTargets, TargetRows, pick};
use crate::read::{
    Candidates, Lists, Plain, Request, others as others_of, with_model, without_model,
};
use crate::score::noise as noise_of;

/// Chooses a batch from the candidates of `source` by what is believed of them.
///
/// # Errors
///
/// Candidates that do not fit, an unknown strategy, or limits that cannot be
/// met.
pub fn choose(
    belief: &dyn Tabular,
    source: &TableSource,
    options: &SelectOptions,
    progress: &dyn Progress,
) -> Result<Batch, Fault> {
    choose_together(&[belief], source, options, progress)
}

/// Chooses a batch by what several models believe, each of another target: rows that
/// teach all of them or, where the best row is the goal, that promise the best
/// trade-offs. Costs, hosts and success probabilities are those of the first.
///
/// # Errors
///
/// As [`choose`], and models that do not belong together.
///
/// # Panics
///
/// Without a model: that is [`choose_first`].
pub fn choose_together(
    beliefs: &[&dyn Tabular],
    source: &TableSource,
    options: &SelectOptions,
    progress: &dyn Progress,
) -> Result<Batch, Fault> {
    let mut request = Request::new(beliefs, source, options)?;
    progress.counted(
        "reading candidates",
        request.input.n_rows_hint() as u64,
        "rows",
    );
    let belief = beliefs[0];
    let measured = beliefs.iter().flat_map(|one| one.observed().keys());
    let measured = measured.copied().collect();
    let id = belief.columns().id;
    let known = belief.known_columns();
    let lists = Lists::read(options, belief.encoder(), &known, id, measured)?;
    let candidates = with_model(belief, &mut request, &lists, progress)?;
    batch(beliefs, request, candidates, lists, progress)
}

/// Chooses a first batch from the candidates of `source`, of which nothing is
/// measured, by where they lie.
///
/// # Errors
///
/// As [`choose`], and a strategy that needs a model.
pub fn choose_first(
    source: &TableSource,
    options: &SelectOptions,
    progress: &dyn Progress,
) -> Result<Batch, Fault> {
    let nothing = Unmeasured::new(options.id.as_deref(), options.seed.unwrap_or_default());
    let mut request = Request::new(&[&nothing], source, options)?;
    progress.counted(
        "reading candidates",
        request.input.n_rows_hint() as u64,
        "rows",
    );
    match without_model(&nothing, &mut request)? {
        Some(Plain {
            candidates,
            lists,
            belief,
        }) => batch(&[&belief], request, candidates, lists, progress),
        None => empty(&nothing, request),
    }
}

/// The least hypervolume, in standardised units, that is said to be an improvement.
const WORTH_SAYING: f32 = 1e-5;

/// Weighs candidates, constrains the batch, picks, and says why.
fn batch(
    beliefs: &[&dyn Tabular],
    request: Request<'_>,
    mut candidates: Candidates,
    lists: Lists,
    progress: &dyn Progress,
) -> Result<Batch, Fault> {
    let (belief, options) = (beliefs[0], request.options);
    let mut warnings = request.warnings.clone();
    let mut others = Vec::new();
    for other in &beliefs[1..] {
        others.push(others_of(*other, &candidates, &request, progress)?);
    }
    progress.stage("choosing", 0);

    // Of a stream, only what may be chosen is kept.
    if options.stream.is_none() {
        warnings.extend(lists.without_effect(&candidates.keys));
    }

    // Who may run, and what is covered already.
    check_availability(belief, &candidates, &lists, options, &mut warnings)?;
    let fleet = Fleet::new(belief, &candidates, &lists, options, &mut warnings)?;
    let fleet = fleet.as_ref();
    let anchors = Anchors::new(belief, &candidates, &lists, &mut warnings)?;

    let joint = match request.wanted.is_joint(beliefs.len()) {
        false => None,
        true => {
            let seen = std::iter::once(&candidates).chain(&others);
            let rows = beliefs.iter().zip(seen);
            let rows: Vec<TargetRows<'_>> = rows
                .map(|(&belief, candidates)| TargetRows { belief, candidates })
                .collect();
            Some(JointTargets::new(&rows, &request, &lists, &mut warnings)?)
        }
    };

    // Which rows.
    let joint = joint.as_ref();
    let picked = pick(
        belief,
        &request,
        &candidates,
        &lists,
        fleet,
        &anchors,
        joint,
    )?;
    warnings.extend(picked.remark(options));
    let mut selection = picked.selection;

    warnings.extend(rounded(belief, &candidates, &selection)?);

    // Whether they are worth it.
    let sample = candidates.sampled(request.seed, &lists.excluded)?;
    let noise = anchors.noise;
    let named = beliefs.len() > 1;
    let outlook = Outlook::of(
        belief,
        &candidates,
        &sample,
        &selection,
        noise,
        options,
        named,
    );
    let mut outlooks = vec![outlook];
    let mut samples = Vec::new();
    for (&other, candidates) in beliefs[1..].iter().zip(&mut others) {
        let sample = candidates.sampled(request.seed, &lists.excluded)?;
        // The noise of classes follows from what is believed of rows.
        let noise = match other.task() {
            Task::Regression => other.noise() as f32,
            Task::Classification => noise_of(other, &other.posterior(&sample.x)),
        };
        outlooks.push(Outlook::of(
            other, candidates, &sample, &selection, noise, options, named,
        ));
        samples.push(sample);
    }
    // A batch is worth it if it teaches any of the models enough; the most that it may teach
    // one is told.
    let largest = |outlook: &&Outlook| outlook.gain.map_or(0.0, |gain| gain.largest);
    let most = |a: &&Outlook, b: &&Outlook| largest(a).total_cmp(&largest(b));
    let told = outlooks.iter().rev().max_by(most);
    let told = told.expect("one belief at least");
    if outlooks.iter().all(|outlook| outlook.stopped.is_some()) {
        selection.picks.clear();
    } else if !selection.picks.is_empty() {
        let missed = shortcomings(&selection, &candidates, &lists, fleet, options);
        warnings.extend(missed);
    }
    let nothing = selection.picks.is_empty();
    let gain_of = |outlook: &Outlook| outlook.gain.filter(|_| !nothing);
    let why_empty = selection.picks.is_empty().then(|| {
        why_empty(
            belief,
            &candidates,
            &lists,
            &selection,
            told,
            fleet,
            options,
        )
    });

    // Why.
    let repeated = &picked.repeated;
    let excluded = &lists.excluded;
    let telling = Telling::new(belief, &candidates, &sample, &selection, excluded, repeated)?;
    let telling = telling.naming(named);
    let others = others.iter().zip(&samples).zip(&outlooks[1..]);
    let others = beliefs[1..]
        .iter()
        .zip(others)
        .map(|(&belief, ((candidates, sample), outlook))| {
            let telling = Telling::new(belief, candidates, sample, &selection, excluded, &[])?;
            Ok(OtherTarget {
                belief,
                telling: telling.naming(true),
                gain: gain_of(outlook),
            })
        })
        .collect::<Result<Vec<_>, Fault>>()?;
    let mut explanation = ExplanationInput {
        belief,
        strategy: &request.strategy_name,
        candidates: &candidates,
        sample: &sample,
        anchors: &anchors,
        telling: &telling,
        gain: gain_of(&outlooks[0]),
        named: named.then(|| belief.columns().target),
        others: &others,
    }
    .explanation()?;
    let rows: Vec<usize> = selection.picks.iter().map(|pick| pick.row).collect();
    explanation.name_rows(belief, &candidates.rows.take(&rows)?)?;
    if let Some(joint) = joint {
        warnings.extend(joint.beyond_limits(&rows));
        let at_picks = |p: &Vec<f64>| rows.iter().map(|&row| p[row]).collect();
        let standing = JointStanding {
            front: joint.front.as_ref(),
            within: joint.within.as_ref().map(at_picks),
            // Scores of strategies for trade-offs are what is gained, in standardised units.
            promising: (request.seeks && request.wanted.objectives.len() > 1).then(|| {
                let picks = selection.picks.iter();
                picks.filter(|pick| pick.score >= WORTH_SAYING).count()
            }),
        };
        add_targets(
            &mut explanation,
            belief,
            &telling,
            &others,
            &request.wanted,
            &standing,
        );
    }
    let planned = match fleet {
        Some(fleet) => explanation.add_plan(fleet.planned(belief, &rows, options)?),
        None => Vec::new(),
    };

    // All of that as a table.
    let frame = table(
        belief,
        &request,
        &candidates,
        &selection,
        &picked.worths,
        planned,
        &explanation,
    )?;
    Ok(Batch {
        frame,
        rows: rows.len(),
        candidates: candidates.seen,
        available: selection.available,
        explanation,
        gain: outlooks[0].gain,
        why_empty,
        warnings,
    })
}

/// That picks are measured rows but for the rounding of their numbers.
fn rounded(
    belief: &dyn Tabular,
    candidates: &Candidates,
    selection: &Selection,
) -> Result<Option<Message>, Fault> {
    let measured = belief.observed();
    if measured.is_empty() {
        return Ok(None);
    }
    let keys: HashSet<Key> = measured.keys().iter().copied().collect();
    let rows = selection.picks.iter().map(|pick| pick.row);
    let rows: Vec<usize> = rows
        .filter(|&row| !keys.contains(&candidates.keys[row]))
        .collect();
    let schema = &belief.encoder().schema;
    let names: Vec<&str> = schema.names().collect();
    let table = candidates.rows.take(&rows)?.table(Some(&names))?;
    let all: Vec<usize> = (0..rows.len()).collect();
    let twins = rounded_twins(schema, &table, &all, measured.features());
    let twins = twins.expect("the rows were encoded by the schema");
    Ok(of_rounded_twins(&twins, rows.len(), "chosen rows"))
}
