//! The advice as tables.

use al_core::phrases::counted;
use al_core::{Direction, Fault, Message, setting};
use al_select::{new_column, taken_name};
use al_tables::{Frame, NewColumn, NewData};
use al_words::columns;
use rayon::prelude::*;

use crate::advice::{Judged, Workload};
use crate::ask::Ask;
use crate::options::{Optimality, RecommendOptions, commaless};
use crate::pair_view::PairView;
use crate::recommend::Advice;

/// Between several things in one cell, which has no commas.
const AND: &str = "; ";

/// A row of advice.
struct AdvisedRow<'a> {
    workload: &'a Workload,
    /// The hardware that the best one is compared with.
    compared: Option<u32>,
    /// The pair of the workload there.
    there: Option<u32>,
    /// Whether it runs on another hardware than the best now.
    flagged: bool,
}

impl AdvisedRow<'_> {
    /// How much better the best is than what it is compared with, in percent.
    fn improvement(&self, judged: &Judged) -> f64 {
        let predicted = &judged.pairs.predicted;
        let (to, from) = (
            pick(predicted, self.workload.best),
            pick(predicted, self.there),
        );
        finite(100.0 * judged.better.advantage(to, from) / from.abs())
    }

    /// The expected regret of the best, in percent of its value.
    fn regret_percent(&self, judged: &Judged) -> f64 {
        let of = &judged.pairs;
        let best = self.workload.best;
        finite(100.0 * pick(&of.regret, best) / pick(&of.predicted, best).abs())
    }
}

/// The value of a pair; NaN where there is none.
fn pick(values: &[f64], pair: Option<u32>) -> f64 {
    pair.map_or(f64::NAN, |pair| values[pair as usize])
}

/// NaN for what is not finite.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

/// Whether the pairs of each row's workload were measured or predicted.
fn basis(rows: &[AdvisedRow<'_>]) -> NewData {
    let code = |row: &AdvisedRow<'_>| match (row.workload.measured, row.workload.possible) {
        (_, 0) => u32::MAX,
        (0, _) => 2,
        (measured, possible) => u32::from(measured < possible),
    };
    NewData::Labels {
        codes: rows.iter().map(code).collect(),
        levels: ["measured", "partly", "predicted"]
            .map(str::to_owned)
            .to_vec(),
    }
}

impl PairView<'_> {
    /// The name of a pair's hardware.
    pub(crate) fn hardware(&self, pair: u32) -> &str {
        &self.pairs.names[self.pairs.hardware[pair as usize] as usize]
    }

    pub(crate) fn named(&self, pairs: impl Iterator<Item = Option<u32>>) -> NewData {
        NewData::Labels {
            codes: pairs
                .map(|pair| pair.map_or(u32::MAX, |pair| self.pairs.hardware[pair as usize]))
                .collect(),
            levels: self.pairs.names.clone(),
        }
    }

    /// What was left out of a workload and why, by reason.
    pub(crate) fn left_out(&self, members: &[u32]) -> Option<String> {
        let mut told: Vec<String> = Vec::new();
        for &pair in members {
            if let Some(why) = &self.excluded[pair as usize] {
                told.push(format!("{}: {why}", commaless(self.hardware(pair))));
            }
        }
        (!told.is_empty()).then(|| told.join(AND))
    }

    /// The columns of the candidates but the hardware, of the rows that these
    /// are.
    pub(crate) fn rows_of(&self, asks: &[Ask]) -> Frame {
        let rows: Vec<usize> = asks.iter().map(|ask| ask.row).collect();
        self.pairs.rows.take(&rows)
    }

    /// `frame` with `columns`, whose names the prefix goes before.
    pub(crate) fn with(
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
    pub(crate) fn advice(mut self, options: &RecommendOptions) -> Result<Advice, Fault> {
        let asks = &self.pairs.asks;
        let judged = &self.judged[0];
        let usual = judged.usual(&self.pairs);
        let rows: Vec<AdvisedRow> = asks
            .iter()
            .map(|ask| {
                let compared = match self.pairs.with_current {
                    true => ask.current,
                    false => usual,
                };
                let workload = &judged.workloads[ask.workload];
                AdvisedRow {
                    workload,
                    compared,
                    there: compared.and_then(|hardware| self.pair_on(ask.workload, hardware)),
                    flagged: match (ask.current, workload.best) {
                        (Some(now), Some(best)) => self.pairs.hardware[best as usize] != now,
                        _ => false,
                    },
                }
            })
            .collect();
        let columns = self.advice_columns(&rows);
        let frame = self.with(self.rows_of(asks), columns, options)?;
        let pairs = match options.every_pair {
            true => Some(self.pair_table(options)?),
            false => None,
        };
        let (asked, workloads) = (rows.len(), self.pairs.members.len());
        let flagged = rows.iter().filter(|row| row.flagged).count();
        let undecided = rows.iter().filter(|row| row.workload.best.is_none());
        let undecided = undecided.count();
        let alone = rows.iter().filter(|row| row.workload.possible == 1).count();
        self.tell_undecided(undecided);
        if alone > 0 {
            let problem = Message::from(format!(
                "{alone} of {} have one hardware to choose from, so that nothing is compared: p_best is empty there",
                self.asked(),
            ));
            self.warnings.push(match options.all_hardware {
                true => problem,
                false => problem
                    .text("; give ")
                    .setting(setting::ALL_HARDWARE)
                    .text(" to compare all that the model knows"),
            });
        }
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

    /// What is advised for each of `rows`, which stand in the order of the asks.
    fn advice_columns(&self, rows: &[AdvisedRow<'_>]) -> Vec<NewColumn> {
        let judged = &self.judged[0];
        let of = &judged.pairs;
        let with_current = self.pairs.with_current;
        let best = |row: &AdvisedRow<'_>| row.workload.best;
        let next = |row: &AdvisedRow<'_>| row.workload.next;
        let floats = |value: &dyn Fn(&AdvisedRow<'_>) -> f64| {
            NewData::Float(rows.iter().map(value).collect())
        };
        let compared = || NewData::Labels {
            codes: rows
                .iter()
                .map(|row| row.compared.unwrap_or(u32::MAX))
                .collect(),
            levels: self.pairs.names.clone(),
        };
        let mut columns = Vec::new();
        if with_current {
            columns.push(new_column(&columns::CURRENT_HARDWARE, compared()));
        }
        columns.push(new_column(
            &columns::RECOMMENDED_HARDWARE,
            self.named(rows.iter().map(best)),
        ));
        columns.push(new_column(
            &columns::PREDICTED,
            floats(&|row| pick(&of.predicted, best(row))),
        ));
        columns.push(new_column(
            &columns::P_BEST,
            // Nothing is compared where there is one hardware to choose from.
            floats(&|row| match row.workload.possible {
                1 => f64::NAN,
                _ => pick(&of.p_best, best(row)),
            }),
        ));
        columns.push(new_column(
            &columns::EXPECTED_IMPROVEMENT,
            floats(&|row| row.improvement(judged)),
        ));
        if !with_current {
            columns.push(new_column(&columns::COMPARED_WITH, compared()));
        }
        columns.push(new_column(
            &columns::EXPECTED_REGRET,
            floats(&|row| match row.workload.possible {
                1 => f64::NAN,
                _ => pick(&of.regret, best(row)),
            }),
        ));
        columns.push(new_column(
            &columns::EXPECTED_REGRET_PERCENT,
            floats(&|row| match row.workload.possible {
                1 => f64::NAN,
                _ => row.regret_percent(judged),
            }),
        ));
        if with_current {
            columns.push(new_column(
                &columns::REGRET_OF_CURRENT,
                floats(&|row| pick(&of.regret, row.there)),
            ));
        }
        columns.push(new_column(
            &columns::RUNNER_UP,
            self.named(rows.iter().map(next)),
        ));
        columns.push(new_column(
            &columns::P_RUNNER_UP,
            floats(&|row| pick(&of.p_best, next(row))),
        ));
        columns.push(new_column(&columns::BASIS, basis(rows)));
        if !self.feasible.is_empty() {
            columns.push(new_column(
                &columns::FEASIBLE,
                floats(&|row| pick(&self.feasible, best(row))),
            ));
        }
        columns.extend(self.beyond_column(rows.iter().map(best)));
        let excluded = self
            .pairs
            .asks
            .par_iter()
            .map(|ask| self.left_out(&self.pairs.members[ask.workload]));
        columns.push(new_column(
            &columns::EXCLUDED,
            NewData::Text(excluded.collect()),
        ));
        if with_current {
            let flagged = rows.iter().map(|row| row.flagged).collect();
            columns.push(new_column(&columns::FLAGGED, NewData::Bool(flagged)));
        }
        columns
    }

    pub(crate) fn tell_undecided(&mut self, undecided: usize) {
        if undecided > 0 {
            self.warnings.push(format!(
                "no hardware is left for {undecided} of {}: the column excluded says why",
                self.asked(),
            ));
        }
    }

    /// For how much advice is asked, in words.
    fn asked(&self) -> String {
        let (asks, workloads) = (self.pairs.asks.len(), self.pairs.members.len());
        let of = counted(workloads, "workload");
        match asks == workloads {
            true => of,
            false => format!("{} for {of}", counted(asks, "row")),
        }
    }

    /// The optimality of each pair of the first model; NaN where left out.
    pub(crate) fn optimality(&self, kind: Optimality) -> Vec<f64> {
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
            new_column(&columns::RECOMMENDED_HARDWARE, self.named(best.into_iter())),
            new_column(&columns::PREDICTED, NewData::Float(of.predicted.clone())),
            new_column(&columns::P_BEST, NewData::Float(of.p_best.clone())),
            new_column(
                &columns::HARDWARE_OPTIMALITY,
                NewData::Float(self.optimality(options.optimality)),
            ),
            new_column(&columns::EXPECTED_REGRET, NewData::Float(of.regret.clone())),
            new_column(&columns::MEASURED, NewData::Bool(measured)),
        ];
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
