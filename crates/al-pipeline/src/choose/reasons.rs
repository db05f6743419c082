//! Why each row was picked, in words with numbers.

use al_core::Kind;
use al_sampling::{Pick, Selection};
use ndarray::Axis;

use super::Candidates;
use crate::campaign::Campaign;
use crate::error::Error;
use crate::measures::Measures;
use crate::options::Task;

/// Candidates that are looked at to say what a pick's region has in common.
const LOOKED_AT: usize = 20_000;

/// For each pick the categories that most candidates nearest to it share, and
/// most others do not, as in `hardware = 'cuda'`.
pub(super) fn shared_values(
    campaign: &Campaign,
    candidates: &Candidates,
    picks: &[usize],
) -> Result<Vec<Option<String>>, Error> {
    let n = candidates.keys.len();
    let step = n.div_ceil(LOOKED_AT).max(1);
    let sample: Vec<usize> = (0..n).step_by(step).collect();
    let categories: Vec<&str> = campaign
        .encoder
        .schema
        .features
        .iter()
        .filter(|feature| matches!(feature.kind, Kind::Categorical { .. }))
        .map(|feature| feature.name.as_str())
        .collect();
    let mut shared: Vec<Vec<String>> = vec![Vec::new(); picks.len()];
    if !categories.is_empty() && !picks.is_empty() && candidates.features.ncols() > 0 {
        let space = &candidates.features;
        let owners = al_sampling::nearest_centres(
            space.select(Axis(0), &sample).view(),
            space.select(Axis(0), picks).view(),
        );
        let table = candidates.frame.take(&sample).table(Some(&categories))?;
        for name in categories {
            let texts = al_core::encoder::texts(&table, name).expect("read above");
            let levels = texts.levels.len();
            let mut all = vec![0_usize; levels];
            let mut of = vec![vec![0_usize; levels]; picks.len()];
            for (row, &owner) in owners.iter().enumerate() {
                if let Some(level) = all.get_mut(texts.codes[row] as usize) {
                    *level += 1;
                    of[owner as usize][texts.codes[row] as usize] += 1;
                }
            }
            for (pick, counts) in of.iter().enumerate() {
                let total: usize = counts.iter().sum();
                // The first of the largest, so that ties are told alike.
                let most = (0..levels).rev().max_by_key(|&level| counts[level]);
                let Some(level) = most.filter(|_| total >= 3) else {
                    continue;
                };
                let here = counts[level] as f64 / total as f64;
                let at_large = all[level] as f64 / sample.len() as f64;
                if here > 0.5 && here > 1.5 * at_large {
                    shared[pick].push(format!("{name} = '{}'", texts.levels[level]));
                }
            }
        }
    }
    let words = |values: Vec<String>| (!values.is_empty()).then(|| values.join(" and "));
    Ok(shared.into_iter().map(words).collect())
}

/// A reason for each pick, in words with numbers.
pub(super) fn reasons(
    campaign: Option<&Campaign>,
    candidates: &Candidates,
    selection: &Selection,
    shared: &[Option<String>],
) -> Vec<String> {
    let measured = campaign.map_or("chosen before", |_| "measured");
    let typical = candidates
        .measures
        .as_ref()
        .map(|measures| median(&measures.distance));
    let mut sorted: Vec<f64> = candidates
        .measures
        .as_ref()
        .map(|measures| match campaign.map(|c| c.task) {
            Some(Task::Classification) => measures.classes.entropy.clone(),
            _ => measures.variance.clone(),
        })
        .unwrap_or_default();
    sorted.sort_unstable_by(f64::total_cmp);
    selection
        .picks
        .iter()
        .zip(shared)
        .map(|(pick, shared)| {
            let mut parts = Vec::new();
            if pick.included {
                parts.push("asked for with --include".to_owned());
            }
            if let (Some(campaign), Some(measures)) = (campaign, &candidates.measures) {
                parts.push(uncertain(campaign, measures, &sorted, pick));
                let distance = measures.distance[pick.row];
                if distance == 0.0 {
                    parts.push("its nearest measured rows are the same in every feature".into());
                } else if distance.is_finite() {
                    parts.push(format!(
                        "{} away from the nearest {measured} rows (the median candidate: {})",
                        short(distance),
                        short(typical.unwrap_or(f64::NAN))
                    ));
                }
            } else if let Some(nearest) = pick.nearest {
                parts.push(format!(
                    "{} away from the nearest row {measured}",
                    short(f64::from(nearest))
                ));
            } else {
                parts.push("nearest to the middle of the candidates".to_owned());
            }
            if pick.represents > 1 {
                // Without commas: scripts cut batches at them.
                let mostly = shared
                    .as_ref()
                    .map_or_else(String::new, |shared| format!(" mostly with {shared}"));
                parts.push(format!(
                    "stands for {} candidates ({} %){mostly}",
                    pick.represents,
                    short(100.0 * pick.represents as f64 / selection.available.max(1) as f64)
                ));
            }
            parts.join("; ")
        })
        .collect()
}

/// What a pick is uncertain by, and how that compares with the pool.
fn uncertain(campaign: &Campaign, measures: &Measures, sorted: &[f64], pick: &Pick) -> String {
    let value = match campaign.task {
        Task::Regression => measures.variance[pick.row],
        Task::Classification => measures.classes.entropy[pick.row],
    };
    let above = sorted.len() - sorted.partition_point(|&other| other < value);
    let top = (100.0 * above as f64 / sorted.len().max(1) as f64).max(0.1);
    let standing = if top <= 50.0 {
        format!("among the {} % least certain candidates", short(top))
    } else {
        "more certain than half of the candidates".to_owned()
    };
    match campaign.task {
        Task::Regression => {
            let prediction = measures.prediction[pick.row];
            let spread = value.sqrt();
            let about = if campaign.options.log_target {
                format!("give or take a factor of {}", short(spread.exp()))
            } else {
                format!("± {}", short(spread))
            };
            format!("expected {} {about} ({standing})", short(prediction))
        }
        Task::Classification => {
            let probabilities = measures.probabilities.as_ref().expect("a classifier");
            let p = probabilities.row(pick.row);
            let class = al_core::information::most_probable(p);
            format!(
                "'{}' with probability {} ({standing} by entropy)",
                campaign.classes[class],
                short(p[class])
            )
        }
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    al_core::uncertainty::percentile(&sorted, 0.5)
}

/// A number with three significant digits.
fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let digits = value.abs().log10().floor();
    if (-4.0..6.0).contains(&digits) {
        let decimals = (2.0 - digits).max(0.0) as usize;
        let text = format!("{value:.decimals$}");
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    } else {
        format!("{value:.2e}")
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn numbers_have_three_digits() {
        assert_eq!(short(0.012_345), "0.0123");
        assert_eq!(short(1234.5), "1234");
        assert_eq!(short(100.0), "100");
        assert_eq!(short(2.0), "2");
        assert_eq!(short(0.0), "0");
        assert_eq!(short(1.5e9), "1.50e9");
    }
}
