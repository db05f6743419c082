//! The pairs with all that is said of them.

use al_core::phrases::counted;
use al_core::{Fault, Message, Messages, Progress, Schema, Tabular, setting};
use al_hw::Normals;
use al_select::{Unseen, new_column};
use al_tables::{NewColumn, NewData, TableSource};
use al_words::columns::BEYOND_RANGE;

use crate::advice::{AdviceNeeds, Judged, Regrets};
use crate::belief::{self, PairBelief};
use crate::objective::Objective;
use crate::options::{Optimality, RecommendOptions, commaless};
use crate::pairs::{Pairs, workload_schema};
use crate::rules;
use crate::specs::Joined;

/// The pairs with all that is said of them.
pub(crate) struct PairView<'a> {
    pub(crate) models: Vec<&'a dyn Tabular>,
    pub(crate) objectives: Vec<Objective>,
    pub(crate) pairs: Pairs,
    /// Per model.
    pub(crate) judged: Vec<Judged>,
    /// Per pair why it is left out.
    pub(crate) excluded: Vec<Option<String>>,
    /// Per pair the learned probability that it works; none where no failure is
    /// known.
    pub(crate) feasible: Vec<f64>,
    /// Per pair the features whose numbers are far beyond those that the first model has
    /// measured.
    pub(crate) beyond: Vec<Option<String>>,
    pub(crate) warnings: Messages,
}

impl<'a> PairView<'a> {
    /// Everything but the tables.
    pub(crate) fn at(
        models: &[&'a dyn Tabular],
        candidates: &TableSource,
        options: &RecommendOptions,
        regrets: Regrets,
        progress: &dyn Progress,
    ) -> Result<PairView<'a>, Fault> {
        options.check(models.len())?;
        let objectives = models
            .iter()
            .zip(&options.optimize_for)
            .map(|(&model, word)| Objective::of(word, model, options))
            .collect::<Result<Vec<Objective>, Fault>>()?;
        check_prices(options, &objectives)?;
        progress.stage("reading candidates", 0);
        let mut pairs = Pairs::read(models, candidates, options)?;
        let schema = workload_schema(models, &options.hardware);
        let mut warnings = std::mem::take(&mut pairs.warnings);
        warnings.extend(unmeasured(models, &pairs, &schema, options)?);
        let mut joined = Joined::read(&pairs, options)?;
        let mut excluded = joined.infeasible(options)?;
        let PredictedPairs {
            beliefs,
            feasible,
            beyond,
        } = predicted(models, &pairs, &schema, options, &mut warnings, progress)?;
        let ran = |pair: usize| beliefs.iter().any(|belief| belief.known[pair].is_some());
        let required = !options.require.is_empty();
        warnings.extend(rules::keep_measured(&pairs, &mut excluded, &ran, required));
        exclude_failing(&mut excluded, &beliefs, &feasible, options.least_feasible);
        let factors = objectives
            .iter()
            .map(|objective| factors(objective, &joined, &mut excluded))
            .collect::<Result<Vec<_>, Fault>>()?;
        warnings.extend(std::mem::take(&mut joined.warnings));
        progress.counted(
            "comparing hardware",
            pairs.members.len() as u64,
            "workloads",
        );
        let widest = pairs.members.iter().map(Vec::len).max().unwrap_or(0);
        let seed = options.seed.unwrap_or_else(|| models[0].seed());
        let parts = beliefs.into_iter().zip(factors).enumerate();
        let judged = parts.map(|(at, (belief, factors))| {
            let model = models[at];
            let needs = AdviceNeeds {
                regrets,
                worth: (options.optimality == Optimality::KnowledgeGradient)
                    .then(|| model.measurement_variance().unwrap_or(0.0)),
            };
            let seed = seed.derive("recommend", at as u64);
            let normals = Normals::new(seed, widest, belief.freedom);
            let log = model.scale().log;
            Judged::new(belief, factors, log, objectives[at].better, normals)
                .judge(&pairs, &excluded, needs)
        });
        let judged = judged.collect();
        Ok(PairView {
            models: models.to_vec(),
            objectives,
            pairs,
            judged,
            excluded,
            feasible,
            beyond,
            warnings,
        })
    }

    /// Which numbers of each of `pairs` are guessed from, unless none are.
    pub(crate) fn beyond_column(
        &self,
        pairs: impl Iterator<Item = Option<u32>>,
    ) -> Option<NewColumn> {
        let of = |pair: Option<u32>| self.beyond[pair? as usize].clone();
        let any = self.beyond.iter().any(Option::is_some);
        any.then(|| new_column(&BEYOND_RANGE, NewData::Text(pairs.map(of).collect())))
    }
}

/// That a price and a power are given only where an objective reads them.
fn check_prices(options: &RecommendOptions, objectives: &[Objective]) -> Result<(), Fault> {
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
            return Err(Fault::usage(problem).remedy("remove it"));
        }
    }
    Ok(())
}

/// What models say of pairs before they are compared.
struct PredictedPairs {
    /// Per model.
    beliefs: Vec<PairBelief>,
    /// Per pair the least learned probability that it works, none where no failure is known.
    feasible: Vec<f64>,
    /// Per pair the features far beyond those measured, by the first model.
    beyond: Vec<Option<String>>,
}

/// What the models say of the pairs, with what is worth a warning.
fn predicted(
    models: &[&dyn Tabular],
    pairs: &Pairs,
    schema: &Schema,
    options: &RecommendOptions,
    warnings: &mut Messages,
    progress: &dyn Progress,
) -> Result<PredictedPairs, Fault> {
    let mut feasible: Vec<f64> = Vec::new();
    let mut beyond = None;
    let mut beliefs = Vec::with_capacity(models.len());
    for &model in models {
        progress.counted("predicting pairs", pairs.source.len() as u64, "pairs");
        let names: Vec<&str> = model.encoder().schema.names().collect();
        let table = pairs.frame.table(Some(&names))?;
        let belief = PairBelief::of(
            model,
            &table,
            schema,
            &options.hardware,
            &pairs.names,
            &pairs.hardware,
        )
        .map_err(|error| belief::misfit(pairs, error))?;
        let mut unseen = Unseen::among("pair");
        let far = unseen.note(model, &table);
        beyond.get_or_insert(far);
        // Models of one table say the same of it.
        for sentence in unseen.sentences(model).iter() {
            if !warnings.contains(sentence) {
                warnings.push(sentence.clone());
            }
        }
        if let Some(learned) = model.feasibility()? {
            let own = learned.of(&table);
            feasible = match feasible.is_empty() {
                true => own,
                false => feasible.iter().zip(own).map(|(a, b)| a.min(b)).collect(),
            };
        }
        beliefs.push(belief);
    }
    Ok(PredictedPairs {
        beliefs,
        feasible,
        beyond: beyond.unwrap_or_default(),
    })
}

/// Leaves out the pairs that failed, and those that no model has seen work and
/// that work with a probability below `least`.
fn exclude_failing(
    excluded: &mut [Option<String>],
    beliefs: &[PairBelief],
    feasible: &[f64],
    least: f64,
) {
    for (pair, why) in excluded.iter_mut().enumerate() {
        if beliefs.iter().any(|belief| belief.failed[pair]) {
            why.get_or_insert_with(|| "failed when measured".to_owned());
        } else if beliefs.iter().all(|belief| belief.known[pair].is_none())
            && feasible.get(pair).is_some_and(|&p| p < least)
        {
            why.get_or_insert_with(|| format!("works with probability {:.2}", feasible[pair]));
        }
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
    schema: &Schema,
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
        let remedy = Message::from("measure it once and update the model, or remove ")
            .setting(setting::NEED_MEASURED)
            .text(" for advice from the model alone");
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
