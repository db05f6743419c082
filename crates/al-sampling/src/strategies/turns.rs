//! Whose turn the next pick of a batch is: a member's, or that of all together.

use al_core::Seed;

use crate::strategies::draws;

/// The turns of a batch.
#[derive(Debug)]
pub(crate) struct Turns {
    seed: Seed,
    members: usize,
    exploit: f64,
    /// Picks so far, and those of them that were not a member's.
    picked: usize,
    exploited: usize,
    /// The members in the order in which they are drawn.
    order: Vec<usize>,
    now: Option<usize>,
}

impl Turns {
    /// Turns of so many members, 0 without a model; `exploit` is the share of
    /// the picks that are not a member's.
    pub(crate) fn new(seed: Seed, members: usize, exploit: f64) -> Turns {
        let mut turns = Turns {
            seed,
            members,
            exploit,
            picked: 0,
            exploited: 0,
            order: Vec::new(),
            now: None,
        };
        turns.draw();
        turns
    }

    /// The member whose turn it is; `None`: all together.
    pub(crate) fn now(&self) -> Option<usize> {
        self.now
    }

    /// Goes on to the next pick.
    pub(crate) fn pass(&mut self) {
        self.exploited += usize::from(self.now.is_none());
        self.picked += 1;
        self.draw();
    }

    fn draw(&mut self) {
        self.now = match self.members == 0 || self.exploits() {
            true => None,
            false => Some(self.drawn()),
        };
    }

    /// Whether the next pick goes to all together: of any row of picks as many as the
    /// share says, from a random start.
    fn exploits(&self) -> bool {
        let start = draws::of_seed(self.seed.derive("thompson exploits", 0));
        let upto = |picks: usize| (start + self.exploit * picks as f64).floor();
        upto(self.picked + 1) > upto(self.picked)
    }

    /// The member drawn for the next pick. With replacement, a batch would hear some
    /// members twice and others never.
    fn drawn(&mut self) -> usize {
        let drawn = self.picked - self.exploited;
        let at = drawn % self.members;
        if at == 0 {
            let seed = self.seed;
            let place = |member: usize| seed.derive("thompson member", (drawn + member) as u64);
            self.order = (0..self.members).collect();
            self.order.sort_by_key(|&member| (place(member).0, member));
        }
        self.order[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(exploit: f64, picks: usize) -> Vec<Option<usize>> {
        let mut turns = Turns::new(Seed(3), 4, exploit);
        let mut said = Vec::new();
        for _ in 0..picks {
            said.push(turns.now());
            turns.pass();
        }
        said
    }

    #[test]
    fn every_member_is_drawn_before_any_is_drawn_again() {
        for round in first(0.0, 12).chunks(4) {
            let mut round: Vec<usize> = round.iter().map(|turn| turn.unwrap()).collect();
            round.sort_unstable();
            assert_eq!(round, [0, 1, 2, 3]);
        }
    }

    #[test]
    fn a_share_of_the_picks_is_of_all_together() {
        for picks in first(0.25, 16).windows(4) {
            assert_eq!(picks.iter().filter(|turn| turn.is_none()).count(), 1);
        }
        assert!(first(1.0, 8).iter().all(Option::is_none));
        assert_eq!(Turns::new(Seed(0), 0, 0.0).now(), None);
    }
}
