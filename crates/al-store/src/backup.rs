//! Copies of a database, taken while servers use it, and what a look at one finds.
//!
//! A backup is a folder: the database (`labels.sqlite`, or `database.dump` as pg_dump
//! writes it), the model files by their digests, and `manifest.json` with the SHA-256 of
//! each file. The database is copied first: model files are written before a row names
//! them and never change, so that those copied later have all that the rows name.

mod postgres;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::artefacts::file_of;
use crate::error::StoreError;
use crate::ids::digest_of;
use crate::migrations;
use crate::statement::{params, statements};
use crate::store::{ARTEFACTS, FILE, Place, Store};

const MANIFEST: &str = "manifest.json";
const DUMP: &str = "database.dump";

statements! {
    TABLES = "SELECT COUNT(*) AS n FROM sqlite_master WHERE type = 'table' AND name = 'users'";
             "SELECT COUNT(*) AS n FROM information_schema.tables \
              WHERE table_schema = current_schema() AND table_name = 'users'",
    VERSION = "SELECT COALESCE(MAX(version), 0) AS n FROM _sqlx_migrations",
    ITEMS = "SELECT COUNT(*) AS n FROM items",
    JUDGEMENTS = "SELECT COUNT(*) AS n FROM annotations WHERE undone_at IS NULL",
    MODELS = "SELECT COUNT(*) AS n FROM models",
    UNLABELLED = "SELECT q.id FROM label_queue q WHERE q.status IN ('labeled', 'archived') \
                  AND q.label_value IS NULL AND q.label_class IS NULL ORDER BY q.id LIMIT 20",
    UNFOUNDED = "SELECT q.id FROM label_queue q WHERE q.status IN ('labeled', 'archived') \
                 AND NOT EXISTS (SELECT 1 FROM annotations a \
                                 WHERE a.queue_id = q.id AND a.undone_at IS NULL) \
                 ORDER BY q.id LIMIT 20",
    WITHOUT_ACTIVE = "SELECT DISTINCT m.name FROM models m WHERE NOT EXISTS \
                      (SELECT 1 FROM models a WHERE a.name = m.name AND a.state = 'active')",
    UNLOGGED = "SELECT a.id FROM annotations a WHERE NOT EXISTS (SELECT 1 FROM events e \
                WHERE e.subject = a.queue_id AND e.kind IN ('label', 'result')) LIMIT 20",
    INTEGRITY = "SELECT integrity_check AS problem FROM pragma_integrity_check \
                 WHERE integrity_check <> 'ok' LIMIT 20";
                "SELECT NULL::text AS problem WHERE false",
    FOREIGN_KEYS = "SELECT \"table\" AS problem FROM pragma_foreign_key_check LIMIT 20";
                   "SELECT NULL::text AS problem WHERE false",
}

/// What a look at a database finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatabaseCheck {
    /// The version of its tables.
    pub version: i64,
    /// The newest version that is known here.
    pub newest: i64,
    /// Its items.
    pub items: i64,
    /// Its judgements that hold.
    pub judgements: i64,
    /// Its versions of models.
    pub models: i64,
    /// What is wrong, a sentence each.
    pub problems: Vec<String>,
}

/// What a backup holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupManifest {
    /// `sqlite` or `postgres`.
    database: String,
    /// The version of the tables.
    version: i64,
    /// SHA-256 of each file, by its path within the folder.
    files: BTreeMap<String, String>,
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError + use<> {
    let path = path.to_owned();
    move |source| StoreError::Io { path, source }
}

/// Looks whether a database is sound: the file itself, its references, that each label has
/// a judgement and each judgement its event, that each model has an active version, and
/// that all model files are there and unchanged.
///
/// # Errors
///
/// A database that cannot be read at all.
pub async fn check(store: &Store) -> Result<DatabaseCheck, StoreError> {
    let mut tx = store.read().await?;
    let mut problems = Vec::new();
    for statement in [&INTEGRITY, &FOREIGN_KEYS] {
        for row in tx.all(statement, params![]).await? {
            let problem = row.text("problem")?;
            problems.push(format!("the file is damaged: {problem}"));
        }
    }
    let listed = [
        (
            &UNLABELLED,
            "id",
            "queue item",
            "has no label but is labelled",
        ),
        (
            &UNFOUNDED,
            "id",
            "queue item",
            "has a label that nobody gave",
        ),
        (&UNLOGGED, "id", "judgement", "is not in the event log"),
        (&WITHOUT_ACTIVE, "name", "model", "has no active version"),
    ];
    for (statement, column, what, wrong) in listed {
        for row in tx.all(statement, params![]).await? {
            problems.push(format!("the {what} {} {wrong}", row.text(column)?));
        }
    }
    let version = tx.one(&VERSION, params![]).await?.int("n")?;
    let items = tx.one(&ITEMS, params![]).await?.int("n")?;
    let judgements = tx.one(&JUDGEMENTS, params![]).await?.int("n")?;
    let models = tx.one(&MODELS, params![]).await?.int("n")?;
    let named: BTreeSet<String> = tx.named_artefacts().await?.into_iter().collect();
    drop(tx);
    for digest in named {
        if let Err(error) = store.artefact(&digest).await {
            problems.push(error.to_string());
        }
    }
    Ok(DatabaseCheck {
        version,
        newest: migrations::newest(),
        items,
        judgements,
        models,
        problems,
    })
}

/// Writes a consistent copy of a database to the folder `to`, which must not exist, while
/// others go on using it. The folder appears whole or not at all.
///
/// # Errors
///
/// A folder that exists, a disk that fails, and a PostgreSQL without pg_dump.
pub async fn backup(store: &Store, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        let problem = format!("{} exists already: a backup is a new folder", to.display());
        return Err(StoreError::Backup(problem));
    }
    let beside = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(beside).map_err(io(beside))?;
    let folder = tempfile::Builder::new()
        .prefix(".altool-backup")
        .tempdir_in(beside)
        .map_err(io(beside))?;
    let mut tx = store.read().await?;
    let version = tx.one(&VERSION, params![]).await?.int("n")?;
    drop(tx);
    let mut files = BTreeMap::new();
    let (database, file) = match store.place() {
        Place::Folder(_) => ("sqlite", FILE),
        Place::Postgres(_) => ("postgres", DUMP),
    };
    let copy = folder.path().join(file);
    match store.place() {
        Place::Folder(_) => vacuum_into(store, &copy).await?,
        Place::Postgres(address) => postgres::dump(address, &copy).await?,
    }
    let bytes = std::fs::read(&copy).map_err(io(&copy))?;
    files.insert(file.to_owned(), digest_of(&bytes));
    if let Place::Folder(data) = store.place() {
        let mut tx = store.read().await?;
        let named = tx.named_artefacts().await?;
        drop(tx);
        for digest in named {
            let from = file_of(&data.join(ARTEFACTS), &digest)?;
            let into = file_of(&folder.path().join(ARTEFACTS), &digest)?;
            let parent = into.parent().expect("a file in a folder");
            std::fs::create_dir_all(parent).map_err(io(parent))?;
            std::fs::copy(&from, &into).map_err(io(&from))?;
            let name = format!("{ARTEFACTS}/{}/{digest}", &digest[..2]);
            files.insert(name, digest);
        }
    }
    let manifest = BackupManifest {
        database: database.to_owned(),
        version,
        files,
    };
    let text = serde_json::to_string_pretty(&manifest).expect("a manifest is JSON");
    let path = folder.path().join(MANIFEST);
    std::fs::write(&path, text).map_err(io(&path))?;
    let folder = folder.keep();
    std::fs::rename(&folder, to).map_err(io(to))
}

async fn vacuum_into(store: &Store, copy: &Path) -> Result<(), StoreError> {
    let writer = store.sqlite_writer().expect("a file of SQLite");
    sqlx::query("VACUUM INTO $1")
        .bind(copy.display().to_string())
        .execute(writer)
        .await
        .map(drop)
        .map_err(|source| StoreError::of("VACUUM INTO", source))
}

/// Makes a database of a backup, in a folder that has none or an empty PostgreSQL. Every
/// file is compared with its digest first.
///
/// # Errors
///
/// A backup that is none or was changed, and a place that has a database.
pub async fn restore(from: &Path, place: &Place) -> Result<(), StoreError> {
    let manifest = verified(from)?;
    let matches = match place {
        Place::Folder(_) => manifest.database == "sqlite",
        Place::Postgres(_) => manifest.database == "postgres",
    };
    if !matches {
        return Err(StoreError::Backup(format!(
            "{} is a backup of {}, which {} is not",
            from.display(),
            match manifest.database.as_str() {
                "sqlite" => "a data folder",
                _ => "a PostgreSQL",
            },
            place.shown()
        )));
    }
    if manifest.version > migrations::newest() {
        return Err(StoreError::Newer {
            place: from.display().to_string(),
            found: manifest.version,
            known: migrations::newest(),
        });
    }
    match place {
        Place::Folder(folder) => {
            if folder.join(FILE).exists() {
                let problem = format!(
                    "{} has a database already: restore into a new folder",
                    folder.display()
                );
                return Err(StoreError::Backup(problem));
            }
            // The database comes last: a restore that was killed left none, and can be
            // begun again.
            let mut names: Vec<&String> = manifest.files.keys().collect();
            names.sort_by_key(|name| name.as_str() == FILE);
            for name in names {
                copy_whole(&from.join(name), &folder.join(name))?;
            }
        }
        Place::Postgres(address) => {
            let store = Store::open_as_is(place).await?;
            let mut tx = store.read().await?;
            let tables = tx.one(&TABLES, params![]).await?.int("n")?;
            drop(tx);
            store.close().await;
            if tables > 0 {
                let problem = format!(
                    "{} has tables already: restore into an empty database",
                    place.shown()
                );
                return Err(StoreError::Backup(problem));
            }
            postgres::restore(address, &from.join(DUMP)).await?;
        }
    }
    let store = Store::open(place).await?;
    store.close().await;
    Ok(())
}

fn copy_whole(from: &Path, to: &Path) -> Result<(), StoreError> {
    let folder = to.parent().expect("a file in a folder");
    std::fs::create_dir_all(folder).map_err(io(folder))?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(io(folder))?;
    let mut source = std::fs::File::open(from).map_err(io(from))?;
    std::io::copy(&mut source, &mut temporary).map_err(io(from))?;
    temporary.as_file().sync_all().map_err(io(to))?;
    temporary
        .persist(to)
        .map_err(|error| error.error)
        .map_err(io(to))?;
    Ok(())
}

/// The manifest of a backup whose files are all there and unchanged.
fn verified(from: &Path) -> Result<BackupManifest, StoreError> {
    let path = from.join(MANIFEST);
    let text = std::fs::read_to_string(&path).map_err(io(&path))?;
    let manifest: BackupManifest = serde_json::from_str(&text).map_err(|error| {
        StoreError::Backup(format!("{} is no manifest: {error}", path.display()))
    })?;
    for (name, digest) in &manifest.files {
        let inside = Path::new(name)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        let path: PathBuf = from.join(name);
        let bytes = match inside {
            true => std::fs::read(&path).map_err(io(&path))?,
            false => Vec::new(),
        };
        if digest_of(&bytes) != *digest {
            return Err(StoreError::Backup(format!(
                "{} is not what the manifest says: the backup is damaged",
                path.display()
            )));
        }
    }
    Ok(manifest)
}
