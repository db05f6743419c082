//! Why each row was picked, in words with numbers.

use std::borrow::Cow;
use std::collections::HashSet;

use al_core::{
    Fault, Feature, Key, Kind, Posterior, Schema, Table, Tabular, Task, Texts, encoder,
    information, posterior,
};
use al_sampling::{Pick, Selection};
use al_words::numbers::short;
use ndarray::{ArrayView2, Axis};

use crate::constrain::Repeat;
use crate::read::{Block, Candidates};
use crate::score::{MeasuredStructures, Measures, NEIGHBOURS, Scorer, similar_to_earlier};

/// Rows whose distance says what is usual.
const TYPICAL: usize = 2000;

/// What there is to tell of a batch.
pub(crate) struct Telling<'a> {
    belief: &'a dyn Tabular,
    picks: &'a [Pick],
    /// What the model says of each pick.
    measures: Option<Measures>,
    /// Variances of the candidates, or entropies, ascending.
    sorted: Vec<f64>,
    /// Distance of the median candidate; of structures the similarity to the nearest
    /// measured one.
    typical: f64,
    /// Per pick, without a model, how like those chosen before its structure is.
    similar: Vec<Option<f64>>,
    /// Per pick the number of candidates nearest to it.
    stands: Vec<usize>,
    /// Per pick what most candidates nearest to it share.
    shared: Vec<Option<String>>,
    /// Per pick, if it is measured already, what is known of it.
    repeats: Vec<Option<Repeat>>,
    available: usize,
    /// Whether sentences name the target, as there are several.
    named: bool,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(
        belief: &'a dyn Tabular,
        candidates: &Candidates,
        sample: &Block,
        selection: &'a Selection,
        excluded: &HashSet<Key>,
        repeats: &[Repeat],
    ) -> Result<Telling<'a>, Fault> {
        let (picks, available) = (selection.picks.as_slice(), selection.available);
        let rows: Vec<usize> = picks.iter().map(|pick| pick.row).collect();
        let open: Vec<usize> = (0..sample.keys.len())
            .filter(|&row| !excluded.contains(&sample.keys[row]))
            .collect();
        let sample = sample.take(&open);
        let mut telling = Telling {
            belief,
            picks,
            measures: None,
            sorted: Vec::new(),
            typical: f64::NAN,
            similar: match belief.is_informed() {
                true => Vec::new(),
                false => similar_to_earlier(&candidates.x, &rows),
            },
            stands: vec![1; picks.len()],
            shared: vec![None; picks.len()],
            repeats: rows
                .iter()
                .map(|&row| {
                    repeats
                        .iter()
                        .find(|r| r.key == candidates.keys[row])
                        .copied()
                })
                .collect(),
            available,
            named: false,
        };
        if picks.is_empty() || sample.keys.is_empty() {
            return Ok(telling);
        }
        if belief.is_informed() {
            let scorer = Scorer::new(belief, NEIGHBOURS)?;
            let table = scorer.table(&candidates.rows.take(&rows)?)?;
            let look = scorer.look(&table).expect("encoded before");
            telling.measures = Some(look.measures);
            let few: Vec<usize> = (0..sample.keys.len().min(TYPICAL)).collect();
            let (distances, similar) = scorer.near(&sample.x.take(&few));
            telling.typical = match similar.is_empty() {
                true => median(&distances),
                false => {
                    let similar = similar.iter().map(|row| row.similarity);
                    median(&similar.collect::<Vec<f64>>())
                }
            };
            telling.sorted = doubts(belief, &sample);
        }
        let owners = owners(belief, candidates, &sample, &rows);
        let mut counts = vec![0_usize; rows.len()];
        for &owner in &owners {
            counts[owner as usize] += 1;
        }
        let scale = available as f64 / sample.keys.len() as f64;
        telling.stands = counts
            .iter()
            .map(|&count| ((count as f64 * scale).round() as usize).max(1))
            .collect();
        if belief.is_informed() {
            telling.shared = shared_values(&belief.encoder().schema, &sample, &owners, rows.len())?;
        }
        Ok(telling)
    }

    /// The same with the target's name in every sentence, as there are several.
    pub(crate) fn naming(self, named: bool) -> Telling<'a> {
        Telling { named, ..self }
    }

    /// The target's name with a word before it, where sentences name it.
    fn of_target(&self, before: &str) -> String {
        match self.named {
            true => format!("{before}{}", self.belief.columns().target),
            false => String::new(),
        }
    }

    pub(crate) fn picks(&self) -> &[Pick] {
        self.picks
    }

    pub(crate) fn available(&self) -> usize {
        self.available
    }

    pub(crate) fn stands_for(&self, at: usize) -> usize {
        self.stands[at]
    }

    /// What the model predicts of a pick, in the target's unit, and its doubt.
    pub(crate) fn prediction(&self, at: usize) -> (Option<f64>, Option<f64>) {
        match &self.measures {
            None => (None, None),
            Some(measures) => (
                measures.prediction.get(at).copied(),
                Some(self.doubt(measures, at)),
            ),
        }
    }

    /// Sentences about the batch as a whole.
    pub(crate) fn in_all(&self) -> Vec<String> {
        let n = self.picks.len();
        if n == 0 {
            return Vec::new();
        }
        let mut said = Vec::new();
        if let (Some(measures), true) = (&self.measures, n > 1) {
            let own: Vec<f64> = (0..n).map(|at| self.doubt(measures, at)).collect();
            let (own, all) = (median(&own), median(&self.sorted));
            let scale = self.belief.scale();
            let of = self.of_target(" of ");
            said.push(match self.belief.task() {
                Task::Classification => format!(
                    "the median entropy{of} is {} nats in the batch and {} in all candidates",
                    short(own),
                    short(all)
                ),
                Task::Regression if scale.log => format!(
                    "the median predictive standard deviation{of} is a factor of {} in the batch and {} in all candidates",
                    short(own.sqrt().exp()),
                    short(all.sqrt().exp())
                ),
                Task::Regression => format!(
                    "the median predictive standard deviation{of} is {} in the batch and {} in all candidates",
                    self.in_unit(own.sqrt()),
                    self.in_unit(all.sqrt())
                ),
            });
        }
        said
    }

    /// How many candidates each of the rows stands for, in a sentence.
    pub(crate) fn standing(&self) -> Option<String> {
        let n = self.picks.len();
        let most = self.stands.iter().copied().max().unwrap_or(1);
        (n > 1 && most > 1).then(|| {
            let least = self.stands.iter().copied().min().unwrap_or(1);
            format!(
                "each row stands for {least} to {most} of {} candidates",
                self.available
            )
        })
    }

    /// What the model says of a pick, in words; `None` without a model.
    fn said_of(&self, at: usize) -> Option<String> {
        let measures = self.measures.as_ref()?;
        Some(self.uncertain(measures, at))
    }

    /// A value of the target with its unit, if that is known.
    fn in_unit(&self, value: f64) -> String {
        match self.belief.columns().target_unit {
            Some(unit) => format!("{} {unit}", short(value)),
            None => short(value),
        }
    }

    fn doubt(&self, measures: &Measures, at: usize) -> f64 {
        match self.belief.task() {
            Task::Classification => measures.classes.entropy[at],
            Task::Regression => measures.variance[at],
        }
    }

    /// A reason for each pick, with what models of `others` say of it.
    pub(crate) fn reasons(&self, others: &[&Telling<'_>]) -> Vec<String> {
        let picks = 0..self.picks.len();
        picks.map(|at| self.reason(at, others)).collect()
    }

    fn reason(&self, at: usize, others: &[&Telling<'_>]) -> String {
        let pick = &self.picks[at];
        let mut parts = Vec::new();
        if let Some(repeat) = self.repeats[at] {
            let deviation = if self.belief.scale().log {
                format!("a factor of {}", short(repeat.deviation.exp()))
            } else {
                self.in_unit(repeat.deviation)
            };
            parts.push(format!(
                "measured {} with a deviation of {deviation}: its value is less certain than that of new rows",
                counted_times(repeat.count)
            ));
        } else if pick.included {
            parts.push("included on request".to_owned());
        }
        if let Some(measures) = &self.measures {
            parts.push(self.uncertain(measures, at));
            parts.extend(others.iter().filter_map(|other| other.said_of(at)));
            let distance = measures.distance[at];
            if let Some(&row) = measures.similar.get(at) {
                let measured = MeasuredStructures::of(self.belief);
                parts.push(measured.standing(row, self.typical));
            } else if distance == 0.0 {
                parts.push("its nearest measured rows are the same in every feature".into());
            } else if distance.is_finite() {
                parts.push(format!(
                    "at input distance {} from the nearest measured rows (the median candidate: {})",
                    short(distance),
                    short(self.typical)
                ));
            }
            if let Some(&feasible) = measures.feasible.get(at)
                && feasible < 0.95
            {
                parts.push(format!("success probability {}", short(feasible)));
            }
        } else if let Some(similarity) = self.similar.get(at).copied().flatten() {
            parts.push(format!(
                "at similarity {} to the nearest molecule chosen before",
                short(similarity)
            ));
        } else if let Some(nearest) = pick.nearest {
            parts.push(format!(
                "at input distance {} from the nearest row chosen before",
                short(f64::from(nearest))
            ));
        } else {
            parts.push("nearest to the middle of the candidates".to_owned());
        }
        if self.stands[at] > 1 {
            // Without commas: scripts cut batches at them.
            let mostly = self.shared[at]
                .as_ref()
                .map_or_else(String::new, |shared| format!(" mostly with {shared}"));
            parts.push(format!(
                "stands for {} candidates ({} %){mostly}",
                self.stands[at],
                short(100.0 * self.stands[at] as f64 / self.available.max(1) as f64)
            ));
        }
        parts.join("; ")
    }

    /// What a pick is uncertain by, and how that compares with the pool.
    fn uncertain(&self, measures: &Measures, at: usize) -> String {
        let belief = self.belief;
        let value = self.doubt(measures, at);
        let n = self.sorted.len();
        // Rows as uncertain as this one count half: trees make plateaus.
        let below = self
            .sorted
            .partition_point(|&other| other < value * 0.999_99);
        let not_above = self
            .sorted
            .partition_point(|&other| other <= value * 1.000_01);
        let above = (n - not_above) as f64 + (not_above - below) as f64 / 2.0;
        let top = (100.0 * above / n.max(1) as f64).max(0.1);
        let standing = if top <= 50.0 {
            format!("among the {} % least certain candidates", short(top))
        } else {
            "more certain than half of the candidates".to_owned()
        };
        match belief.task() {
            Task::Regression => {
                let prediction = measures.prediction[at];
                let spread = value.sqrt();
                let about = if belief.scale().log {
                    format!(
                        "with a standard deviation of a factor of {}",
                        short(spread.exp())
                    )
                } else {
                    format!("with a standard deviation of {}", self.in_unit(spread))
                };
                let predicted = self.in_unit(prediction);
                let name = self.of_target("");
                let name = if name.is_empty() { name } else { name + " " };
                format!("{name}predicted {predicted} {about} ({standing})")
            }
            Task::Classification => {
                let probabilities = measures.probabilities.as_ref().expect("a classifier");
                let p = probabilities.row(at);
                let class = information::most_probable(p);
                let name = self.of_target("");
                let name = if name.is_empty() { name } else { name + " " };
                format!(
                    "{name}'{}' with probability {} ({standing} by entropy)",
                    belief.classes()[class],
                    short(p[class])
                )
            }
        }
    }
}

/// What the rows of `sample` are uncertain by, ascending: variances on the
/// fitted scale, or entropies.
fn doubts(belief: &dyn Tabular, sample: &Block) -> Vec<f64> {
    let mut doubts = match &belief.posterior(&sample.x) {
        Posterior::Values { draws, .. } => {
            let unit = belief.scale().variance_unit();
            let variances = posterior::variance(draws).into_iter();
            variances.map(|variance| variance * unit).collect()
        }
        Posterior::Classes { draws } => information::class_uncertainty(draws).entropy,
    };
    doubts.sort_unstable_by(f64::total_cmp);
    doubts
}

/// Per row of the sample the pick nearest to it, in what the model believes,
/// or in the inputs where it believes the same of all.
fn owners(
    belief: &dyn Tabular,
    candidates: &Candidates,
    sample: &Block,
    picks: &[usize],
) -> Vec<u32> {
    let nearest = |rows: ArrayView2<'_, f32>, centres: ArrayView2<'_, f32>| {
        al_sampling::nearest_centres(rows, centres)
    };
    if sample.features.iter().any(|&feature| feature != 0.0) {
        let centres = candidates.features.select(Axis(0), picks);
        nearest(sample.features.view(), centres.view())
    } else {
        let centres = candidates.points.select(Axis(0), picks);
        nearest(belief.encoder().places(&sample.x).view(), centres.view())
    }
}

/// For each pick the categories that most candidates nearest to it share, and
/// most others do not, as in `hardware = 'cuda'`.
fn shared_values(
    schema: &Schema,
    sample: &Block,
    owners: &[u32],
    picks: usize,
) -> Result<Vec<Option<String>>, Fault> {
    let categories = schema.features.iter();
    let categories: Vec<&Feature> = categories
        .filter(|feature| feature.kind != Kind::Numeric)
        .collect();
    let mut shared: Vec<Vec<String>> = vec![Vec::new(); picks];
    let names: Vec<&str> = categories.iter().map(|one| one.name.as_str()).collect();
    let table = sample.frame.table(Some(&names))?;
    for feature in categories {
        let (name, texts) = shared_texts(&table, feature);
        let mut all = vec![0_usize; texts.levels.len()];
        // Sorted and not in a table of picks and levels: there may be thousands of both.
        let mut of: Vec<(u32, u32)> = Vec::new();
        for (&code, &owner) in texts.codes.iter().zip(owners) {
            if let Some(level) = all.get_mut(code as usize) {
                *level += 1;
                of.push((owner, code));
            }
        }
        of.sort_unstable();
        for counted in of.chunk_by(|a, b| a.0 == b.0) {
            let (pick, total) = (counted[0].0 as usize, counted.len());
            // The first of the largest, so that ties are told alike.
            let runs = counted.chunk_by(|a, b| a.1 == b.1);
            let most = runs.rev().max_by_key(|run| run.len());
            let Some(run) = most.filter(|_| total >= 3) else {
                continue;
            };
            let level = run[0].1 as usize;
            let here = run.len() as f64 / total as f64;
            let at_large = all[level] as f64 / owners.len() as f64;
            if here > 0.5 && here > 1.5 * at_large && !texts.levels[level].is_empty() {
                shared[pick].push(format!("{name} = '{}'", texts.levels[level]));
            }
        }
    }
    let words = |values: Vec<String>| (!values.is_empty()).then(|| values.join(" and "));
    Ok(shared.into_iter().map(words).collect())
}

/// A category with its name, or the scaffolds of a column of molecules.
fn shared_texts<'a>(table: &'a Table, feature: &'a Feature) -> (&'a str, Cow<'a, Texts>) {
    let encoded = "encoded before";
    match &feature.kind {
        Kind::Structure(kind) => {
            let read = encoder::structures(table, &feature.name, kind).expect(encoded);
            ("scaffold", Cow::Owned(read.scaffolds(kind)))
        }
        _ => {
            let texts = encoder::texts(table, &feature.name);
            (&feature.name, texts.expect(encoded))
        }
    }
}

fn counted_times(count: u32) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    al_core::uncertainty::percentile(&sorted, 0.5)
}
