//! The strategies by name. A new strategy is one file in `strategies/` and one
//! line here; `altool strategies`, the values of the setting `strategy`, the reference
//! page and the conformance suite follow from this table.

use crate::entry::{StrategyEntry, UnknownStrategy, find_among};
use crate::options::{OptionError, StrategyOptions};
use crate::strategies::{
    acs_fw, bait, bait_fb, bald, batch_bald, batch_epig, class_uncertainty, core_set, density,
    diversity, emcm, epsilon_greedy, greedy, gsy, hybrid, hypervolume, igs, improvement,
    k_means_plus_plus, knowledge_gradient, lcmd, max_det, power, random, rt_al, space_filling,
    stratified, thompson, ucb, uncertainty,
};
use crate::strategy::Strategy;

/// All strategies, in the order of the reference page.
pub static STRATEGIES: &[&StrategyEntry] = &[
    &lcmd::ENTRY,
    &diversity::ENTRY,
    &uncertainty::ENTRY,
    &core_set::ENTRY,
    &k_means_plus_plus::ENTRY,
    &gsy::ENTRY,
    &igs::ENTRY,
    &rt_al::ENTRY,
    &stratified::ENTRY,
    &density::ENTRY,
    &power::ENTRY,
    &hybrid::ENTRY,
    &bald::ENTRY,
    &emcm::ENTRY,
    &class_uncertainty::MARGIN,
    &class_uncertainty::ENTROPY,
    &class_uncertainty::LEAST_CONFIDENCE,
    &class_uncertainty::VOTE_ENTROPY,
    &ucb::ENTRY,
    &improvement::EXPECTED,
    &improvement::PROBABILITY,
    &knowledge_gradient::ENTRY,
    &thompson::ENTRY,
    &greedy::ENTRY,
    &epsilon_greedy::ENTRY,
    &hypervolume::EXPECTED,
    &hypervolume::THOMPSON,
    &max_det::ENTRY,
    &bait::ENTRY,
    &bait_fb::ENTRY,
    &acs_fw::ENTRY,
    &batch_epig::ENTRY,
    &batch_bald::ENTRY,
    &space_filling::ENTRY,
    &random::ENTRY,
];

/// The strategy where there is a model and none is named.
pub const DEFAULT: &str = "lcmd";

/// The strategy where there is a model, the best row is looked for, and none is named.
pub const DEFAULT_FOR_BEST: &str = "thompson";

/// The strategy where there are several models, the best trade-offs are looked for, and
/// none is named.
pub const DEFAULT_FOR_FRONT: &str = "hypervolume-improvement";

/// The strategy where there is no model and none is named.
pub const DEFAULT_WITHOUT_MODEL: &str = "space-filling";

impl StrategyEntry {
    /// The strategy with every option at its default.
    #[must_use]
    pub fn with_defaults(&self) -> Box<dyn Strategy> {
        self.with_options(&StrategyOptions::none())
            .expect("defaults are valid")
    }

    /// The strategy with these options, each of the others at its default. One
    /// that wraps another finds it in this registry.
    ///
    /// # Errors
    ///
    /// An option that the strategy does not have, or a value that it does not
    /// allow.
    pub fn with_options(
        &self,
        options: &StrategyOptions,
    ) -> Result<Box<dyn Strategy>, OptionError> {
        self.strategy(options, STRATEGIES)
    }
}

/// The strategy called `name`.
///
/// # Errors
///
/// There is none.
pub fn find(name: &str) -> Result<&'static StrategyEntry, UnknownStrategy> {
    find_among(STRATEGIES, name)
}

#[cfg(test)]
mod tests {
    use al_core::Fault;

    use super::*;
    use crate::options::{OptionRange, OptionValue};

    #[test]
    fn names_are_distinct_and_the_defaults_among_them() {
        for (at, entry) in STRATEGIES.iter().enumerate() {
            let before = &STRATEGIES[..at];
            assert!(before.iter().all(|other| other.name != entry.name));
            assert!(!entry.summary.ends_with('.') && entry.summary.len() < 80);
            assert!(entry.regression || entry.classification);
        }
        assert!(find(DEFAULT).unwrap().needs_model);
        assert!(find(DEFAULT_FOR_BEST).unwrap().needs_direction);
        assert!(find(DEFAULT).unwrap().several && find(DEFAULT_FOR_FRONT).unwrap().several);
        assert!(!find(DEFAULT_WITHOUT_MODEL).unwrap().needs_model);
    }

    /// Words that readers in a second language stumble over.
    const METAPHORS: [&str; 7] = [
        "flock",
        "yardstick",
        "believed",
        "belief",
        "for ever ",
        "in the eyes",
        "what is known",
    ];

    #[test]
    fn docs_are_whole_sentences_in_plain_words() {
        for entry in STRATEGIES {
            let doc = entry.doc;
            let needed = [
                doc.prefers,
                doc.score,
                doc.cost,
                doc.reference,
                doc.use_when,
                doc.not_when,
            ];
            for text in needed {
                assert!(text.len() > 10 && text.ends_with('.'), "{}", entry.name);
            }
            assert!(doc.details.is_empty() || doc.details.ends_with('.'));
            let texts = needed.into_iter().chain([doc.details, entry.summary]);
            for text in texts.chain(entry.options.iter().map(|option| option.summary)) {
                let found = METAPHORS.iter().find(|word| text.contains(**word));
                assert_eq!(found, None, "{}: {text}", entry.name);
                assert!(!text.contains("  ") && !text.contains('`'), "{text}");
            }
        }
    }

    #[test]
    fn options_allow_their_defaults_and_every_name_they_list() {
        for entry in STRATEGIES {
            for option in entry.options {
                assert!(option.range.holds(&option.default), "{}", entry.name);
                let OptionRange::Names(names) = option.range else {
                    continue;
                };
                for &name in names {
                    let options =
                        StrategyOptions::none().with(option.name, OptionValue::Text(name.into()));
                    assert!(
                        entry.with_options(&options).is_ok(),
                        "{}: {name}",
                        entry.name
                    );
                }
            }
        }
    }

    #[test]
    fn listed_options_are_accepted_and_no_others() {
        for entry in STRATEGIES {
            let mut options = StrategyOptions::none();
            for option in entry.options {
                options = options.with(option.name, option.default.clone());
            }
            assert!(entry.with_options(&options).is_ok(), "{}", entry.name);
            let unknown = StrategyOptions::none().with("no-such-option", OptionValue::Number(1.0));
            let Err(error) = entry.with_options(&unknown) else {
                panic!("{} takes any option", entry.name)
            };
            let said = Fault::from(error).to_string();
            assert!(said.contains("no-such-option"), "{said}");
            for option in entry.options {
                assert!(said.contains(option.name), "{said}");
            }
        }
    }

    #[test]
    fn a_misspelt_name_is_recognised() {
        let said = |name: &str| Fault::from(find(name).unwrap_err()).to_string();
        assert_eq!(
            said("lcdm"),
            "unknown strategy 'lcdm'; did you mean 'lcmd'?"
        );
        assert!(said("Space_Filling").ends_with("did you mean 'space-filling'?"));
        assert!(said("divresity").ends_with("did you mean 'diversity'?"));
        assert_eq!(
            said("no-such-name"),
            "unknown strategy 'no-such-name'; \
             the command 'strategies' lists those that there are"
        );
    }
}
