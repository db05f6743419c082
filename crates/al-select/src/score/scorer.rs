//! What is believed of each candidate, measure by measure.

use al_core::{
    DataError, Fault, Matrix, Posterior, Progress, RowPredictions, RowPredictor, Seed, Silent,
    Table, Tabular, information, posterior,
};
use al_sampling::Needs;
use al_tables::{Frame, Input};
use ndarray::Array2;

use super::distances::{LearnedPlaces, MostSimilar};
use super::gain::{Gain, Informant, ReferenceRows, Wanted};
use super::measures::{Look, Measures, Ranges, UncertaintyWeights};

/// Number of nearest learned rows of the distance.
pub(crate) const NEIGHBOURS: usize = 5;

/// Most rows from which the ranges of the measures are taken.
const SAMPLE: usize = 100_000;

/// Which of `n` rows the ranges are taken from: all, or a seeded sample.
#[must_use]
pub fn sampled(seed: Seed, n: usize) -> Vec<usize> {
    if n <= SAMPLE {
        return (0..n).collect();
    }
    let mut rng = seed.stream("ranges", n as u64);
    let mut rows = rand::seq::index::sample(&mut rng, n, SAMPLE).into_vec();
    rows.sort_unstable();
    rows
}

/// A belief made ready to score.
pub(crate) struct Scorer<'a> {
    pub(crate) belief: &'a dyn Tabular,
    places: LearnedPlaces,
    neighbours: usize,
    pub(crate) names: Vec<String>,
    /// `None` where no failure is known: then every row may work.
    feasibility: Option<&'a dyn RowPredictor>,
}

impl<'a> Scorer<'a> {
    /// # Errors
    ///
    /// The learner's, of the failures.
    pub(crate) fn new(belief: &'a dyn Tabular, neighbours: usize) -> Result<Scorer<'a>, Fault> {
        Ok(Scorer {
            belief,
            places: LearnedPlaces::of(belief),
            neighbours,
            names: belief.encoder().schema.names().map(str::to_owned).collect(),
            feasibility: belief.feasibility()?,
        })
    }

    /// Probability that each row of `table` works; none where no failure is
    /// known.
    pub(crate) fn feasible(&self, table: &Table) -> Vec<f64> {
        let learned = self.feasibility;
        learned.map_or_else(Vec::new, |learned| learned.of(table))
    }

    /// The features of `frame`.
    pub(crate) fn table(&self, frame: &Frame) -> Result<Table, Fault> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        Ok(frame.table(Some(&names))?)
    }

    /// Mean distance of rows already encoded to their nearest learned rows, and of
    /// structures the most similar one.
    pub(crate) fn near(&self, x: &Matrix) -> (Vec<f64>, Vec<MostSimilar>) {
        let points = || self.belief.encoder().places(x).mapv(f64::from);
        self.places.look(x, points, self.neighbours)
    }

    /// What the model says of the rows of `table`.
    pub(crate) fn look(&self, table: &Table) -> Result<Look, DataError> {
        let belief = self.belief;
        let x = belief.encoder().encode(table)?;
        let points = match self.places {
            LearnedPlaces::Points(_) => belief.encoder().points(table)?,
            LearnedPlaces::Structures(_) => Array2::zeros((0, 0)),
        };
        let (near, prediction) = rayon::join(
            || self.places.look(&x, || points, self.neighbours),
            || belief.predict(&x),
        );
        Ok(Look {
            measures: Measures {
                feasible: self.feasible(table),
                ..self.measures(near, &prediction)
            },
            posterior: prediction.posterior,
            x,
        })
    }

    /// The measures of rows that are so far from the learned ones and of which the model
    /// says `prediction`.
    fn measures(
        &self,
        (distance, similar): (Vec<f64>, Vec<MostSimilar>),
        prediction: &RowPredictions,
    ) -> Measures {
        let belief = self.belief;
        let mut measures = Measures {
            distance,
            similar,
            ..Measures::default()
        };
        match &prediction.posterior {
            Posterior::Values { draws, .. } => {
                let unit = |values: &[f64]| -> Vec<f64> {
                    values.iter().map(|&v| belief.scale().unit(v)).collect()
                };
                measures.prediction = unit(&posterior::mean(draws));
                let spread = belief.scale().spread;
                measures.variance = posterior::variance(draws)
                    .into_iter()
                    .map(|variance| variance * spread * spread)
                    .collect();
                // Without intervals nothing bounds a row.
                let n = draws.ncols();
                let unbounded = (vec![f64::NEG_INFINITY; n], vec![f64::INFINITY; n]);
                let (low, high) = prediction.interval.as_ref().unwrap_or(&unbounded);
                measures.width = low
                    .iter()
                    .zip(high)
                    .map(|(low, high)| (high - low) * spread)
                    .collect();
                measures.low = unit(low);
                measures.high = unit(high);
            }
            Posterior::Classes { draws } => {
                measures.probabilities = Some(posterior::mean_probabilities(draws));
                measures.classes = information::class_uncertainty(draws);
            }
        }
        measures
    }

    /// To be shown all candidates.
    pub(crate) fn reference_rows(&self) -> ReferenceRows {
        ReferenceRows::new(
            self.belief.seed(),
            self.belief.encoder().columns(),
            self.belief.classes().len(),
        )
    }

    /// Ready to say what a row teaches about the rows taken.
    pub(crate) fn informant(&self, reference: &ReferenceRows) -> Informant<'a> {
        Informant::new(self.belief, &reference.matrix())
    }
}

/// How far rows of `table` are from what the belief has learned: the distance of each to
/// the nearest learned row, which of structures is 1 less the Tanimoto similarity.
///
/// # Errors
///
/// Rows that do not fit the belief.
pub fn applicability_distances(belief: &dyn Tabular, table: &Table) -> Result<Vec<f64>, DataError> {
    let places = LearnedPlaces::of(belief);
    let x = belief.encoder().encode(table)?;
    let points = match places {
        LearnedPlaces::Points(_) => belief.encoder().points(table)?,
        LearnedPlaces::Structures(_) => Array2::zeros((0, 0)),
    };
    let (distances, _) = places.look(&x, || points, 1);
    Ok(distances)
}

/// The measures of all `n` candidates, with what each would teach about a
/// sample of the rows of `over`, or of themselves.
pub(crate) fn informed(
    scorer: &Scorer<'_>,
    looks: Vec<Look>,
    over: Option<&Matrix>,
    n: usize,
    wanted: Wanted,
    progress: &dyn Progress,
) -> Vec<Measures> {
    if wanted == Wanted::Nothing {
        return looks.into_iter().map(|look| look.measures).collect();
    }
    progress.counted("weighing what each would teach", n as u64, "rows");
    let mut reference = scorer.reference_rows();
    match over {
        Some(x) => reference.look(x),
        None => looks.iter().for_each(|look| reference.look(&look.x)),
    }
    let informant = scorer.informant(&reference);
    let with = |look: Look| {
        let information = informant.information(&look.x, &look.posterior, wanted);
        progress.advance(look.x.n_rows() as u64);
        Measures {
            information,
            ..look.measures
        }
    };
    looks.into_iter().map(with).collect()
}

/// An error of a block as one of the whole table.
pub(crate) fn shifted(input: &Input, error: DataError, first: usize) -> Fault {
    input.fault(&error.shifted(first))
}

/// Combined uncertainties and gains, relative to each other and without intervals, of
/// the rows `x`, of which the belief says `posterior`: n values in [0, 1] each, or none
/// where none are needed.
///
/// # Errors
///
/// What keeps failures from being learned.
pub fn uncertainties(
    belief: &dyn Tabular,
    x: &Matrix,
    posterior: &Posterior,
    needs: Needs,
) -> Result<(Vec<f32>, Vec<f32>), Fault> {
    if !needs.scores && !needs.gains {
        return Ok((Vec::new(), Vec::new()));
    }
    let scorer = Scorer::new(belief, NEIGHBOURS)?;
    let prediction = RowPredictions {
        posterior: posterior.clone(),
        interval: None,
    };
    let look = Look {
        measures: scorer.measures(scorer.near(x), &prediction),
        posterior: prediction.posterior,
        x: x.clone(),
    };
    let (gain, wanted) = match needs.gains {
        true => (Some(Gain::default()), Wanted::Gains),
        false => (None, Wanted::Nothing),
    };
    let measures = informed(&scorer, vec![look], None, x.n_rows(), wanted, &Silent);
    let weights = UncertaintyWeights::default();
    let ranges = Ranges::of(&measures[0], belief.task(), gain, weights);
    let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    Ok((
        narrow(ranges.combine(&measures[0])),
        narrow(ranges.gain(&measures[0])),
    ))
}
