//! Where rows do not fit the hosts: how much time is needed, how much is free,
//! and what would help.

use std::collections::{BTreeMap, HashSet};

use al_core::phrases::counted;
use al_core::{Fault, Message};
use al_hw::{Job, Nanoseconds, apart, in_words, seconds_of};
use al_sampling::Selection;
use al_sampling::limits::Collision;

use super::{Fleet, ROOM};
use crate::read::{Candidates, Lists};

impl Fleet<'_> {
    /// What `rows` need and what there is, with numbers, and what to relax for them
    /// to fit.
    pub(crate) fn relax(&self, rows: &[usize]) -> (String, String) {
        let mut kinds: BTreeMap<usize, (Nanoseconds, Nanoseconds)> = BTreeMap::new();
        for &row in rows {
            let Job { kind, time } = self.job(row);
            let (sum, longest) = kinds.entry(kind).or_default();
            *sum = sum.saturating_add(time);
            *longest = time.max(*longest);
        }
        let words = |time| in_words(seconds_of(time));
        let mut needs = Vec::new();
        let mut short = Vec::new();
        for (&kind, &(sum, longest)) in &kinds {
            let (free, most) = (self.board.free(kind), self.board.longest(kind));
            let name = self.kind(kind);
            // Never the same figure for what is needed and what there is.
            let (needed, there) = match free {
                Nanoseconds::MAX => (words(sum), String::new()),
                free => apart(seconds_of(sum), seconds_of(free)),
            };
            let up = match self.named(kind, false).as_slice() {
                [] => "no host that is up runs it".to_owned(),
                up if free == Nanoseconds::MAX => format!("{} {} no end", up.join(", "), has(up)),
                up if sum > free => {
                    format!("{} {} {there} free", up.join(", "), has(up))
                }
                up if longest > most => {
                    let (one, gap) = apart(seconds_of(longest), seconds_of(most));
                    format!(
                        "one of them {one}, and the longest time free on {} is {gap}",
                        up.join(", ")
                    )
                }
                up => format!("{} {} {there} free", up.join(", "), has(up)),
            };
            needs.push(format!(
                "{} on {name} need {needed}, and {up}",
                counted(rows_of(self, rows, kind), "row")
            ));
            if sum > free || longest > most || kinds.len() == 1 {
                short.push(kind);
            }
        }
        if kinds.len() > 1 {
            let sum = kinds.values().map(|(sum, _)| sum);
            let sum = sum.fold(0, |all: Nanoseconds, &sum| all.saturating_add(sum));
            let free = self.board.gaps().iter().map(|gap| gap.to - gap.from);
            let free = free.fold(0, Nanoseconds::saturating_add);
            if sum > free {
                needs.push(format!(
                    "all of them need {}, and the hosts that are up have {} free",
                    words(sum),
                    words(free)
                ));
            }
        }
        if short.is_empty() {
            short = kinds.keys().copied().collect();
        }
        (needs.join("; "), self.remedies(&short))
    }

    /// What would give kinds more time.
    fn remedies(&self, kinds: &[usize]) -> String {
        let mut down: Vec<String> = Vec::new();
        let mut up: Vec<String> = Vec::new();
        for &kind in kinds {
            down.extend(self.named(kind, true));
            up.extend(self.named(kind, false));
        }
        down.sort_unstable();
        down.dedup();
        up.sort_unstable();
        up.dedup();
        let mut ways = Vec::new();
        if !down.is_empty() {
            ways.push(format!("bring {} up", down.join(" or ")));
        }
        if !up.is_empty() {
            ways.push(format!("give {} more minutes or slots", up.join(" or ")));
        }
        ways.push(format!("add a host to {}", self.capacity.name));
        ways.join(", or ")
    }

    /// A collision over the hosts' time, with numbers and what to relax.
    pub(crate) fn collision(
        &self,
        collision: &Collision,
        candidates: &Candidates,
        lists: &Lists,
    ) -> Option<Fault> {
        let (rows, remedy) = match collision {
            Collision::IncludedAboveRoom { .. } => {
                let wanted: HashSet<_> = lists.included.keys.iter().collect();
                let mut known = HashSet::new();
                let rows = (0..self.kinds.len()).filter(|&row| {
                    let key = &candidates.keys[row];
                    wanted.contains(key) && known.insert(*key)
                });
                (rows.collect(), "include fewer rows")
            }
            Collision::RequiredAboveRoom { rows, .. } => {
                (rows.clone(), "loosen one of these limits")
            }
            _ => return None,
        };
        let (needs, ways) = self.relax(&rows);
        Some(Fault::data(format!("{collision}: {needs}")).remedy(format!("{ways}, or {remedy}")))
    }

    /// Why there is no row in the batch, if it is for the hosts.
    pub(crate) fn why_empty(
        &self,
        candidates: &Candidates,
        lists: &Lists,
        selection: &Selection,
    ) -> Option<Message> {
        if selection.available == 0 {
            let (_, rows) = self.homeless(candidates, lists)?;
            let lost = (0..self.values.len() + 1)
                .filter(|&kind| !self.board.runs(kind) && self.kinds.contains(&(kind as u32)));
            let lost: Vec<usize> = lost.collect();
            return Some(Message::from(format!(
                "no candidate is left that a host can run: {rows}; {}",
                self.remedies(&lost)
            )));
        }
        let open = (0..self.kinds.len()).filter(|&row| {
            self.board.runs(self.kinds[row] as usize)
                && !lists.excluded.contains(&candidates.keys[row])
        });
        let shortest = open.min_by_key(|&row| (self.times[row], self.kinds[row]))?;
        let Job { kind, time } = self.job(shortest);
        if self.board.longest(kind) >= time {
            return None;
        }
        let (shortest, gap) = apart(seconds_of(time), seconds_of(self.board.longest(kind)));
        Some(Message::from(format!(
            "no candidate fits in {ROOM}: the shortest takes {shortest} on {}, and the longest time free there is {gap}; {}",
            self.kind(kind),
            self.remedies(&[kind])
        )))
    }
}

fn rows_of(fleet: &Fleet<'_>, rows: &[usize], kind: usize) -> usize {
    rows.iter()
        .filter(|&&row| fleet.kinds[row] as usize == kind)
        .count()
}

fn has(names: &[String]) -> &'static str {
    if names.len() == 1 { "has" } else { "have" }
}
