//! `auto`: the learners that suit the rows, weighted. [`crate::stack`] does it;
//! where a single learner is needed, it is boosted trees.

use crate::entry::{LearnerDoc, LearnerEntry, LearnerOption};
use crate::learners::boosted;

/// Registry entry.
pub(crate) const ENTRY: LearnerEntry = LearnerEntry {
    name: NAME,
    summary: "boosted trees with a Gaussian process and other learners, weighted",
    doc: LearnerDoc {
        method: "Regression: fits boosted, gp (up to 1500 rows) and linear (up to 500 encoded \
            columns) and weights their predictions, with weights of at least 0 that sum to 1, by \
            their squared error on rows that they have not seen: out of bag, and for gp by leaving \
            each row out. Classification: the same by log loss of boosted, logistic, gp and \
            forest, the latter three on small tables: gp up to 500 rows, of molecules 1500, \
            fewer of more than two classes and none of more than ten. Trees are at most 4 deep \
            below 1000 rows unless another depth is given, and as many as lower the out-of-bag error, up to 800, unless \
            their number is given; of regression they are symmetric (all nodes of a level split by \
            one threshold) and shrunk by 0.35 unless a learning rate is given. Each learner gives draws in proportion to its weight.",
        cost: "The sum of its parts.",
        reference: "Stacked regression: Wolpert 1992, Breiman 1996; symmetric trees: Prokhorenkova \
            et al. 2018.",
        use_when: "Almost always; it is the default.",
        not_when: "Where hundreds of models are fitted, as in replays: boosted is many times \
            faster.",
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
