//! An ensemble: m members of one learner, each on its own bootstrap sample.

use std::collections::HashMap;
use std::sync::Arc;

use al_core::{Matrix, MatrixColumn, Posterior, Progress, Seed};
use ndarray::Array2;
use rand::RngExt;
use rayon::prelude::*;

use crate::change::ModelChange;
use crate::entry::LearnerEntry;
use crate::groups::drawn_together;
use crate::layout::RowLayout;
use crate::learner::{
    Bag, FitError, Labelled, Labels, Learner, LearnerOptions, LeftOut, LeftOutValue, LoadError,
    Model, Resume,
};
use crate::leaves;

/// Rows with structures that are predicted at once.
const STRUCTURES: usize = 1 << 13;

/// Members of one learner. Their predictions are joint draws of what the
/// ensemble believes (bagging: Breiman 1996).
pub struct Ensemble {
    learner: Arc<dyn Learner>,
    layout: RowLayout,
    outputs: usize,
    members: Vec<Box<dyn Model>>,
    /// Per member how often each training row is in its sample.
    bags: Vec<Bag>,
}

impl std::fmt::Debug for Ensemble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ensemble")
            .field("members", &self.members.len())
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

/// How an ensemble is continued on new rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Continuation {
    /// Trees added to each member.
    pub trees: usize,
    /// Their shrinkage, in (0, 1].
    pub learning_rate: f64,
    /// Share of a member's old rows that it sees again, in [0, 1].
    pub replay: f64,
}

/// Rows that come with an update.
#[derive(Debug, Clone, Copy)]
pub struct NewRows<'a> {
    /// The rows.
    pub data: &'a Labelled,
    /// Per row the old row that it measures again, if it does.
    pub repeats: &'a [Option<usize>],
}

impl Ensemble {
    /// Fits `members` members on bootstrap samples of `data`.
    ///
    /// A learner that weighs rows draws them uniformly; for one that does
    /// not, rows are drawn in proportion to their weight.
    ///
    /// # Errors
    ///
    /// No rows, or the learner's errors.
    pub fn fit(
        entry: &LearnerEntry,
        options: LearnerOptions,
        members: usize,
        data: &Labelled,
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Ensemble, FitError> {
        if data.n_rows() == 0 {
            return Err(FitError::NoRows);
        }
        let learner: Arc<dyn Learner> = (entry.make)(options).into();
        let bags = match learner.resamples() {
            true => bootstrap(learner.as_ref(), data, members, seed, "bootstrap"),
            false => vec![vec![1; data.n_rows()]; members],
        };
        let models = learner.fit(data, &bags, seed, progress)?;
        Ok(Ensemble {
            layout: learner.layout(&data.x.columns, data.y.outputs()),
            outputs: data.y.outputs(),
            learner,
            members: models,
            bags,
        })
    }

    /// A single member that learns from every row of `data` once.
    ///
    /// # Errors
    ///
    /// As [`Ensemble::fit`].
    pub(crate) fn alone(
        entry: &LearnerEntry,
        options: LearnerOptions,
        data: &Labelled,
        seed: Seed,
    ) -> Result<Ensemble, FitError> {
        if data.n_rows() == 0 {
            return Err(FitError::NoRows);
        }
        let learner: Arc<dyn Learner> = (entry.make)(options).into();
        let bags = vec![vec![1; data.n_rows()]];
        let members = learner.fit(data, &bags, seed, &al_core::Silent)?;
        Ok(Ensemble {
            layout: learner.layout(&data.x.columns, data.y.outputs()),
            outputs: data.y.outputs(),
            learner,
            members,
            bags,
        })
    }

    /// The ensemble with every member continued on a bootstrap sample of
    /// `new` and on a share of its own rows of `old`, which are the rows it
    /// was fitted on. `None` if the learner cannot continue.
    ///
    /// A member never sees an old row that was not in its sample before, so
    /// out-of-bag rows stay out of bag, unless they are measured again: a
    /// member that has seen one measurement of a row has seen the row.
    ///
    /// # Errors
    ///
    /// The learner's errors.
    pub fn resume(
        &self,
        old: &Labelled,
        new: NewRows<'_>,
        how: Continuation,
        seed: Seed,
        progress: &dyn Progress,
    ) -> Result<Option<Ensemble>, FitError> {
        let drawn = bootstrap(
            self.learner.as_ref(),
            new.data,
            self.members.len(),
            seed,
            "update",
        );
        let group = |row: usize| old.groups.get(row).copied();
        let first: HashMap<u64, usize> = (0..old.groups.len())
            .rev()
            .filter_map(|row| Some((group(row)?, row)))
            .collect();
        let mut shown = Vec::with_capacity(drawn.len());
        let mut bags = Vec::with_capacity(drawn.len());
        for (member, mut fresh) in drawn.into_iter().enumerate() {
            // A member that has seen a group sees what is added to it, and no other does.
            for (count, group) in fresh.iter_mut().zip(&new.data.groups) {
                if let Some(&row) = first.get(group) {
                    *count = self.bags[member][row];
                }
            }
            let mut rng = seed.stream("replay", member as u64);
            let replayed = self.bags[member].iter().map(|&count| {
                let kept = how.replay >= 1.0 || rng.random::<f64>() < how.replay;
                if kept { count } else { 0 }
            });
            shown.push(replayed.chain(fresh.iter().copied()).collect::<Bag>());
            let mut bag: Bag = self.bags[member].iter().chain(&fresh).copied().collect();
            for (at, repeated) in new.repeats.iter().enumerate() {
                let at = self.bags[member].len() + at;
                if let Some(row) = *repeated
                    && (bag[row] > 0) != (bag[at] > 0)
                {
                    bag[row] = bag[row].max(1);
                    bag[at] = bag[at].max(1);
                }
            }
            bags.push(bag);
        }
        let resumed = self.learner.resume(
            &self.members,
            &old.stack(new.data),
            &shown,
            Resume {
                trees: how.trees,
                learning_rate: how.learning_rate,
                seed,
            },
            progress,
        )?;
        Ok(resumed.map(|members| Ensemble {
            learner: Arc::clone(&self.learner),
            layout: self.layout,
            outputs: self.outputs,
            members,
            bags,
        }))
    }

    /// How far predictions of `reference` would move with one row more, for
    /// members of boosted trees with one output; `rate` is the shrinkage they
    /// were trained with. `None` for other members.
    #[must_use]
    pub fn change(&self, reference: &Matrix, rate: f64) -> Option<ModelChange<'_>> {
        ModelChange::new(&self.members, self.layout, rate, reference)
    }

    /// Where rows lie by the leaves they fall into, n ×
    /// [`leaves::WIDTH`]; `None` for members without trees to tell.
    #[must_use]
    pub fn leaf_places(&self, x: &Matrix, seed: Seed) -> Option<Array2<f32>> {
        leaves::places(&self.members, self.layout, x, seed)
    }

    /// Number of members, m.
    #[must_use]
    pub fn n_members(&self) -> usize {
        self.members.len()
    }

    /// Numbers predicted per row: 1, or one probability per class.
    #[must_use]
    pub fn n_outputs(&self) -> usize {
        self.outputs
    }

    /// Trees of the largest member.
    #[must_use]
    pub fn n_trees(&self) -> usize {
        self.members.iter().map(|m| m.n_trees()).max().unwrap_or(0)
    }

    /// The members' predictions of values, m × n on the fitted scale.
    #[must_use]
    pub fn values(&self, x: &Matrix) -> Array2<f32> {
        let draws = self.predict(x).concat();
        Array2::from_shape_vec((self.members.len(), x.n_rows()), draws).expect("m × n values")
    }

    /// The members' class probabilities, each n × c.
    #[must_use]
    pub fn probabilities(&self, x: &Matrix) -> Vec<Array2<f32>> {
        self.predict(x)
            .into_iter()
            .map(|draw| {
                Array2::from_shape_vec((x.n_rows(), self.outputs), draw).expect("n × c values")
            })
            .collect()
    }

    /// The belief about `x`; `noise` is the variance of a measurement, and
    /// not used for classes.
    #[must_use]
    pub fn posterior(&self, x: &Matrix, noise: f64) -> Posterior {
        if self.outputs > 1 {
            Posterior::Classes {
                draws: self.probabilities(x),
            }
        } else {
            Posterior::Values {
                draws: self.values(x),
                noise: vec![noise as f32; x.n_rows()],
            }
        }
    }

    fn predict(&self, x: &Matrix) -> Vec<Vec<f32>> {
        if x.n_rows() == 0 {
            return vec![Vec::new(); self.members.len()];
        }
        if x.counts.is_none() {
            return self.learner.draws(&self.members, &self.layout.rows(x));
        }
        // Counts of structures written out would be gigabytes for all rows at once.
        let mut draws = vec![Vec::new(); self.members.len()];
        let n = x.n_rows();
        for from in (0..n).step_by(STRUCTURES) {
            let block = x.take(&(from..n.min(from + STRUCTURES)).collect::<Vec<_>>());
            let said = self.learner.draws(&self.members, &self.layout.rows(&block));
            draws
                .iter_mut()
                .zip(said)
                .for_each(|(all, said)| all.extend(said));
        }
        draws
    }

    /// Per training row the members whose sample leaves it out, as bits.
    /// Members beyond 64 do not count.
    #[must_use]
    pub fn out_of_bag(&self) -> Vec<u64> {
        let n = self.bags.first().map_or(0, Vec::len);
        (0..n)
            .map(|row| {
                self.bags
                    .iter()
                    .take(64)
                    .enumerate()
                    .filter(|(_, bag)| bag[row] == 0)
                    .fold(0, |mask, (member, _)| mask | 1 << member)
            })
            .collect()
    }

    /// What is predicted of each training row without it; `None` where members
    /// leave rows out.
    pub(crate) fn left_out(&self) -> Option<LeftOut> {
        self.learner.left_out(&self.members)
    }

    /// As [`Ensemble::left_out`], of values.
    pub(crate) fn values_left_out(&self) -> Option<Vec<LeftOutValue>> {
        match self.left_out()? {
            LeftOut::Values(values) => Some(values),
            LeftOut::Classes(_) => None,
        }
    }

    /// How much each feature contributes, as shares that sum to 1; empty if
    /// the learner does not say.
    #[must_use]
    pub fn importance(&self, columns: &[MatrixColumn]) -> Vec<f64> {
        let origins = self.layout.origins(columns);
        let mut shares = vec![0.0; columns.len()];
        for member in &self.members {
            let gains = member.importance();
            if gains.len() != origins.len() {
                return Vec::new();
            }
            for (&origin, gain) in origins.iter().zip(gains) {
                shares[origin] += gain;
            }
        }
        let total: f64 = shares.iter().sum();
        if total > 0.0 {
            shares.iter_mut().for_each(|share| *share /= total);
        }
        shares
    }

    /// The members as bytes, in order.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<Vec<u8>> {
        self.learner.save(&self.members)
    }

    /// The samples of the members: per member a count per training row.
    #[must_use]
    pub fn bags(&self) -> &[Bag] {
        &self.bags
    }

    /// An ensemble from its saved parts.
    ///
    /// # Errors
    ///
    /// Bytes the learner did not write.
    pub fn load(
        entry: &LearnerEntry,
        options: LearnerOptions,
        columns: &[MatrixColumn],
        outputs: usize,
        members: &[Vec<u8>],
        bags: Vec<Bag>,
    ) -> Result<Ensemble, LoadError> {
        let learner: Arc<dyn Learner> = (entry.make)(options).into();
        let members = learner.load_all(members)?;
        let wanted = (bags.first().map_or(0, Vec::len), outputs);
        let found = match learner.left_out(&members) {
            Some(LeftOut::Classes(shares)) => shares.dim(),
            Some(LeftOut::Values(values)) => (values.len(), 1),
            None => wanted,
        };
        if found != wanted {
            let ((rows, numbers), (of, outputs)) = (found, wanted);
            return Err(LoadError {
                learner: entry.name,
                reason: format!(
                    "it knows {numbers} numbers of {rows} rows instead of {outputs} of {of}"
                ),
            });
        }
        let layout = learner.layout(columns, outputs);
        let width = layout.origins(columns).len();
        let known = members.iter().map(|member| member.importance().len());
        if let Some(known) = known
            .into_iter()
            .find(|&known| known != 0 && known != width)
        {
            return Err(LoadError {
                learner: entry.name,
                reason: format!("it knows {known} columns instead of {width}"),
            });
        }
        Ok(Ensemble {
            layout,
            learner,
            outputs,
            members,
            bags,
        })
    }
}

/// One bootstrap sample of `data` per member (Efron 1979).
fn bootstrap(
    learner: &dyn Learner,
    data: &Labelled,
    members: usize,
    seed: Seed,
    stream: &str,
) -> Vec<Bag> {
    let groups = drawn_together(data);
    let n = groups.len();
    let weight =
        |group: &Vec<usize>| -> f64 { group.iter().map(|&row| f64::from(data.weights[row])).sum() };
    let cumulative: Vec<f64> = groups
        .iter()
        .scan(0.0, |sum, group| {
            *sum += weight(group);
            Some(*sum)
        })
        .collect();
    (0..members)
        .into_par_iter()
        .map(|member| {
            let mut rng = seed.stream(stream, member as u64);
            let mut bag: Bag = vec![0; data.n_rows()];
            for _ in 0..n {
                let drawn = if learner.weighs_rows() {
                    rng.random_range(0..n)
                } else {
                    let at = rng.random::<f64>() * cumulative[n - 1];
                    cumulative.partition_point(|&sum| sum <= at).min(n - 1)
                };
                for &row in &groups[drawn] {
                    bag[row] = bag[row].saturating_add(1);
                }
            }
            bag
        })
        .collect()
}

impl Labels {
    /// The values of a regression target.
    ///
    /// # Panics
    ///
    /// For classes: a bug of the caller.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        match self {
            Labels::Values(values) => values,
            Labels::Classes { .. } => panic!("a regression target"),
        }
    }
}
