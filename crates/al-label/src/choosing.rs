//! A choice: items of a pool, ranked by a strategy, within limits.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use al_core::{ColumnData, Fault, Goal, Key, Seed, Silent};
use al_pipeline::{
    Campaign, Frame, NewColumn, NewData, STRATEGIES, SelectOptions, TableSource, choose,
    choose_first, molecules,
};
use al_store::{Item, digest_of};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::assess::{Assessment, assess};
use crate::error::LabelError;
use crate::frames::{ItemColumns, frame_of};
use crate::settings::{ITEM, ModelSettings};
use crate::strategies::{Chooser, scores};

/// What limits call the scaffold of a compound.
const SCAFFOLD: &str = "scaffold";

/// An item of a ranked sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SelectedItem {
    /// The item.
    pub item_id: String,
    /// What its owner calls it.
    pub item_name: Option<String>,
    /// The compound, if it is one.
    pub smiles: Option<String>,
    /// What the model predicts, as in the queue.
    pub prediction: Option<f64>,
    /// The class that the model predicts.
    pub predicted_class: Option<String>,
    /// The probability of each class.
    #[schema(value_type = Option<Object>)]
    pub probabilities: Option<Map<String, Value>>,
    /// The predictive standard deviation.
    pub uncertainty: Option<f64>,
    /// The distance to the nearest row that the model learned from.
    pub applicability_distance: Option<f64>,
    /// The larger, the sooner it comes.
    pub priority_score: f64,
    /// The place in the sample, from 1.
    pub rank: usize,
    /// Why it was chosen.
    pub reason: Option<String>,
}

/// A sample that was drawn: places in the pool with priority and reason.
type DrawnSample = (Vec<(usize, f64, Option<String>)>, Vec<String>);

/// A choice that is made on a thread of its own.
pub(crate) struct Choosing {
    pub(crate) settings: ModelSettings,
    pub(crate) campaign: Option<Arc<Campaign>>,
    pub(crate) chooser: Chooser,
    pub(crate) pool: Arc<Vec<Item>>,
    pub(crate) n: usize,
    pub(crate) limits: BTreeMap<String, usize>,
    pub(crate) seed: Seed,
}

impl Choosing {
    pub(crate) fn run(self) -> Result<(Vec<SelectedItem>, Vec<String>), LabelError> {
        let all: Vec<&Item> = self.pool.iter().collect();
        let ((drawn, warnings), assessed) = match self.chooser {
            Chooser::Sampling(name) => {
                let drawn = self.by_sampling(name, &all)?;
                let items: Vec<&Item> = drawn.0.iter().map(|(at, ..)| all[*at]).collect();
                (drawn, self.assessed(&items)?)
            }
            chooser => {
                let assessed = match chooser {
                    Chooser::Random => None,
                    _ => Some(self.assessed(&all)?),
                };
                let of_all = assessed.as_ref().map(|assessed| scores(chooser, assessed));
                let drawn = self.by_rank(&all, of_all.flatten())?;
                let items: Vec<&Item> = drawn.0.iter().map(|(at, ..)| all[*at]).collect();
                let assessed = match assessed {
                    Some(assessed) => drawn
                        .0
                        .iter()
                        .map(|(at, ..)| assessed[*at].clone())
                        .collect(),
                    None => self.assessed(&items)?,
                };
                (drawn, assessed)
            }
        };
        let items = drawn.into_iter().zip(assessed).enumerate();
        let items = items.map(|(place, ((at, priority, reason), said))| {
            let item = all[at];
            let told = self.campaign.is_some();
            SelectedItem {
                item_id: item.id.clone(),
                item_name: item.name.clone(),
                smiles: item.smiles.clone(),
                prediction: said.prediction,
                predicted_class: said.predicted_class,
                probabilities: said.probabilities,
                uncertainty: told.then_some(said.uncertainty),
                applicability_distance: told.then_some(said.distance),
                priority_score: priority,
                rank: place + 1,
                reason,
            }
        });
        Ok((items.collect(), warnings))
    }

    fn assessed(&self, items: &[&Item]) -> Result<Vec<Assessment>, LabelError> {
        match &self.campaign {
            Some(campaign) => assess(&self.settings, campaign, items),
            None => Ok(vec![Assessment::default(); items.len()]),
        }
    }

    /// The items of the largest scores, or by chance, within the limits. Equal scores are
    /// ordered by the seed.
    fn by_rank(
        &self,
        items: &[&Item],
        scores: Option<Vec<f64>>,
    ) -> Result<DrawnSample, LabelError> {
        let order = self.seed.derive("rank", 0);
        let chance: Vec<u64> = items
            .iter()
            .map(|item| order.order(key_of(&item.key)))
            .collect();
        let mut places: Vec<usize> = (0..items.len()).collect();
        let score = |at: usize| scores.as_ref().map_or(0.0, |scores| scores[at]);
        places.sort_by(|&a, &b| {
            let by_score = score(b).total_cmp(&score(a));
            by_score
                .then(chance[a].cmp(&chance[b]))
                .then(items[a].key.cmp(&items[b].key))
        });
        let kept = self.within_limits(items, places)?;
        let n = kept.len();
        let drawn = kept.into_iter().enumerate().map(|(rank, at)| {
            let priority = match &scores {
                Some(scores) => scores[at],
                None => by_place(rank, n),
            };
            (at, priority, self.reason(scores.is_some(), score(at)))
        });
        Ok((drawn.collect(), Vec::new()))
    }

    fn reason(&self, scored: bool, score: f64) -> Option<String> {
        let said = match self.chooser {
            Chooser::Uncertainty => format!("standard deviation {score:.3}"),
            Chooser::Margin => format!("the two likeliest classes are {:.3} apart", 1.0 - score),
            Chooser::Entropy => format!("entropy {score:.3} nats"),
            Chooser::Hybrid(_) => format!("score {score:.3} of uncertainty, margin and distance"),
            Chooser::Random | Chooser::Sampling(_) => "drawn by chance".to_owned(),
        };
        (scored || self.chooser == Chooser::Random).then_some(said)
    }

    /// The first places, at most n, of which none breaks a limit.
    fn within_limits(&self, items: &[&Item], places: Vec<usize>) -> Result<Vec<usize>, LabelError> {
        if self.limits.is_empty() {
            return Ok(places.into_iter().take(self.n).collect());
        }
        let mut values = Vec::new();
        for (column, most) in &self.limits {
            values.push((*most, self.values_of(column, items)?, HashMap::new()));
        }
        let mut kept = Vec::new();
        for at in places {
            if kept.len() == self.n {
                break;
            }
            let open = values.iter().all(
                |(most, values, counts): &(_, Vec<String>, HashMap<String, usize>)| {
                    counts.get(&values[at]).is_none_or(|count| count < most)
                },
            );
            if open {
                for (_, values, counts) in &mut values {
                    *counts.entry(values[at].clone()).or_default() += 1;
                }
                kept.push(at);
            }
        }
        Ok(kept)
    }

    fn values_of(&self, column: &str, items: &[&Item]) -> Result<Vec<String>, LabelError> {
        let has = items
            .iter()
            .any(|item| item.properties.contains_key(column));
        if has {
            let text = |item: &&Item| match item.properties.get(column) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            return Ok(items.iter().map(text).collect());
        }
        if column == SCAFFOLD && self.settings.molecules {
            let kind = molecules(self.settings.structure_options())?;
            let texts: Vec<&str> = items
                .iter()
                .map(|item| item.smiles.as_deref().unwrap_or(""))
                .collect();
            let mut read = Vec::with_capacity(texts.len());
            for (item, structure) in items.iter().zip(kind.read(&texts)) {
                read.push(structure.map_err(|problem| {
                    LabelError::invalid(
                        "pool",
                        format!("the item {}: {}", item.id, problem.problem),
                    )
                })?);
            }
            return Ok(kind.scaffolds(&read));
        }
        Err(LabelError::invalid(
            "limits",
            format!("no item of the pool has a column '{column}'"),
        )
        .remedy("name a column of the items, or 'scaffold' for compounds"))
    }

    /// A batch of `al-sampling`.
    fn by_sampling(&self, name: &str, items: &[&Item]) -> Result<DrawnSample, LabelError> {
        let campaign = self.campaign.as_deref();
        let columns = match campaign {
            Some(campaign) => ItemColumns::of_model(campaign),
            None => ItemColumns::of_items(&self.settings, items),
        };
        let mut frame = frame_of(&self.settings, columns, items, None)?;
        let mut options = SelectOptions::new(self.n);
        options.strategy = Some(name.to_owned());
        options.seed = Some(self.seed);
        for (column, most) in &self.limits {
            if column != SCAFFOLD
                || items
                    .iter()
                    .any(|item| item.properties.contains_key(column))
            {
                self.add_column(&mut frame, column, items)?;
            }
            options.at_most.push((column.clone(), *most));
        }
        let entry = STRATEGIES.iter().find(|entry| entry.name == name);
        if entry.is_some_and(|entry| entry.needs_direction) {
            options.goal = Goal::Best;
        }
        let source = TableSource::table("the pool", &frame);
        let batch = match campaign {
            Some(campaign) => choose(campaign, &source, &options, &Silent)?,
            None => {
                if self.settings.molecules {
                    let kind = molecules(self.settings.structure_options())?;
                    options.structure = Some((self.settings.smiles_column.clone(), kind));
                }
                options.ignore = vec![ITEM.to_owned()];
                options.ignore.extend(self.limits.keys().cloned());
                options.seed = Some(self.seed);
                choose_first(&source, &options, &Silent)?
            }
        };
        let table = batch.frame.table(Some(&[ITEM])).map_err(Fault::from)?;
        let ids = match &table.columns()[0].data {
            ColumnData::Text(texts) => texts,
            ColumnData::Number(_) => unreachable!("ids are texts"),
        };
        let places: HashMap<&str, usize> = items
            .iter()
            .enumerate()
            .map(|(at, item)| (item.id.as_str(), at))
            .collect();
        let n = table.n_rows();
        let drawn = (0..n).map(|rank| {
            let at = places[ids.get(rank).expect("each row names its item")];
            let reason = batch
                .explanation
                .picks
                .get(rank)
                .map(|pick| pick.reason.clone());
            (at, by_place(rank, n), reason)
        });
        let mut warnings: Vec<String> = batch.warnings.iter().map(ToString::to_string).collect();
        warnings.extend(batch.why_empty.iter().map(ToString::to_string));
        Ok((drawn.collect(), warnings))
    }

    fn add_column(
        &self,
        frame: &mut Frame,
        column: &str,
        items: &[&Item],
    ) -> Result<(), LabelError> {
        if frame.names().iter().any(|name| name == column) {
            return Ok(());
        }
        let values = self.values_of(column, items)?;
        let data = NewData::Text(values.into_iter().map(Some).collect());
        let column = NewColumn {
            name: column.to_owned(),
            data,
        };
        frame.append(vec![column]).map_err(Fault::from)?;
        Ok(())
    }
}

/// From 1 downwards, by the place: what orders a batch that was chosen as a whole.
fn by_place(rank: usize, n: usize) -> f64 {
    1.0 - rank as f64 / n.max(1) as f64
}

/// The key of an item, as seeds order keys.
pub(crate) fn key_of(text: &str) -> Key {
    let digest = digest_of(text.as_bytes());
    let mut bytes = [0; 16];
    for (at, byte) in bytes.iter_mut().enumerate() {
        let digits = &digest[2 * at..2 * at + 2];
        *byte = u8::from_str_radix(digits, 16).expect("a digest is hexadecimal");
    }
    Key::from_bytes(bytes)
}
