//! `auto`: the learners that suit the rows, weighted. [`crate::stack`] does it;
//! where a single learner is needed, it is boosted trees.

use crate::entry::{LearnerDoc, LearnerEntry, LearnerOption};
use crate::learners::boosted;

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "boosted trees, a Gaussian process and ridge regression, weighted",
    doc: LearnerDoc {
        method: "Fits boosted, gp (up to 1500 rows) and linear (up to 500 encoded columns) and \
            weights their predictions, with weights of at least 0 that sum to 1, by their squared \
            error on rows that they have not seen: out of bag, and for gp by leaving each row out. \
            Trees are symmetric here (all nodes of a level split by one threshold), at most 4 deep \
            below 1000 rows unless another depth is given, and as many as lower the out-of-bag \
            error, up to 2000, unless their number is given. Each learner gives draws in \
            proportion to its weight. Classification uses boosted alone.",
        cost: "The sum of its parts.",
        reference: "Stacked regression: Wolpert 1992, Breiman 1996; symmetric trees: Prokhorenkova \
            et al. 2018.",
        use_when: "When accuracy counts more than a second of training.",
        not_when: "In replays of many rounds, which take many times as long as with boosted.",
    },
    reads: &[
        LearnerOption::TREES,
        LearnerOption::DEPTH,
        LearnerOption::LEARNING_RATE,
    ],
    regression: true,
    classification: true,
    make: boosted::ENTRY.make,
};

pub(crate) const NAME: &str = "auto";
