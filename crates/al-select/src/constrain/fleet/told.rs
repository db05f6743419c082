//! Who runs which rows of a batch and when, as columns and in words.

use al_core::phrases::counted;
use al_core::{Fault, Tabular};
use al_hw::{Job, JobPlan, Nanoseconds, in_words, seconds_of};
use al_tables::{NewColumn, NewData};
use al_words::columns::PLANNED;
use serde::Serialize;

use super::Fleet;
use crate::options::SelectOptions;
use crate::output_columns::new_columns;
use crate::weigh::Timing;

/// Most hosts that are told of one by one.
const TOLD: usize = 20;

/// What the hosts run: on each some rows, one after the other on each slot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostPlan {
    /// When the last row is done, in seconds from the start.
    pub makespan_s: f64,
    /// What no plan can be shorter than; the makespan where that is known to be
    /// the least.
    pub least_s: f64,
    /// The hosts that are up.
    pub hosts: Vec<HostRuns>,
}

/// What a host runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostRuns {
    /// Its name.
    pub host: String,
    /// The ranks of its rows, in the order in which they begin.
    pub ranks: Vec<usize>,
    /// How long they take together, in seconds.
    pub busy_s: f64,
    /// When the last of them ends, in seconds from the start.
    pub until_s: f64,
}

/// Who runs the rows of a batch and when.
pub(crate) struct PlannedBatch {
    /// The columns that tell of it.
    pub(crate) columns: Vec<NewColumn>,
    /// What there is to say, a sentence each.
    pub(crate) sentences: Vec<String>,
    /// By hosts.
    pub(crate) plan: HostPlan,
}

impl Fleet<'_> {
    /// Plans the picked rows.
    pub(crate) fn planned(
        &self,
        belief: &dyn Tabular,
        rows: &[usize],
        options: &SelectOptions,
    ) -> Result<PlannedBatch, Fault> {
        let plan = self.plan(rows)?;
        let told = self.told(&plan);
        let timing = Timing::new(belief, options)?;
        let mut sentences = vec![timing.told(belief)];
        sentences.extend(told.sentences());
        Ok(PlannedBatch {
            columns: self.columns(&plan),
            sentences,
            plan: told,
        })
    }

    /// Who runs the picked rows, and when.
    fn plan(&self, rows: &[usize]) -> Result<JobPlan, Fault> {
        let jobs: Vec<Job> = rows.iter().map(|&row| self.job(row)).collect();
        self.board.plan(&jobs).ok_or_else(|| {
            let (needs, ways) = self.relax(rows);
            Fault::data(format!("no plan was found for the batch: {needs}")).remedy(ways)
        })
    }

    /// The columns that tell of a plan.
    fn columns(&self, plan: &JobPlan) -> Vec<NewColumn> {
        let hosts = plan
            .runs
            .iter()
            .map(|run| Some(self.capacity.hosts.all()[run.host].name.clone()));
        let begin = plan.runs.iter().map(|run| seconds_of(run.from));
        let end = plan.runs.iter().map(|run| seconds_of(run.to));
        let data = [
            NewData::Text(hosts.collect()),
            NewData::Float(begin.collect()),
            NewData::Float(end.collect()),
        ];
        new_columns(&PLANNED, data)
    }

    /// A plan by hosts.
    fn told(&self, plan: &JobPlan) -> HostPlan {
        let host = |(at, host): (usize, &al_hw::Host)| {
            let runs = plan.runs.iter().enumerate();
            let mut ours: Vec<_> = runs.filter(|(_, run)| run.host == at).collect();
            ours.sort_by_key(|&(rank, run)| (run.from, rank));
            let busy: Nanoseconds = ours.iter().map(|(_, run)| run.to - run.from).sum();
            HostRuns {
                host: host.name.clone(),
                ranks: ours.iter().map(|(at, _)| at + 1).collect(),
                busy_s: seconds_of(busy),
                until_s: seconds_of(ours.iter().map(|(_, run)| run.to).max().unwrap_or(0)),
            }
        };
        HostPlan {
            makespan_s: seconds_of(plan.makespan),
            least_s: seconds_of(plan.least),
            hosts: self.capacity.hosts.up().map(host).collect(),
        }
    }
}

impl HostPlan {
    /// What there is to say of it, a sentence each.
    fn sentences(&self) -> Vec<String> {
        let (busy, idle): (Vec<&HostRuns>, Vec<&HostRuns>) =
            self.hosts.iter().partition(|host| !host.ranks.is_empty());
        if busy.is_empty() {
            return Vec::new();
        }
        let shortest = if self.least_s < self.makespan_s {
            format!("no plan is shorter than {}", in_words(self.least_s))
        } else {
            "no plan is shorter".to_owned()
        };
        let mut said = vec![format!(
            "all rows are done after {}; {shortest}",
            in_words(self.makespan_s)
        )];
        said.extend(busy.iter().take(TOLD).map(|host| {
            format!(
                "{} runs {} in {}, done after {}",
                host.host,
                counted(host.ranks.len(), "row"),
                in_words(host.busy_s),
                in_words(host.until_s)
            )
        }));
        if busy.len() > TOLD {
            said.push(format!(
                "and {} run the others",
                counted(busy.len() - TOLD, "host")
            ));
        }
        if !idle.is_empty() {
            let names: Vec<&str> = idle.iter().map(|host| host.host.as_str()).collect();
            said.push(format!("nothing for {}", names.join(", ")));
        }
        said
    }
}
