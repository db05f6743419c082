//! Which hardware to use for which workload, and how sure that is.
//!
//! A *workload* is a row without its hardware columns; a *pair* is a workload on
//! one hardware. `docs/HARDWARE.md` says what the numbers mean; the mathematics
//! is in `al_hw::recommend`.
//!
//! | room | what happens there |
//! |---|---|
//! | `objective` | what is wanted, and whether the model agrees |
//! | `hardware` | what the hardware columns name |
//! | `pairs` | candidates become pairs of a workload and a hardware |
//! | `ask`, `asks` | for what advice is asked: workloads, or where they run now |
//! | `specs` | tables beside them, and prices |
//! | `rules` | what does not fit |
//! | `belief` | what the model believes of pairs, and what was measured |
//! | `advice` | per workload the best, the runner-up, probabilities, regrets |
//! | `pair_view` | the pairs with all that is said of them |
//! | `tables` | all of that as tables |
//! | `integrate` | pairs ranked by what they teach and how good they are |

mod advice;
mod ask;
mod asks;
mod belief;
mod front;
mod hardware;
mod integrate;
mod objective;
mod options;
mod pair_view;
mod pairs;
mod recommend;
mod rules;
mod specs;
mod tables;

pub use integrate::{
    HardwareIntegration, HardwareRecommendation, HardwareRecommender, IntegrateOptions,
    IntegrationWeights, integrate,
};
pub use options::{Optimality, RecommendOptions};
pub use recommend::{Advice, recommend};
