//! The advice as tables.

use al_hw::pareto;
use al_tables::{Frame, NewColumn, NewData};
use rayon::prelude::*;

use super::advice::Judged;
use super::{Advice, Look, Optimality, RecommendOptions};
use crate::error::{Error, files};

/// Between several things in one cell, which has no commas.
const AND: &str = "; ";

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

    /// The columns of the candidates but the hardware, of the first row of each
    /// workload given.
    fn workload_frame(
        &self,
        options: &RecommendOptions,
        workloads: &[usize],
    ) -> Result<Frame, Error> {
        let names = self.pairs.frame.names();
        let kept: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| !options.hardware.iter().any(|column| column == name))
            .collect();
        let first = self.pairs.first_pairs();
        let rows: Vec<usize> = workloads.iter().map(|&at| first[at]).collect();
        Ok(self.pairs.frame.select(&kept)?.take(&rows))
    }

    /// `frame` with `columns`, whose names the prefix goes before.
    fn with(
        &self,
        mut frame: Frame,
        columns: Vec<NewColumn>,
        options: &RecommendOptions,
    ) -> Result<Frame, Error> {
        let names = frame.names();
        let mut added = Vec::with_capacity(columns.len());
        for mut column in columns {
            column.name = format!("{}{}", options.prefix, column.name);
            if names.contains(&column.name) {
                return Err(Error::data(format!(
                    "{}: there is a column '{}' already; give --prefix TEXT to name the new columns differently",
                    files(&self.pairs.input),
                    column.name
                )));
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

    /// A row per workload.
    pub(super) fn advice(mut self, options: &RecommendOptions) -> Result<Advice, Error> {
        let judged = &self.judged[0];
        let of = &judged.pairs;
        let n = judged.workloads.len();
        let usual = judged.usual(&self.pairs);
        let current = self.pairs.current.as_ref();
        let compared: Vec<Option<u32>> = (0..n)
            .map(|at| match current {
                Some(current) => current[at],
                None => usual,
            })
            .collect();
        let pick =
            |values: &[f64], pair: Option<u32>| pair.map_or(f64::NAN, |pair| values[pair as usize]);
        let best = |at: usize| judged.workloads[at].best;
        let next = |at: usize| judged.workloads[at].next;
        let there = |at: usize| compared[at].and_then(|hardware| self.pair_on(at, hardware));
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
            .map(
                |at| match (current.and_then(|current| current[at]), best(at)) {
                    (Some(now), Some(best)) => self.pairs.hardware[best as usize] != now,
                    _ => false,
                },
            )
            .collect();
        let basis = |at: usize| match (judged.workloads[at].measured, judged.workloads[at].possible)
        {
            (_, 0) => u32::MAX,
            (0, _) => 2,
            (measured, possible) => u32::from(measured < possible),
        };
        let mut columns = Vec::new();
        let labels = |codes: Vec<u32>| NewData::Labels {
            codes,
            levels: self.pairs.names.clone(),
        };
        if let Some(current) = current {
            let codes = current.iter().map(|now| now.unwrap_or(u32::MAX)).collect();
            columns.push(column("current_hardware", labels(codes)));
        }
        columns.push(column("recommended_hardware", self.named((0..n).map(best))));
        columns.push(column(
            "predicted",
            floats(&|at| pick(&of.predicted, best(at))),
        ));
        columns.push(column("p_best", floats(&|at| pick(&of.p_best, best(at)))));
        columns.push(column("expected_gain", floats(&gain)));
        if current.is_none() {
            let codes = compared
                .iter()
                .map(|usual| usual.unwrap_or(u32::MAX))
                .collect();
            columns.push(column("compared_with", labels(codes)));
        }
        columns.push(column("expected_regret", floats(&regret)));
        columns.push(column("expected_regret_percent", floats(&percent)));
        if current.is_some() {
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
        let excluded = self
            .pairs
            .members
            .par_iter()
            .map(|members| self.left_out(members));
        columns.push(column("excluded", NewData::Text(excluded.collect())));
        if current.is_some() {
            columns.push(column("flagged", NewData::Bool(flagged.clone())));
        }
        let all: Vec<usize> = (0..n).collect();
        let frame = self.with(self.workload_frame(options, &all)?, columns, options)?;
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
                self.pairs.members.len()
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
    fn pair_table(&self, options: &RecommendOptions) -> Result<Frame, Error> {
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
    pub(super) fn pareto(mut self, options: &RecommendOptions) -> Result<Advice, Error> {
        let better: Vec<al_hw::Better> = self.objectives.iter().map(|one| one.better).collect();
        let fronts: Vec<Vec<(u32, f64)>> = self
            .pairs
            .members
            .par_iter()
            .with_min_len(16)
            .map(|members| self.front(members, &better))
            .collect();
        let (mut workloads, mut rows) = (Vec::new(), Vec::new());
        for (workload, front) in fronts.iter().enumerate() {
            if front.is_empty() {
                workloads.push(workload);
                rows.push(None);
            }
            for &row in front {
                workloads.push(workload);
                rows.push(Some(row));
            }
        }
        let undecided = fronts.iter().filter(|front| front.is_empty()).count();
        let pair = |row: &Option<(u32, f64)>| row.map(|(pair, _)| pair);
        let floats = |value: &dyn Fn(&(u32, f64)) -> f64| {
            let values = rows.iter().map(|row| row.as_ref().map_or(f64::NAN, value));
            NewData::Float(values.collect())
        };
        let current = self.pairs.current.as_ref();
        let mut columns = Vec::new();
        if let Some(current) = current {
            let codes = workloads.iter().map(|&at| current[at].unwrap_or(u32::MAX));
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
        let sizes = workloads.iter().map(|&at| fronts[at].len() as i64);
        columns.push(column("front_size", NewData::Integer(sizes.collect())));
        let excluded = workloads
            .iter()
            .map(|&at| self.left_out(&self.pairs.members[at]));
        columns.push(column("excluded", NewData::Text(excluded.collect())));
        let outside = |at: usize| {
            let now = current.and_then(|current| current[at]);
            now.is_some_and(|now| {
                let hardware = |pair: u32| self.pairs.hardware[pair as usize];
                !fronts[at].is_empty() && fronts[at].iter().all(|&(pair, _)| hardware(pair) != now)
            })
        };
        if current.is_some() {
            let flags = workloads.iter().map(|&at| outside(at)).collect();
            columns.push(column("flagged", NewData::Bool(flags)));
        }
        let flagged = (0..fronts.len()).filter(|&at| outside(at)).count();
        let frame = self.with(self.workload_frame(options, &workloads)?, columns, options)?;
        let pairs = match options.every_pair {
            true => Some(self.pair_table(options)?),
            false => None,
        };
        let workloads = fronts.len();
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

    /// The pairs of a workload that no other beats in all means, each with the
    /// share of the draws in which that is so.
    fn front(&self, members: &[u32], better: &[al_hw::Better]) -> Vec<(u32, f64)> {
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
            .filter(|&place| inside[place])
            .map(|place| (members[open[place]], shares[place]))
            .collect()
    }
}

/// How near a value is to the best: 1 for it, 0 for what has nothing of it.
fn share(own: f64, best: f64, judged: &Judged) -> f64 {
    let (small, large) = match judged.better {
        al_hw::Better::Smaller => (best, own),
        al_hw::Better::Larger => (own, best),
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
