//! What a user says at training, and what the model remembers of it.

use al_core::{ColumnChoice, Dialect, Direction, KnownColumns, Seed, StructureKind, Task};
use al_models::Recipe;
use serde::{Deserialize, Serialize};

/// Options of a training. They are kept in the model: updates read results
/// by the same words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainOptions {
    /// The column to predict.
    pub target: String,
    /// Regression or classification; inferred from the target if not given.
    pub task: Option<Task>,
    /// Fit the logarithm of the target.
    pub log_target: bool,
    /// Whether small or large targets are wanted.
    pub direction: Option<Direction>,
    /// The column that identifies a row; else its feature values do.
    pub id: Option<String>,
    /// Exactly these columns are features.
    pub features: Option<Vec<String>>,
    /// These columns are not features.
    pub ignore: Vec<String>,
    /// These columns are categories.
    pub categorical: Vec<String>,
    /// These columns are numbers.
    pub numeric: Vec<String>,
    /// The column that tells whether a measurement worked, and its value
    /// where it did.
    pub status: Option<(String, String)>,
    /// Leave out rows without a target.
    pub drop_missing_target: bool,
    /// The column of each measurement's standard deviation, in the target's
    /// unit.
    pub noise: Option<String>,
    /// The column of how much each row counts.
    pub weights: Option<String>,
    /// The column of what each measurement cost.
    pub cost: Option<String>,
    /// The feature that is a structure, and how it is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<(String, StructureKind)>,
    /// The feature that names the hardware a row is measured on. Values of it
    /// with few measurements borrow from the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware: Option<String>,
    /// The column that says which rows belong together: a member that has seen one of
    /// them has seen them all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How the results files are written, as far as it was said. Later files of the
    /// model are read in the same way.
    #[serde(default, skip_serializing_if = "Dialect::is_open")]
    pub dialect: Dialect,
    /// The unit of a target that holds lengths of time, as in `ms`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_unit: Option<String>,
    /// The unit of the target, as it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Share of the rows set aside for evaluation, in [0, 1).
    pub holdout: f64,
    /// The column of which whole values are set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdout_by: Option<String>,
    /// A column and the value above which rows are set aside for evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eval_after: Option<(String, String)>,
    /// The values of that column, or the groups, that were set aside, as hashes, sorted: new
    /// rows of them are not learned from. Found at training.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_out: Vec<u64>,
    /// What to fit.
    pub recipe: Recipe,
    /// The seed of everything random.
    pub seed: Seed,
}

impl TrainOptions {
    /// Options for `target` with every default.
    #[must_use]
    pub fn new(target: &str) -> TrainOptions {
        TrainOptions {
            target: target.to_owned(),
            task: None,
            log_target: false,
            direction: None,
            id: None,
            features: None,
            ignore: Vec::new(),
            categorical: Vec::new(),
            numeric: Vec::new(),
            status: None,
            drop_missing_target: false,
            noise: None,
            weights: None,
            cost: None,
            structure: None,
            hardware: None,
            group: None,
            dialect: Dialect::default(),
            target_unit: None,
            unit: None,
            holdout: 0.0,
            holdout_by: None,
            eval_after: None,
            held_out: Vec::new(),
            recipe: Recipe::default(),
            seed: Seed(0),
        }
    }

    /// The unit of the target: that of its lengths of time, else the one that was said,
    /// else the one that its name carries.
    #[must_use]
    pub fn unit_of_target(&self) -> Option<&str> {
        let said = self.target_unit.as_deref().or(self.unit.as_deref());
        said.or_else(|| al_words::units::unit_of(&self.target))
    }

    /// The target on the fitted scale.
    pub(crate) fn fitted(&self, value: f64) -> f64 {
        if self.log_target { value.ln() } else { value }
    }

    /// A value of the fitted scale in the target's unit.
    pub(crate) fn unit(&self, value: f64) -> f64 {
        if self.log_target { value.exp() } else { value }
    }

    /// The columns' roles, as the schema wants them.
    pub(crate) fn choice(&self) -> ColumnChoice {
        ColumnChoice {
            features: self.features.clone(),
            ignore: self.ignore.clone(),
            categorical: self
                .categorical
                .iter()
                .chain(&self.hardware)
                .cloned()
                .collect(),
            numeric: self.numeric.clone(),
            structure: self.structure.clone(),
            roles: self.roles().map(str::to_owned).collect(),
            target: Some(self.target.clone()),
            written: Vec::new(),
        }
    }

    /// What is known of results before they are read.
    pub(crate) fn known_columns(&self) -> KnownColumns {
        let classes = self.task == Some(Task::Classification);
        let texts = self
            .categorical
            .iter()
            .chain(&self.hardware)
            .chain(self.structure.iter().map(|(column, _)| column))
            .chain(&self.id);
        let status = self.status.iter().map(|(column, _)| column);
        let named = texts.chain(status).chain(classes.then_some(&self.target));
        let mut known = KnownColumns::default().and_texts(named.map(String::as_str));
        known.needed.extend(self.features.iter().flatten().cloned());
        known.needed.extend(self.splits_by().map(str::to_owned));
        known.needed.extend(self.numeric.iter().cloned());
        known.numbers.extend(self.numeric.iter().cloned());
        known
    }

    /// The columns by which evaluation rows are told, which may be features.
    pub(crate) fn splits_by(&self) -> impl Iterator<Item = &str> {
        let after = self.eval_after.as_ref().map(|(column, _)| column);
        self.holdout_by.iter().chain(after).map(String::as_str)
    }

    /// The column whose values tell rows that are held out for good, if there is one.
    pub(crate) fn held_out_by(&self) -> Option<&str> {
        let by = self.holdout_by.as_deref().or(self.group.as_deref());
        by.filter(|_| !self.held_out.is_empty())
    }

    /// The columns with a role other than feature and target.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        [
            self.id.as_deref(),
            self.status.as_ref().map(|(column, _)| column.as_str()),
            self.noise.as_deref(),
            self.weights.as_deref(),
            self.cost.as_deref(),
            self.group.as_deref(),
        ]
        .into_iter()
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_read_said_or_in_the_name() {
        let mut options = TrainOptions::new("latency_ms");
        assert_eq!(options.unit_of_target(), Some("ms"));
        options.unit = Some("msec".to_owned());
        assert_eq!(options.unit_of_target(), Some("msec"));
        options.target_unit = Some("s".to_owned());
        assert_eq!(options.unit_of_target(), Some("s"));
        assert_eq!(TrainOptions::new("score").unit_of_target(), None);
        // Files of earlier versions say none.
        let mut old = serde_json::to_value(TrainOptions::new("y")).unwrap();
        assert!(old.as_object_mut().unwrap().remove("unit").is_none());
        let read: TrainOptions = serde_json::from_value(old).unwrap();
        assert_eq!(read.unit, None);
    }
}
