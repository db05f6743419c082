//! How a model of the service is trained.

use al_core::{Direction, Seed, StructureOptions, Task};
use al_pipeline::{Campaign, LEARNERS, TrainOptions, molecules};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::{Object, ObjectBuilder, Type};

use crate::error::LabelError;

/// The column that says which item a row is.
pub(crate) const ITEM: &str = "altool_item";

/// The longest names of columns and units, and the most names of classes and features.
const LONGEST_NAME: usize = 200;
const LONGEST_UNIT: usize = 40;
const MOST_NAMES: usize = 1000;

/// The largest whole number that every client of JSON holds exactly.
const LARGEST_SEED: u64 = 9_007_199_254_740_991;

/// Share of the labelled items that the first training sets aside.
const HELD_OUT: f64 = 0.2;

/// Whether numbers or classes are labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    /// Numbers.
    Regression,
    /// Classes.
    Classification,
}

impl From<Task> for LabelKind {
    fn from(task: Task) -> LabelKind {
        match task {
            Task::Regression => LabelKind::Regression,
            Task::Classification => LabelKind::Classification,
        }
    }
}

impl From<LabelKind> for Task {
    fn from(kind: LabelKind) -> Task {
        match kind {
            LabelKind::Regression => Task::Regression,
            LabelKind::Classification => Task::Classification,
        }
    }
}

/// How a model is trained; kept with each of its versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// What is labelled, as the column of a table would be called.
    #[schema(min_length = 1, max_length = 200)]
    pub target: String,
    /// Whether numbers or classes are labelled.
    pub task: LabelKind,
    /// The unit of the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    pub unit: Option<String>,
    /// The classes that may be given; those of the first labels if none are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub classes: Vec<String>,
    /// Whether items are compounds, of which the structure is the feature.
    #[serde(default)]
    pub molecules: bool,
    /// The column of the structures in the model's tables.
    #[serde(default = "smiles")]
    #[schema(min_length = 1, max_length = 200)]
    pub smiles_column: String,
    /// Whether only the largest fragment of a compound counts, neutralised.
    #[serde(default)]
    pub standardise: bool,
    /// Of rows and compounds, exactly these columns are features, too; of rows all, if none
    /// are named; of compounds none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub features: Vec<String>,
    /// Fit the logarithm of the numbers, which are then above 0.
    #[serde(default)]
    pub log_target: bool,
    /// Whether small or large numbers are wanted: `minimise` or `maximise`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<LabelDirection>,
    /// The learning algorithm, as `altool learners` lists them.
    #[serde(default = "learner")]
    #[schema(schema_with = learner_names)]
    pub learner: String,
    /// Share of the labelled items that the first training sets aside to measure all
    /// versions on; 0 for none.
    #[serde(default = "held_out")]
    #[schema(minimum = 0.0, maximum = 0.9)]
    pub holdout: f64,
    /// The seed of everything random.
    #[serde(default)]
    #[schema(maximum = 9007199254740991_i64)]
    pub seed: u64,
}

/// Which numbers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LabelDirection {
    /// Small ones.
    Minimise,
    /// Large ones.
    Maximise,
}

fn smiles() -> String {
    "smiles".to_owned()
}

fn learner() -> String {
    al_pipeline::Recipe::default().learner
}

fn learner_names() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(LEARNERS.iter().map(|entry| entry.name)))
        .build()
}

fn held_out() -> f64 {
    HELD_OUT
}

impl ModelSettings {
    /// Settings of a model of `target` with every default.
    #[must_use]
    pub fn new(target: &str, task: LabelKind) -> ModelSettings {
        ModelSettings {
            target: target.to_owned(),
            task,
            unit: None,
            classes: Vec::new(),
            molecules: false,
            smiles_column: smiles(),
            standardise: false,
            features: Vec::new(),
            log_target: false,
            direction: None,
            learner: learner(),
            holdout: held_out(),
            seed: 0,
        }
    }

    /// The settings of a model that was trained elsewhere.
    #[must_use]
    pub fn of_campaign(campaign: &Campaign) -> ModelSettings {
        use al_core::{Belief, Tabular};
        let options = campaign.options();
        let structure = options.structure.as_ref();
        let has_structure = campaign.encoder().structure.is_some();
        ModelSettings {
            target: options.target.clone(),
            task: campaign.task().into(),
            unit: options.unit_of_target().map(str::to_owned),
            classes: campaign.classes().to_vec(),
            molecules: has_structure,
            smiles_column: structure.map_or_else(smiles, |(column, _)| column.clone()),
            standardise: structure.is_some_and(|(_, kind)| kind.options().standardised),
            features: campaign
                .encoder()
                .schema
                .names()
                .map(str::to_owned)
                .collect(),
            log_target: options.log_target,
            direction: options.direction.map(|direction| match direction {
                Direction::Min => LabelDirection::Minimise,
                Direction::Max => LabelDirection::Maximise,
            }),
            learner: options.recipe.learner.clone(),
            holdout: 0.0,
            seed: options.seed.0,
        }
    }

    /// The same, checked.
    ///
    /// # Errors
    ///
    /// A setting that makes no sense, naming it.
    pub fn checked(self) -> Result<ModelSettings, LabelError> {
        let plain = |text: &str| !text.trim().is_empty() && !text.contains('\0');
        if !plain(&self.target) {
            return Err(LabelError::invalid("target", "the target has no name"));
        }
        if !plain(&self.smiles_column) {
            return Err(LabelError::invalid(
                "smiles_column",
                "the column has no name",
            ));
        }
        self.check_lengths()?;
        if !(0.0..=0.9).contains(&self.holdout) {
            return Err(LabelError::invalid(
                "holdout",
                format!("the share {} is not from 0 to 0.9", self.holdout),
            ));
        }
        if !LEARNERS.iter().any(|entry| entry.name == self.learner) {
            let names: Vec<&str> = LEARNERS.iter().map(|entry| entry.name).collect();
            return Err(LabelError::invalid(
                "learner",
                format!("there is no learning algorithm '{}'", self.learner),
            )
            .remedy(format!("take one of {}", names.join(", "))));
        }
        let classes = self.task == LabelKind::Classification;
        if !classes && !self.classes.is_empty() {
            return Err(LabelError::invalid("classes", "numbers have no classes"));
        }
        if classes && self.log_target {
            return Err(LabelError::invalid(
                "log_target",
                "classes have no logarithm",
            ));
        }
        if self.classes.iter().any(|class| !plain(class)) {
            return Err(LabelError::invalid("classes", "a class has no name"));
        }
        if self.classes.len() == 1 {
            return Err(
                LabelError::invalid("classes", "one class leaves nothing to label")
                    .remedy("name two or more, or none"),
            );
        }
        if self.features.contains(&self.target) {
            return Err(LabelError::invalid(
                "features",
                "the target cannot be a feature",
            ));
        }
        if self.molecules {
            molecules(self.structure_options())?;
        }
        Ok(self)
    }

    /// Refuses texts, lists and seeds beyond what the API describes.
    fn check_lengths(&self) -> Result<(), LabelError> {
        let lengths = [
            ("target", &self.target, LONGEST_NAME),
            ("smiles_column", &self.smiles_column, LONGEST_NAME),
            (
                "unit",
                self.unit.as_ref().unwrap_or(&self.target),
                LONGEST_UNIT,
            ),
        ];
        for (field, text, most) in lengths {
            let is_given = field != "unit" || self.unit.is_some();
            if is_given && text.chars().count() > most {
                return Err(LabelError::invalid(field, "the text is too long")
                    .remedy(format!("give at most {most} characters")));
            }
        }
        for (field, names) in [("classes", &self.classes), ("features", &self.features)] {
            if names.len() > MOST_NAMES {
                return Err(LabelError::invalid(field, format!("{} names", names.len()))
                    .remedy(format!("give at most {MOST_NAMES}")));
            }
        }
        match self.seed <= LARGEST_SEED {
            true => Ok(()),
            false => Err(LabelError::invalid("seed", "the seed is too large")
                .remedy(format!("give at most {LARGEST_SEED}"))),
        }
    }

    pub(crate) fn structure_options(&self) -> StructureOptions {
        StructureOptions {
            standardised: self.standardise,
            ..StructureOptions::default()
        }
    }

    /// The options of the first training.
    pub(crate) fn train_options(&self) -> Result<TrainOptions, LabelError> {
        let mut options = TrainOptions::new(&self.target);
        options.task = Some(self.task.into());
        options.unit = self.unit.clone();
        options.log_target = self.log_target;
        options.direction = self.direction.map(|direction| match direction {
            LabelDirection::Minimise => Direction::Min,
            LabelDirection::Maximise => Direction::Max,
        });
        options.seed = Seed(self.seed);
        options.recipe.learner = self.learner.clone();
        let mut features = self.features.clone();
        if self.molecules {
            options.structure = Some((
                self.smiles_column.clone(),
                molecules(self.structure_options())?,
            ));
            if !features.contains(&self.smiles_column) {
                features.insert(0, self.smiles_column.clone());
            }
        }
        options.features = (!features.is_empty()).then_some(features);
        options.ignore = vec![ITEM.to_owned()];
        Ok(options)
    }
}
