//! Databases, people and items for a test.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use al_core::Silent;
use al_label::store::{
    ClaimedJob, JobState, LabelValue, Moment, Place, QueueFilter, QueueItem, Store, UserRole,
};
use al_label::{
    Actor, GivenItem, ImportOptions, LabelError, LabelKind, ModelSettings, Once, RefusalKind,
    SelectWish, Service, Submission, add_user, local,
};
use serde_json::{Map, Value, json};

/// A moment of the tests.
pub(crate) const NOON: Moment = Moment(1_764_417_600_000_000);

/// A moment so many seconds later.
pub(crate) fn later(seconds: u64) -> Moment {
    NOON.after(Duration::from_secs(seconds))
}

/// A service with an admin.
pub(crate) struct Lab {
    pub(crate) service: Service,
    pub(crate) admin: Actor,
    place: Place,
    _folder: Option<tempfile::TempDir>,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

#[expect(
    clippy::disallowed_methods,
    reason = "tests that need what not every machine has run where a variable says so"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A new database of the PostgreSQL that the environment names.
fn postgres() -> Option<Place> {
    let address = variable("ALTOOL_POSTGRES")?;
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("altool_label_{}_{number}", std::process::id());
    for statement in [
        format!("DROP DATABASE IF EXISTS {name}"),
        format!("CREATE DATABASE {name}"),
    ] {
        let made = Command::new("psql")
            .args(["-q", "-d", &address, "-c", &statement])
            .output()
            .expect("psql");
        assert!(made.status.success(), "{made:?}");
    }
    let (server, query) = address
        .split_once('?')
        .map_or((address.as_str(), ""), |parts| parts);
    let server = server
        .rsplit_once('/')
        .expect("a database in the address")
        .0;
    let address = match query {
        "" => format!("{server}/{name}"),
        query => format!("{server}/{name}?{query}"),
    };
    Some(Place::of_address(&address).expect("an address"))
}

/// A service on each database.
pub(crate) async fn labs() -> Vec<Lab> {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    let mut labs = vec![Lab::at(place, Some(folder)).await];
    if let Some(place) = postgres() {
        labs.push(Lab::at(place, None).await);
    }
    labs
}

/// A service on a file alone, for what no database decides.
pub(crate) async fn lab() -> Lab {
    let folder = tempfile::tempdir().expect("a folder");
    Lab::at(Place::Folder(folder.path().to_owned()), Some(folder)).await
}

impl Lab {
    async fn at(place: Place, folder: Option<tempfile::TempDir>) -> Lab {
        let service = Service::new(Store::open(&place).await.expect("a database"));
        let admin = local(&service.store, "admin", NOON)
            .await
            .expect("an admin");
        Lab {
            service,
            admin,
            place,
            _folder: folder,
        }
    }

    /// Another process on the same database.
    pub(crate) async fn another(&self) -> Service {
        Service::new(Store::open(&self.place).await.expect("a database"))
    }

    pub(crate) async fn user(&self, name: &str, role: UserRole) -> Actor {
        let user = add_user(&self.service.store, &self.admin, name, role, NOON).await;
        Actor::local(user.expect("a user"))
    }

    /// `n` rows of which `y` is to be labelled, a model of them, and nothing queued.
    pub(crate) async fn with_rows(&self, n: usize, settings: ModelSettings) {
        let rows = (0..n).map(row).collect();
        let options = ImportOptions {
            dataset: "rows".to_owned(),
            ..ImportOptions::default()
        };
        let added = self
            .service
            .add_items(&self.admin, rows, &options, NOON)
            .await;
        assert_eq!(added.expect("rows").added, n as u64);
        let made = self
            .service
            .create_model(&self.admin, "m", settings, NOON)
            .await;
        made.expect("a model");
    }

    /// A batch of `n` items chosen by chance; the cycle.
    pub(crate) async fn batch(&self, n: usize) -> String {
        let wish = SelectWish {
            strategy: Some("random".to_owned()),
            batch_size: n,
            add: true,
            ..SelectWish::new("m")
        };
        let chosen = self
            .service
            .select(&self.admin, wish, NOON)
            .await
            .expect("a batch");
        assert_eq!(chosen.items.len(), n);
        chosen.cycle.expect("a cycle").id
    }

    /// All items of the queue.
    pub(crate) async fn queue(&self) -> Vec<QueueItem> {
        self.queue_at(NOON).await
    }

    pub(crate) async fn queue_at(&self, now: Moment) -> Vec<QueueItem> {
        let mut tx = self.service.store.read().await.unwrap();
        let all = QueueFilter::default();
        tx.queue(&all, None, 10_000, now).await.unwrap().items
    }

    pub(crate) async fn label(&self, actor: &Actor, id: &str, label: LabelValue) -> QueueItem {
        let submission = Submission::of(label);
        let labelled = self
            .service
            .label(actor, id, &submission, &Once::default(), NOON)
            .await;
        labelled.expect("a label")
    }

    /// Labels everything that is pending with what is true.
    pub(crate) async fn label_all(&self) -> usize {
        let truth = self.truth().await;
        let mut labelled = 0;
        for item in self.queue().await {
            if item.status == al_label::store::QueueStatus::Pending {
                let label = truth[&item.item_id].clone();
                self.label(&self.admin, &item.id, label).await;
                labelled += 1;
            }
        }
        labelled
    }

    /// The true label of each item, by its id.
    pub(crate) async fn truth(&self) -> BTreeMap<String, LabelValue> {
        let mut tx = self.service.store.read().await.unwrap();
        let model = tx.model("m").await.unwrap().unwrap();
        let classes = model.settings["task"] == "classification";
        let items = tx.items(None, None, 10_000).await.unwrap().items;
        let label = |properties: &Map<String, Value>| {
            let x = properties["x"].as_f64().unwrap();
            let y = 2.0 * x + properties["z"].as_f64().unwrap();
            match classes {
                true => LabelValue::Class(if y > 20.0 { "yes" } else { "no" }.to_owned()),
                false => LabelValue::Number(y),
            }
        };
        let items = items.into_iter();
        items
            .map(|item| (item.id, label(&item.properties)))
            .collect()
    }

    /// Asks for a retraining and runs it.
    pub(crate) async fn retrained(&self, cycle: &str) -> Value {
        let asked = self.service.retrain(&self.admin, cycle, 1, NOON).await;
        assert!(asked.expect("a job").1);
        let claimed = self.claimed(NOON).await.expect("a job to claim");
        run(&self.service, &claimed).await.expect("a new version")
    }

    pub(crate) async fn claimed(&self, now: Moment) -> Option<ClaimedJob> {
        let mut tx = self.service.store.begin().await.unwrap();
        let claimed = tx.claim_job(Duration::from_secs(30), now).await.unwrap();
        tx.commit().await.unwrap();
        claimed
    }

    pub(crate) async fn job_state(&self, id: &str) -> JobState {
        let mut tx = self.service.store.read().await.unwrap();
        tx.job(id).await.unwrap().expect("a job").state
    }

    pub(crate) async fn versions(&self) -> Vec<al_label::store::ModelRecord> {
        let mut tx = self.service.store.read().await.unwrap();
        tx.versions("m").await.unwrap()
    }

    /// That the database is sound.
    pub(crate) async fn is_sound(&self) {
        let found = al_label::store::check(&self.service.store).await.unwrap();
        assert_eq!(found.problems, Vec::<String>::new());
    }
}

/// Runs a job that was claimed.
pub(crate) async fn run(service: &Service, claimed: &ClaimedJob) -> Result<Value, LabelError> {
    service
        .run_retrain(claimed, Arc::new(Silent), || NOON)
        .await
}

pub(crate) fn row(at: usize) -> GivenItem {
    let mut properties = Map::new();
    properties.insert("x".to_owned(), json!(at % 10));
    properties.insert("z".to_owned(), json!(at / 10));
    properties.insert("kind".to_owned(), json!(["a", "b", "c"][at % 3]));
    GivenItem {
        name: Some(format!("row {at}")),
        smiles: None,
        properties,
    }
}

/// Numbers that a model learns in no time.
pub(crate) fn numbers() -> ModelSettings {
    ModelSettings {
        learner: "linear".to_owned(),
        features: vec!["x".to_owned(), "z".to_owned()],
        ..ModelSettings::new("y", LabelKind::Regression)
    }
}

/// Classes.
pub(crate) fn classes() -> ModelSettings {
    ModelSettings {
        learner: "logistic".to_owned(),
        features: vec!["x".to_owned(), "z".to_owned()],
        classes: vec!["no".to_owned(), "yes".to_owned()],
        ..ModelSettings::new("y", LabelKind::Classification)
    }
}

pub(crate) fn class(name: &str) -> LabelValue {
    LabelValue::Class(name.to_owned())
}

/// The kind and the field of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(
    result: Result<T, LabelError>,
) -> (RefusalKind, Option<&'static str>) {
    let error = result.expect_err("a refusal");
    let refusal = error.refusal().unwrap_or_else(|| panic!("{error:?}"));
    (refusal.kind, refusal.field)
}
