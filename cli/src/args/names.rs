//! Names that options take: each is a value enum, so that an unknown name is
//! refused with the allowed ones and the nearest of them.
//!
//! The enums mirror those of the libraries, which know no command line; a
//! conversion names every variant, so that neither side can have one more.

use std::sync::LazyLock;

use al_pipeline::{
    Direction, EmbeddingSpace, Gain, Goal, LEARNERS, LearnerEntry, Method, Optimality, STRATEGIES,
    StrategyEntry, Task, TimeUnit,
};
use clap::ValueEnum;
use clap::builder::PossibleValue;

/// Conversions between a value enum and the library's enum of the same
/// variants.
macro_rules! mirrors {
    ($name:ident of $library:ident: $($variant:ident),+) => {
        impl From<$name> for $library {
            fn from(name: $name) -> $library {
                match name {
                    $($name::$variant => $library::$variant),+
                }
            }
        }

        impl From<$library> for $name {
            fn from(value: $library) -> $name {
                match value {
                    $($library::$variant => $name::$variant),+
                }
            }
        }
    };
}

/// What kind of target there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskName {
    /// Predict a number
    Regression,
    /// Predict a class
    Classification,
}

mirrors!(TaskName of Task: Regression, Classification);

/// How long settings of a model are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum EffortName {
    /// Settings by the number of rows
    #[default]
    Normal,
    /// Sixteen settings of the trees, of which those with the least out-of-bag error are taken
    High,
}

/// Which targets are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DirectionName {
    /// Small values are better, such as a latency
    Min,
    /// Large values are better, such as a throughput
    Max,
}

mirrors!(DirectionName of Direction: Min, Max);

/// What rows are chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum GoalName {
    /// A model that predicts all rows well
    #[default]
    Model,
    /// The best row, such as the fastest configuration, with few measurements
    Best,
}

mirrors!(GoalName of Goal: Model, Best);

/// Which gain is called information gain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GainName {
    /// Expected predictive information gain about other candidates
    Epig,
    /// Expected reduction of the joint entropy of other candidates
    EntropyReduction,
    /// Expected reduction of the mean variance of other candidates
    VarianceReduction,
    /// Mutual information of the row's own outcome and the model
    MutualInformation,
    /// How far predictions are expected to move
    ModelChange,
}

mirrors!(GainName of Gain:
    Epig, EntropyReduction, VarianceReduction, MutualInformation, ModelChange);

impl Default for GainName {
    fn default() -> GainName {
        Gain::default().into()
    }
}

/// Which gain is called information gain, or that none is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GainOrNone {
    /// A gain.
    Gain(GainName),
    /// None.
    None,
}

impl From<GainOrNone> for Option<Gain> {
    fn from(name: GainOrNone) -> Option<Gain> {
        match name {
            GainOrNone::Gain(gain) => Some(gain.into()),
            GainOrNone::None => None,
        }
    }
}

impl Default for GainOrNone {
    fn default() -> GainOrNone {
        GainOrNone::Gain(GainName::default())
    }
}

impl ValueEnum for GainOrNone {
    fn value_variants<'a>() -> &'a [GainOrNone] {
        static ALL: LazyLock<Vec<GainOrNone>> = LazyLock::new(|| {
            let gains = GainName::value_variants().iter();
            gains
                .map(|&gain| GainOrNone::Gain(gain))
                .chain([GainOrNone::None])
                .collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            GainOrNone::Gain(gain) => gain.to_possible_value(),
            GainOrNone::None => {
                let help = "No gain, and none of the columns that need one";
                Some(PossibleValue::new("none").help(help))
            }
        }
    }
}

/// The space in which distances are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpaceName {
    /// Predictions of the members: rows are close if their predictions move together
    Predictions,
    /// Encoded inputs: rows are close if their features are alike
    Inputs,
    /// Both: inputs count more where the model is less certain
    Joined,
    /// Leaves of the trees: rows are close if they fall into the same leaves
    Leaves,
}

mirrors!(SpaceName of EmbeddingSpace: Predictions, Inputs, Joined, Leaves);

impl Default for SpaceName {
    fn default() -> SpaceName {
        EmbeddingSpace::default().into()
    }
}

/// What the hardware optimality of a pair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OptimalityName {
    /// Probability that its hardware is the best for its workload
    PBest,
    /// Its predicted value relative to that of the best hardware
    Ratio,
    /// One minus the probability, to check doubtful placements
    Mismatch,
    /// How much better the choice for its workload is expected to be once it is measured
    KnowledgeGradient,
}

mirrors!(OptimalityName of Optimality: PBest, Ratio, Mismatch, KnowledgeGradient);

impl Default for OptimalityName {
    fn default() -> OptimalityName {
        Optimality::default().into()
    }
}

/// How combinations of a space are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MethodName {
    /// Scrambled Sobol points: spread evenly over all columns together
    Sobol,
    /// A Latin hypercube: spread evenly over each column
    LatinHypercube,
}

mirrors!(MethodName of Method: Sobol, LatinHypercube);

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimeUnitName {
    /// Nanoseconds
    #[value(name = "ns", alias = "nanoseconds")]
    Nanoseconds,
    /// Microseconds
    #[value(name = "us", aliases = ["µs", "μs", "microseconds"])]
    Microseconds,
    /// Milliseconds
    #[value(name = "ms", aliases = ["msec", "milliseconds"])]
    Milliseconds,
    /// Seconds
    #[value(name = "s", aliases = ["sec", "secs", "second", "seconds"])]
    Seconds,
    /// Minutes
    #[value(name = "min", aliases = ["mins", "minute", "minutes"])]
    Minutes,
    /// Hours
    #[value(name = "h", aliases = ["hr", "hrs", "hour", "hours"])]
    Hours,
}

mirrors!(TimeUnitName of TimeUnit:
    Nanoseconds, Microseconds, Milliseconds, Seconds, Minutes, Hours);

/// A strategy of the registry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StrategyName(pub(crate) &'static StrategyEntry);

impl ValueEnum for StrategyName {
    fn value_variants<'a>() -> &'a [StrategyName] {
        static ALL: LazyLock<Vec<StrategyName>> =
            LazyLock::new(|| STRATEGIES.iter().copied().map(StrategyName).collect());
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name).help(self.0.summary))
    }
}

/// A learner of the registry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LearnerName(pub(crate) &'static LearnerEntry);

impl ValueEnum for LearnerName {
    fn value_variants<'a>() -> &'a [LearnerName] {
        static ALL: LazyLock<Vec<LearnerName>> =
            LazyLock::new(|| LEARNERS.iter().map(LearnerName).collect());
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name).help(self.0.summary))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<T: ValueEnum>() -> Vec<(T, String)> {
        let all = T::value_variants().iter();
        all.map(|value| {
            let name = value.to_possible_value().unwrap().get_name().to_owned();
            (value.clone(), name)
        })
        .collect()
    }

    /// Names in model files and journals are the ones that options take.
    #[test]
    fn names_are_those_that_files_hold() {
        for (gain, name) in names::<GainName>() {
            assert_eq!(serde_json::json!(Gain::from(gain)), name);
        }
        for (space, name) in names::<SpaceName>() {
            assert_eq!(serde_json::json!(EmbeddingSpace::from(space)), name);
        }
        for (method, name) in names::<MethodName>() {
            assert_eq!(Method::from(method).to_string(), name);
        }
    }

    #[test]
    fn units_of_time_have_the_names_that_columns_end_in() {
        for (unit, _) in names::<TimeUnitName>() {
            let value = unit.to_possible_value().unwrap();
            for name in value.get_name_and_aliases() {
                assert_eq!(TimeUnit::named(name), Some(unit.into()), "{name}");
            }
        }
    }
}
