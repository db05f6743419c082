//! The advice as tables.

use al_core::{Direction, Fault};
use al_hw::pareto;
use al_tables::{Frame, NewColumn, NewData};
use rayon::prelude::*;

use super::advice::Judged;
use super::asks::Ask;
use super::{Advice, Look, Optimality, RecommendOptions};
use crate::score::taken_name;

/// Between several things in one cell, which has no commas.
const AND: &str = "; ";

/// How a pair stands among those of its workload, in all objectives.
struct OnFront {
    pair: u32,
    /// Whether no other has better means in all objectives.
    inside: bool,
    /// In which share of the draws that is so.
    share: f64,
}

fn column(name: &str, data: NewData) -> NewColumn {
    NewColumn {
        name: name.to_owned(),
        data,
    }
}

impl Look<'_> {
    /// The name of a pair's hardware.
    pub(super) fn hardware(&self, pair: u32) -> &str {
        &self.pairs.names[self.pairs.hardware[pair as usize] as usize]
    }

    fn named(&self, pairs: impl Iterator<Item = Option<u32>>) -> NewData {
        NewData::Labels {
            codes: pairs
                .map(|pair| pair.map_or(u32::MAX, |pair| self.pairs.hardware[pair as usize]))
                .collect(),
            levels: self.pairs.names.clone(),
        }
    }

    /// What was left out of a workload and why, by reason.
    fn left_out(&self, members: &[u32]) -> Option<String> {
        let mut told: Vec<String> = Vec::new();
        for &pair in members {
            if let Some(why) = &self.excluded[pair as usize] {
                told.push(format!("{}: {why}", super::commaless(self.hardware(pair))));
            }
        }
        (!told.is_empty()).then(|| told.join(AND))
    }

    /// The columns of the candidates but the hardware, of the rows that these
    /// are.
    fn rows_of(&self, asks: &[Ask]) -> Frame {
        let rows: Vec<usize> = asks.iter().map(|ask| ask.row).collect();
        self.pairs.rows.take(&rows)
    }

    /// `frame` with `columns`, whose names the prefix goes before.
    fn with(
        &self,
        mut frame: Frame,
        columns: Vec<NewColumn>,
        options: &RecommendOptions,
    ) -> Result<Frame, Fault> {
        let names = frame.names();
        let mut added = Vec::with_capacity(columns.len());
        for mut column in columns {
            column.name = format!("{}{}", options.prefix, column.name);
            if names.contains(&column.name) {
                return Err(taken_name(&column.name, &self.pairs.input));
            }
            added.push(column);
        }
        if frame.names().is_empty() {
            // Hardware was all there was.
            frame = Frame::default();
        }
        frame.append(added)?;
        Ok(frame)
    }

    /// Of a workload that runs on hardware `now`, its pair there.
    fn pair_on(&self, workload: usize, hardware: u32) -> Option<u32> {
        let members = self.pairs.members[workload].iter();
        members
            .copied()
            .find(|&pair| self.pairs.hardware[pair as usize] == hardware)
    }

    /// A row per workload, or per row or hardware that it runs on.
    pub(super) fn advice(mut self, options: &RecommendOptions) -> Result<Advice, Fault> {
        let judged = &self.judged[0];
        let of = &judged.pairs;
        let asks = &self.pairs.asks;
        let n = asks.len();
        let with_current = self.pairs.with_current;
        let usual = judged.usual(&self.pairs);
        let compared = |at: usize| match with_current {
            true => asks[at].current,
            false => usual,
        };
        let pick =
            |values: &[f64], pair: Option<u32>| pair.map_or(f64::NAN, |pair| values[pair as usize]);
        let of_workload = |at: usize| &judged.workloads[asks[at].workload];
        let best = |at: usize| of_workload(at).best;
        let next = |at: usize| of_workload(at).next;
        let there =
            |at: usize| compared(at).and_then(|hardware| self.pair_on(asks[at].workload, hardware));
        let floats = |value: &dyn Fn(usize) -> f64| NewData::Float((0..n).map(value).collect());
        let gain = |at: usize| {
            let (to, from) = (
                pick(&of.predicted, best(at)),
                pick(&of.predicted, there(at)),
            );
            100.0 * judged.better.advantage(to, from) / from.abs()
        };
        let gain = |at: usize| {
            Some(gain(at))
                .filter(|gain| gain.is_finite())
                .unwrap_or(f64::NAN)
        };
        let regret = |at: usize| pick(&of.regret, best(at));
        let percent = |at: usize| {
            let share = 100.0 * regret(at) / pick(&of.predicted, best(at)).abs();
            if share.is_finite() { share } else { f64::NAN }
        };
        let flagged: Vec<bool> = (0..n)
            .map(|at| match (asks[at].current, best(at)) {
                (Some(now), Some(best)) => self.pairs.hardware[best as usize] != now,
                _ => false,
            })
            .collect();
        let basis = |at: usize| match (of_workload(at).measured, of_workload(at).possible) {
            (_, 0) => u32::MAX,
            (0, _) => 2,
            (measured, possible) => u32::from(measured < possible),
        };
        let mut columns = Vec::new();
        let labels = |codes: Vec<u32>| NewData::Labels {
            codes,
            levels: self.pairs.names.clone(),
        };
        let place = |at: usize| compared(at).unwrap_or(u32::MAX);
        if with_current {
            columns.push(column(
                "current_hardware",
                labels((0..n).map(place).collect()),
            ));
        }
        columns.push(column("recommended_hardware", self.named((0..n).map(best))));
        columns.push(column(
            "predicted",
            floats(&|at| pick(&of.predicted, best(at))),
        ));
        columns.push(column("p_best", floats(&|at| pick(&of.p_best, best(at)))));
        columns.push(column("expected_gain", floats(&gain)));
        if !with_current {
            columns.push(column("compared_with", labels((0..n).map(place).collect())));
        }
        columns.push(column("expected_regret", floats(&regret)));
        columns.push(column("expected_regret_percent", floats(&percent)));
        if with_current {
            columns.push(column(
                "regret_of_current",
                floats(&|at| pick(&of.regret, there(at))),
            ));
        }
        columns.push(column("runner_up", self.named((0..n).map(next))));
        columns.push(column(
            "p_runner_up",
            floats(&|at| pick(&of.p_best, next(at))),
        ));
        columns.push(column(
            "basis",
            NewData::Labels {
                codes: (0..n).map(basis).collect(),
                levels: ["measured", "partly", "predicted"]
                    .map(str::to_owned)
                    .to_vec(),
            },
        ));
        if !self.feasible.is_empty() {
            columns.push(column(
                "feasible",
                floats(&|at| pick(&self.feasible, best(at))),
            ));
        }
        let excluded = asks
            .par_iter()
            .map(|ask| self.left_out(&self.pairs.members[ask.workload]));
        columns.push(column("excluded", NewData::Text(excluded.collect())));
        if with_current {
            columns.push(column("flagged", NewData::Bool(flagged.clone())));
        }
        let frame = self.with(self.rows_of(asks), columns, options)?;
        let pairs = match options.every_pair {
            true => Some(self.pair_table(options)?),
            false => None,
        };
        let undecided = (0..n).filter(|&at| best(at).is_none()).count();
        self.tell_undecided(undecided);
        Ok(Advice {
            frame,
            pairs,
            workloads: n,
            flagged: flagged.iter().filter(|&&flagged| flagged).count(),
            undecided,
            warnings: self.warnings,
        })
    }

    fn tell_undecided(&mut self, undecided: usize) {
        if undecided > 0 {
            self.warnings.push(format!(
                "no hardware is left for {undecided} of {} workloads: the column excluded says why",
                self.pairs.asks.len()
            ));
        }
    }

    /// The optimality of each pair of the first model; NaN where left out.
    pub(super) fn optimality(&self, kind: Optimality) -> Vec<f64> {
        let judged = &self.judged[0];
        let of = &judged.pairs;
        match kind {
            Optimality::PBest => of.p_best.clone(),
            Optimality::Mismatch => of.p_best.iter().map(|p| 1.0 - p).collect(),
            Optimality::KnowledgeGradient => {
                let worth: Vec<f64> = of
                    .worth
                    .iter()
                    .enumerate()
                    .map(|(pair, worth)| worth * self.feasible.get(pair).unwrap_or(&1.0))
                    .collect();
                let most = worth.iter().copied().fold(0.0, f64::max);
                let most = if most > 0.0 { most } else { 1.0 };
                worth.into_iter().map(|worth| worth / most).collect()
            }
            Optimality::Ratio => {
                let mut ratio = vec![f64::NAN; of.p_best.len()];
                for (members, workload) in self.pairs.members.iter().zip(&judged.workloads) {
                    let Some(best) = workload.best else { continue };
                    let best = of.predicted[best as usize];
                    for &pair in members {
                        let own = of.predicted[pair as usize];
                        if !own.is_nan() {
                            ratio[pair as usize] = share(own, best, judged);
                        }
                    }
                }
                ratio
            }
        }
    }

    /// A row per pair.
    fn pair_table(&self, options: &RecommendOptions) -> Result<Frame, Fault> {
        let judged = &self.judged[0];
        let of = &judged.pairs;
        let n = self.pairs.source.len();
        let mut best = vec![None; n];
        for (members, workload) in self.pairs.members.iter().zip(&judged.workloads) {
            for &pair in members {
                best[pair as usize] = workload.best;
            }
        }
        let measured = judged.belief.known.iter().map(Option::is_some).collect();
        let mut columns = vec![
            column("recommended_hardware", self.named(best.into_iter())),
            column("predicted", NewData::Float(of.predicted.clone())),
            column("p_best", NewData::Float(of.p_best.clone())),
            column(
                "hardware_optimality",
                NewData::Float(self.optimality(options.optimality)),
            ),
            column("expected_regret", NewData::Float(of.regret.clone())),
            column("measured", NewData::Bool(measured)),
        ];
        if !self.feasible.is_empty() {
            columns.push(column("feasible", NewData::Float(self.feasible.clone())));
        }
        columns.push(column("excluded", NewData::Text(self.excluded.clone())));
        self.with(self.pairs.frame.clone(), columns, options)
    }

    /// A row per workload and hardware that no other beats in all objectives.
    pub(super) fn pareto(mut self, options: &RecommendOptions) -> Result<Advice, Fault> {
        let better: Vec<Direction> = self.objectives.iter().map(|one| one.better).collect();
        let shares: Vec<Vec<OnFront>> = self
            .pairs
            .members
            .par_iter()
            .with_min_len(16)
            .map(|members| self.front(members, &better))
            .collect();
        let fronts: Vec<Vec<(u32, f64)>> = shares
            .iter()
            .map(|pairs| {
                let inside = pairs.iter().filter(|one| one.inside);
                inside.map(|one| (one.pair, one.share)).collect()
            })
            .collect();
        let (mut asks, mut rows) = (Vec::new(), Vec::new());
        for ask in &self.pairs.asks {
            let front = &fronts[ask.workload];
            if front.is_empty() {
                asks.push(*ask);
                rows.push(None);
            }
            for &row in front {
                asks.push(*ask);
                rows.push(Some(row));
            }
        }
        let empty = |ask: &&Ask| fronts[ask.workload].is_empty();
        let undecided = self.pairs.asks.iter().filter(empty).count();
        let pair = |row: &Option<(u32, f64)>| row.map(|(pair, _)| pair);
        let floats = |value: &dyn Fn(&(u32, f64)) -> f64| {
            let values = rows.iter().map(|row| row.as_ref().map_or(f64::NAN, value));
            NewData::Float(values.collect())
        };
        let mut columns = Vec::new();
        if self.pairs.with_current {
            let codes = asks.iter().map(|ask| ask.current.unwrap_or(u32::MAX));
            columns.push(column(
                "current_hardware",
                NewData::Labels {
                    codes: codes.collect(),
                    levels: self.pairs.names.clone(),
                },
            ));
        }
        columns.push(column(
            "recommended_hardware",
            self.named(rows.iter().map(pair)),
        ));
        columns.push(column("p_front", floats(&|&(_, p)| p)));
        for (objective, judged) in self.objectives.iter().zip(&self.judged) {
            let of = &judged.pairs;
            let predicted = |row: &(u32, f64)| of.predicted[row.0 as usize];
            let p_best = |row: &(u32, f64)| of.p_best[row.0 as usize];
            columns.push(column(
                &format!("predicted_{}", objective.name),
                floats(&predicted),
            ));
            columns.push(column(
                &format!("p_best_{}", objective.name),
                floats(&p_best),
            ));
        }
        let sizes = asks.iter().map(|ask| fronts[ask.workload].len() as i64);
        columns.push(column("front_size", NewData::Integer(sizes.collect())));
        let excluded = asks
            .iter()
            .map(|ask| self.left_out(&self.pairs.members[ask.workload]));
        columns.push(column("excluded", NewData::Text(excluded.collect())));
        let outside = |ask: &Ask| {
            let front = &fronts[ask.workload];
            ask.current.is_some_and(|now| {
                let other = |&(pair, _): &(u32, f64)| self.pairs.hardware[pair as usize] != now;
                !front.is_empty() && front.iter().all(other)
            })
        };
        if self.pairs.with_current {
            let flags = asks.iter().map(&outside).collect();
            columns.push(column("flagged", NewData::Bool(flags)));
        }
        let flagged = self.pairs.asks.iter().filter(|ask| outside(ask)).count();
        let frame = self.with(self.rows_of(&asks), columns, options)?;
        let pairs = match options.every_pair {
            true => Some(self.front_table(&shares, options)?),
            false => None,
        };
        let workloads = self.pairs.asks.len();
        self.tell_undecided(undecided);
        Ok(Advice {
            frame,
            pairs,
            workloads,
            flagged,
            undecided,
            warnings: self.warnings,
        })
    }

    /// A row per pair for several objectives.
    fn front_table(
        &self,
        shares: &[Vec<OnFront>],
        options: &RecommendOptions,
    ) -> Result<Frame, Fault> {
        let n = self.pairs.source.len();
        let (mut inside, mut p_front) = (vec![false; n], vec![f64::NAN; n]);
        for one in shares.iter().flatten() {
            inside[one.pair as usize] = one.inside;
            p_front[one.pair as usize] = one.share;
        }
        let mut columns = vec![
            column("on_front", NewData::Bool(inside)),
            column("p_front", NewData::Float(p_front)),
        ];
        for (objective, judged) in self.objectives.iter().zip(&self.judged) {
            let name = &objective.name;
            let of = &judged.pairs;
            let measured = judged.belief.known.iter().map(Option::is_some).collect();
            columns.push(column(
                &format!("predicted_{name}"),
                NewData::Float(of.predicted.clone()),
            ));
            columns.push(column(
                &format!("p_best_{name}"),
                NewData::Float(of.p_best.clone()),
            ));
            columns.push(column(&format!("measured_{name}"), NewData::Bool(measured)));
        }
        if !self.feasible.is_empty() {
            columns.push(column("feasible", NewData::Float(self.feasible.clone())));
        }
        columns.push(column("excluded", NewData::Text(self.excluded.clone())));
        self.with(self.pairs.frame.clone(), columns, options)
    }

    /// Of the pairs of a workload that are not left out, which no other beats in
    /// all means, and the share of the draws in which that is so.
    fn front(&self, members: &[u32], better: &[Direction]) -> Vec<OnFront> {
        let open: Vec<usize> = (0..members.len())
            .filter(|&at| self.excluded[members[at] as usize].is_none())
            .collect();
        let mut draws = vec![Vec::new(); self.judged.len()];
        let mut means = Vec::new();
        for (judged, draws) in self.judged.iter().zip(&mut draws) {
            let joint = judged.joint(members);
            joint.draw(&judged.normals, &open, draws);
            means.push(
                open.iter()
                    .map(|&at| joint.mean()[at])
                    .collect::<Vec<f64>>(),
            );
        }
        let means: Vec<&[f64]> = means.iter().map(Vec::as_slice).collect();
        let draws: Vec<&[f64]> = draws.iter().map(Vec::as_slice).collect();
        let inside = pareto::front(&means, better);
        let shares = pareto::p_front(&draws, better);
        (0..open.len())
            .map(|place| OnFront {
                pair: members[open[place]],
                inside: inside[place],
                share: shares[place],
            })
            .collect()
    }
}

/// How near a value is to the best: 1 for it, 0 for what has nothing of it.
fn share(own: f64, best: f64, judged: &Judged) -> f64 {
    let (small, large) = match judged.better {
        Direction::Min => (best, own),
        Direction::Max => (own, best),
    };
    if own == best {
        1.0
    } else if small > 0.0 && large > 0.0 {
        (small / large).clamp(0.0, 1.0)
    } else {
        // Ratios of what is not above 0 say nothing.
        0.0
    }
}
