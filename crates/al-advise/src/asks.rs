//! For what advice is asked: for each workload, or for each place where one runs.

use std::collections::{HashMap, HashSet};

use al_core::phrases::counted;
use al_core::{Fault, Key, Message, Texts, did_you_mean, setting};

use crate::ask::Ask;
use crate::pairs::Pairs;

impl Pairs {
    /// Asks once for each workload, by its first row. Jobs that repeat one are
    /// told of.
    pub(crate) fn ask_once(&mut self, keys: &[Key], jobs: bool) {
        let first = self.first_pairs();
        let ask = |(workload, pair): (usize, usize)| Ask {
            workload,
            row: self.source[pair],
            current: None,
        };
        self.asks = first.into_iter().enumerate().map(ask).collect();
        let repeated = keys.len() - self.keys.len();
        if jobs && repeated > 0 {
            self.warnings.push(
                Message::from(format!(
                    "the same workload as an earlier row, so without advice of their own: {} (",
                    counted(repeated, "row")
                ))
                .setting(setting::CURRENT.given())
                .text(" gives each row its own)"),
            );
        }
    }

    /// Asks for each job, or for each workload and the hardware that it runs on
    /// now; where a row of pairs does not say it, others may.
    pub(crate) fn ask_of(
        &mut self,
        keys: &[Key],
        on_now: &Texts,
        column: &str,
        jobs: bool,
    ) -> Result<(), Fault> {
        self.with_current = true;
        let place: HashMap<Key, usize> = self.keys.iter().copied().zip(0..).collect();
        let mut taken: HashSet<(usize, Option<u32>)> = HashSet::new();
        let mut asks = Vec::with_capacity(keys.len());
        for (row, key) in keys.iter().enumerate() {
            let ask = Ask {
                workload: place[key],
                row,
                current: self.current_of(on_now, row, column)?,
            };
            if jobs || taken.insert((ask.workload, ask.current)) {
                asks.push(ask);
            }
        }
        if !jobs {
            let told: HashSet<usize> = asks
                .iter()
                .filter(|ask| ask.current.is_some())
                .map(|ask| ask.workload)
                .collect();
            asks.retain(|ask| ask.current.is_some() || !told.contains(&ask.workload));
            let several = asks.len() - self.keys.len();
            if several > 0 {
                self.warnings.push(format!(
                    "the column '{column}' says more than one hardware for a workload: {} of advice for {}",
                    counted(asks.len(), "row"),
                    counted(self.keys.len(), "workload")
                ));
            }
        }
        self.asks = asks;
        Ok(())
    }

    /// The hardware that a row of the candidates runs on now.
    fn current_of(&self, on_now: &Texts, row: usize, column: &str) -> Result<Option<u32>, Fault> {
        let Some(name) = on_now.get(row) else {
            return Ok(None);
        };
        match self
            .names
            .binary_search_by(|known| known.as_str().cmp(name))
        {
            Ok(at) => Ok(Some(at as u32)),
            Err(_) => Err(Fault::data(format!(
                "the column '{column}' says '{name}', which is no hardware of the candidates or the model"
            ))
            .maybe_remedy(did_you_mean(name, &self.names, "there are"))
            .at(self.input.place(row))),
        }
    }

    /// Per workload the pairs that it runs on now.
    pub(crate) fn running(&self) -> Vec<Vec<u32>> {
        let mut running = vec![Vec::new(); self.keys.len()];
        for ask in &self.asks {
            let members = &self.members[ask.workload];
            let on = |pair: &&u32| Some(self.hardware[**pair as usize]) == ask.current;
            running[ask.workload].extend(members.iter().find(on));
        }
        running
    }
}
