//! Tests on both databases. Those of PostgreSQL run where `ALTOOL_POSTGRES` has the
//! address of one in which databases may be made.

mod claims;
mod jobs;
mod log;
mod tables;

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, Executor, PgConnection};

use crate::clock::Moment;
use crate::kinds::{ResolutionRule, UserRole, ValidationKind};
use crate::queue::{NewQueueItem, QueueBatch, QueueFilter};
use crate::{NewItem, NewModel, Place, Store};

/// A moment of the tests.
const NOON: Moment = Moment(1_764_417_600_000_000);

/// A database for one test.
struct Database {
    store: Store,
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

async fn sqlite() -> Database {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place::Folder(folder.path().to_owned());
    Database {
        store: Store::open(&place).await.expect("a database"),
        place,
        _folder: Some(folder),
    }
}

/// A new database of the PostgreSQL that the environment names.
async fn postgres() -> Option<Database> {
    let address = variable("ALTOOL_POSTGRES")?;
    // That it took part is noted where `ALTOOL_RAN` says.
    if let Some(ran) = variable("ALTOOL_RAN") {
        let note = std::path::Path::new(&ran).join("ALTOOL_POSTGRES");
        std::fs::write(note, "").expect("a folder to note it in");
    }
    let name = format!(
        "altool_test_{}_{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    let mut connection = PgConnection::connect(&address).await.expect("a PostgreSQL");
    for statement in [
        format!("DROP DATABASE IF EXISTS {name}"),
        format!("CREATE DATABASE {name}"),
    ] {
        let made = connection.execute(sqlx::AssertSqlSafe(statement)).await;
        made.expect("the right to make databases");
    }
    let base = address.split('?').next().expect("an address");
    let server = base.rsplit_once('/').expect("a database in the address").0;
    let query = address
        .split_once('?')
        .map_or(String::new(), |(_, query)| format!("?{query}"));
    let place = Place::of_address(&format!("{server}/{name}{query}")).expect("an address");
    Some(Database {
        store: Store::open(&place).await.expect("a database"),
        place,
        _folder: None,
    })
}

/// Both databases, as far as there are two.
async fn both() -> Vec<Database> {
    let mut databases = vec![sqlite().await];
    if let Some(database) = postgres().await {
        databases.push(database);
    }
    databases
}

impl Database {
    /// A user, a model, and a queue of `n` items; the ids of the user and the model.
    async fn with_queue(&self, n: usize) -> (String, String) {
        let mut tx = self.store.begin().await.unwrap();
        let user = tx.add_user("anna", UserRole::Lead, NOON).await.unwrap();
        let model = tx.add_model(&untrained("solubility"), NOON).await.unwrap();
        let set = tx.dataset_named("compounds", NOON).await.unwrap();
        let items: Vec<NewItem> = (0..n).map(|at| row(&format!("row {at}"))).collect();
        let added = tx.add_items(&set.id, &items, NOON).await.unwrap();
        assert_eq!(added, n as u64);
        let page = tx.items(Some(&set.id), None, n).await.unwrap();
        let queued: Vec<NewQueueItem> = page
            .items
            .iter()
            .enumerate()
            .map(|(at, item)| NewQueueItem {
                item_id: item.id.clone(),
                prediction: Some(at as f64 / 3.0),
                predicted_class: None,
                probabilities: None,
                uncertainty: None,
                applicability_distance: Some(0.25),
                priority_score: -(at as f64),
                reason: Some("uncertain".to_owned()),
            })
            .collect();
        let batch = QueueBatch {
            model_id: &model.id,
            cycle_id: None,
            strategy: "uncertainty",
            batch: "first",
            judgements: 1,
            rule: ResolutionRule::Majority,
        };
        let added = tx.add_to_queue(&batch, &queued, NOON).await.unwrap();
        assert_eq!(added, n as u64);
        tx.commit().await.unwrap();
        (user.id, model.id)
    }
}

fn row(key: &str) -> NewItem {
    NewItem {
        key: key.to_owned(),
        name: None,
        smiles: None,
        canonical: None,
        fingerprint: None,
        properties: serde_json::Map::new(),
    }
}

fn untrained(name: &str) -> NewModel<'_> {
    NewModel {
        name,
        version: 0,
        parent: None,
        settings: serde_json::json!({"target": "log_s"}),
        artefact: None,
        training_digest: None,
        validation_digest: None,
        validation: ValidationKind::Unmeasured,
        training_rows: 0,
        metrics: None,
        created_by: None,
    }
}

fn all() -> QueueFilter {
    QueueFilter::default()
}
