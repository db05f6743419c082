//! Per workload the best hardware, the runner-up, and how sure that is.

use al_core::Direction;
use al_core::knowledge::knowledge_gradient;
use al_hw::{Joint, Normals, Standing, recommend::ranked};
use rayon::prelude::*;

use crate::belief::PairBelief;
use crate::pairs::Pairs;

/// Of which pairs the expected regret is wanted: it takes most of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Regrets {
    None,
    /// Of the best one and of the current ones.
    Needed,
    All,
}

/// What is to be said of pairs besides which is the best.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AdviceNeeds {
    pub(crate) regrets: Regrets,
    /// The variance of a measurement, if it is asked what measuring is worth.
    pub(crate) worth: Option<f64>,
}

/// What one model says of all pairs.
pub(crate) struct Judged {
    pub(crate) belief: PairBelief,
    /// Per pair the factor from the target to the objective; none where they
    /// are one.
    pub(crate) factors: Vec<f64>,
    /// Whether the fitted scale is the logarithm of the target.
    pub(crate) log: bool,
    pub(crate) better: Direction,
    pub(crate) normals: Normals,
    pub(crate) pairs: PerPair,
    pub(crate) workloads: Vec<Workload>,
}

/// Numbers of each pair; NaN where it is left out.
#[derive(Default)]
pub(crate) struct PerPair {
    /// The value in the objective's unit: a median of a log target.
    pub(crate) predicted: Vec<f64>,
    pub(crate) p_best: Vec<f64>,
    /// Expected regret in the objective's unit.
    pub(crate) regret: Vec<f64>,
    /// The mean on the fitted scale.
    pub(crate) mean: Vec<f64>,
    /// The knowledge gradient on the fitted scale, if it was asked for.
    pub(crate) worth: Vec<f64>,
}

/// The order of a workload.
#[derive(Debug, Clone, Default)]
pub(crate) struct Workload {
    /// The best pair and the next.
    pub(crate) best: Option<u32>,
    pub(crate) next: Option<u32>,
    /// Pairs that are measured, of those that can be.
    pub(crate) measured: usize,
    pub(crate) possible: usize,
}

/// What a workload says of its pairs: their place, mean, probability, regret and
/// worth.
type Told = (Workload, Vec<(u32, [f64; 4])>);

impl Judged {
    /// What is believed, of which nothing is judged yet.
    pub(crate) fn new(
        belief: PairBelief,
        factors: Vec<f64>,
        log: bool,
        better: Direction,
        normals: Normals,
    ) -> Judged {
        Judged {
            belief,
            factors,
            log,
            better,
            normals,
            pairs: PerPair::default(),
            workloads: Vec::new(),
        }
    }

    /// A value of the fitted scale in the objective's unit.
    pub(crate) fn unit(&self, value: f64) -> f64 {
        if self.log { value.exp() } else { value }
    }

    /// The joint belief about the objective of the pairs of a workload.
    pub(crate) fn joint(&self, members: &[u32]) -> Joint {
        let mut joint = self.belief.joint(members);
        if !self.factors.is_empty() {
            for (at, &pair) in members.iter().enumerate() {
                let factor = self.factors[pair as usize];
                match self.log {
                    true => joint.shift(at, factor.ln()),
                    false => joint.scale(at, factor),
                }
            }
        }
        joint
    }

    /// Judges every workload.
    pub(crate) fn judge(
        mut self,
        pairs: &Pairs,
        excluded: &[Option<String>],
        needs: AdviceNeeds,
    ) -> Judged {
        let running = pairs.running();
        let told: Vec<Told> = pairs
            .members
            .par_iter()
            .enumerate()
            .with_min_len(16)
            .map_init(Vec::new, |draws, (workload, members)| {
                self.workload(members, &running[workload], excluded, needs, draws)
            })
            .collect();
        let n = pairs.source.len();
        let mut all = PerPair {
            predicted: vec![f64::NAN; n],
            p_best: vec![f64::NAN; n],
            regret: vec![f64::NAN; n],
            mean: vec![f64::NAN; n],
            worth: vec![f64::NAN; n],
        };
        for (workload, of_pairs) in told {
            self.workloads.push(workload);
            for (pair, [mean, p_best, regret, worth]) in of_pairs {
                let pair = pair as usize;
                all.mean[pair] = mean;
                all.predicted[pair] = self.unit(mean);
                all.p_best[pair] = p_best;
                all.regret[pair] = regret;
                all.worth[pair] = worth;
            }
        }
        self.pairs = all;
        self
    }

    fn workload(
        &self,
        members: &[u32],
        now: &[u32],
        excluded: &[Option<String>],
        needs: AdviceNeeds,
        draws: &mut Vec<f64>,
    ) -> Told {
        let open: Vec<usize> = (0..members.len())
            .filter(|&at| excluded[members[at] as usize].is_none())
            .collect();
        if open.is_empty() {
            return (Workload::default(), Vec::new());
        }
        // What is left out but measured still tells of the others.
        let joint = self.joint(members);
        joint.draw(&self.normals, &open, draws);
        let standing = Standing::of(draws, self.better);
        let means: Vec<f64> = open.iter().map(|&at| joint.mean()[at]).collect();
        let order = ranked(&means, &standing.p_best, self.better);
        let pair = |place: usize| members[open[place]];
        let needed = |place: usize| match needs.regrets {
            Regrets::None => false,
            Regrets::Needed => order.first() == Some(&place) || now.contains(&pair(place)),
            Regrets::All => true,
        };
        let regret = |place: usize| match needed(place) {
            true => standing.regret(draws, place, |value| self.unit(value)),
            false => f64::NAN,
        };
        let known = |&&at: &&usize| self.belief.known[members[at] as usize].is_some();
        let workload = Workload {
            best: order.first().map(|&place| pair(place)),
            next: order.get(1).map(|&place| pair(place)),
            measured: open.iter().filter(known).count(),
            possible: open.len(),
        };
        // Large values are good to the knowledge gradient.
        let sign = self.better.sign();
        let wanted: Vec<f64> = means.iter().map(|mean| sign * mean).collect();
        let worth = |place: usize| match needs.worth {
            None => f64::NAN,
            Some(noise) => {
                let mut slopes = joint.slopes(&open, open[place], noise);
                slopes.iter_mut().for_each(|slope| *slope *= sign);
                knowledge_gradient(&wanted, &slopes)
            }
        };
        let told = (0..open.len())
            .map(|place| {
                let numbers = [
                    means[place],
                    standing.p_best[place],
                    regret(place),
                    worth(place),
                ];
                (pair(place), numbers)
            })
            .collect();
        (workload, told)
    }

    /// The hardware that is best over all workloads, for who has to take one
    /// for all: the one with the largest sum of advantages over the mean of
    /// each workload. Where it cannot be it has none.
    pub(crate) fn usual(&self, pairs: &Pairs) -> Option<u32> {
        let mut sums: Vec<Option<f64>> = vec![None; pairs.names.len()];
        for members in &pairs.members {
            let means = || members.iter().map(|&pair| self.pairs.mean[pair as usize]);
            let (mut sum, mut count) = (0.0, 0.0);
            for mean in means().filter(|mean| !mean.is_nan()) {
                sum += mean;
                count += 1.0;
            }
            for (&pair, mean) in members.iter().zip(means()) {
                if !mean.is_nan() {
                    let of = &mut sums[pairs.hardware[pair as usize] as usize];
                    *of.get_or_insert(0.0) += self.better.advantage(mean, sum / count);
                }
            }
        }
        let named = (0_u32..).zip(sums).filter_map(|(at, sum)| Some((at, sum?)));
        named
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
            .map(|(at, _)| at)
    }
}
