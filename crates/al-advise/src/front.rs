//! The advice for several objectives as tables: what no other hardware beats.

use al_core::{Direction, Fault};
use al_hw::pareto;
use al_select::new_column;
use al_tables::{Frame, NewColumn, NewData};
use al_words::columns::{self, OutputColumn};
use rayon::prelude::*;

use crate::ask::Ask;
use crate::options::RecommendOptions;
use crate::pair_view::PairView;
use crate::recommend::Advice;

/// How a pair stands among those of its workload, in all objectives.
struct OnFront {
    pair: u32,
    /// Whether no other has better means in all objectives.
    inside: bool,
    /// In which share of the draws that is so.
    share: f64,
}

/// The column of `of` for an objective.
fn column_of(of: &OutputColumn, objective: &str, data: NewData) -> NewColumn {
    NewColumn {
        name: of.named(objective),
        ..new_column(of, data)
    }
}

impl PairView<'_> {
    /// A row per workload and hardware that no other beats in all objectives.
    pub(crate) fn pareto(mut self, options: &RecommendOptions) -> Result<Advice, Fault> {
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
        let outside = |ask: &&Ask| self.is_outside(ask, &fronts[ask.workload]);
        let flagged = self.pairs.asks.iter().filter(outside).count();
        let columns = self.front_columns(&asks, &rows, &fronts);
        let frame = self.with(self.rows_of(&asks), columns, options)?;
        let pairs = match options.every_pair {
            true => Some(self.front_table(&shares, options)?),
            false => None,
        };
        let (asked, workloads) = (self.pairs.asks.len(), self.pairs.members.len());
        self.tell_undecided(undecided);
        Ok(Advice {
            frame,
            pairs,
            workloads,
            asked,
            flagged,
            undecided,
            warnings: self.warnings,
        })
    }

    /// What is advised for each row: what was asked, and the pair that no other
    /// beats with its share of the draws. `fronts` are those of the workloads.
    fn front_columns(
        &self,
        asks: &[Ask],
        rows: &[Option<(u32, f64)>],
        fronts: &[Vec<(u32, f64)>],
    ) -> Vec<NewColumn> {
        let pair = |row: &Option<(u32, f64)>| row.map(|(pair, _)| pair);
        let floats = |value: &dyn Fn(&(u32, f64)) -> f64| {
            let values = rows.iter().map(|row| row.as_ref().map_or(f64::NAN, value));
            NewData::Float(values.collect())
        };
        let mut columns = Vec::new();
        if self.pairs.with_current {
            let codes = asks.iter().map(|ask| ask.current.unwrap_or(u32::MAX));
            columns.push(new_column(
                &columns::CURRENT_HARDWARE,
                NewData::Labels {
                    codes: codes.collect(),
                    levels: self.pairs.names.clone(),
                },
            ));
        }
        columns.push(new_column(
            &columns::RECOMMENDED_HARDWARE,
            self.named(rows.iter().map(pair)),
        ));
        columns.push(new_column(&columns::P_FRONT, floats(&|&(_, p)| p)));
        for (objective, judged) in self.objectives.iter().zip(&self.judged) {
            let of = &judged.pairs;
            let predicted = |row: &(u32, f64)| of.predicted[row.0 as usize];
            let p_best = |row: &(u32, f64)| of.p_best[row.0 as usize];
            columns.push(column_of(
                &columns::PREDICTED_OBJECTIVE,
                &objective.name,
                floats(&predicted),
            ));
            columns.push(column_of(
                &columns::P_BEST_OBJECTIVE,
                &objective.name,
                floats(&p_best),
            ));
        }
        let sizes = asks.iter().map(|ask| fronts[ask.workload].len() as i64);
        columns.push(new_column(
            &columns::FRONT_SIZE,
            NewData::Integer(sizes.collect()),
        ));
        columns.extend(self.beyond_column(rows.iter().map(pair)));
        let excluded = asks
            .iter()
            .map(|ask| self.left_out(&self.pairs.members[ask.workload]));
        columns.push(new_column(
            &columns::EXCLUDED,
            NewData::Text(excluded.collect()),
        ));
        if self.pairs.with_current {
            let flags = asks
                .iter()
                .map(|ask| self.is_outside(ask, &fronts[ask.workload]));
            columns.push(new_column(
                &columns::FLAGGED,
                NewData::Bool(flags.collect()),
            ));
        }
        columns
    }

    /// Whether the hardware that a workload runs on now is not on its front.
    fn is_outside(&self, ask: &Ask, front: &[(u32, f64)]) -> bool {
        ask.current.is_some_and(|now| {
            let other = |&(pair, _): &(u32, f64)| self.pairs.hardware[pair as usize] != now;
            !front.is_empty() && front.iter().all(other)
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
            new_column(&columns::ON_FRONT, NewData::Bool(inside)),
            new_column(&columns::P_FRONT, NewData::Float(p_front)),
        ];
        for (objective, judged) in self.objectives.iter().zip(&self.judged) {
            let name = &objective.name;
            let of = &judged.pairs;
            let measured = judged.belief.known.iter().map(Option::is_some).collect();
            columns.push(column_of(
                &columns::PREDICTED_OBJECTIVE,
                name,
                NewData::Float(of.predicted.clone()),
            ));
            columns.push(column_of(
                &columns::P_BEST_OBJECTIVE,
                name,
                NewData::Float(of.p_best.clone()),
            ));
            columns.push(column_of(
                &columns::MEASURED_OBJECTIVE,
                name,
                NewData::Bool(measured),
            ));
        }
        if !self.feasible.is_empty() {
            columns.push(new_column(
                &columns::FEASIBLE,
                NewData::Float(self.feasible.clone()),
            ));
        }
        columns.extend(self.beyond_column((0..n as u32).map(Some)));
        columns.push(new_column(
            &columns::EXCLUDED,
            NewData::Text(self.excluded.clone()),
        ));
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
