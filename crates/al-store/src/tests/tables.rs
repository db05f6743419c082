//! Statements, migrations and artefacts.

use sqlx::{Executor, Row, SqlSafeStr};

use super::{NOON, all, both, row, sqlite, untrained, variable};
use crate::error::StoreError;
use crate::statement::Statement;
use crate::{
    Moment, NewToken, Place, QueuePlace, QueueStatus, RememberedRequest, Store, UserRole, backup,
    check, restore, secret,
};

fn statements() -> Vec<&'static Statement> {
    [
        crate::annotations::ALL,
        crate::artefacts::ALL,
        crate::backup::ALL,
        crate::cycles::ALL,
        crate::events::ALL,
        crate::idempotency::ALL,
        crate::items::ALL,
        crate::jobs::ALL,
        crate::queue::ALL,
        crate::queue::claims_statements(),
        crate::queue::writes_statements(),
        crate::registry::ALL,
        crate::schedules::ALL,
        crate::users::ALL,
    ]
    .concat()
}

#[tokio::test]
async fn every_statement_is_prepared_on_sqlite() {
    let database = sqlite().await;
    let pool = database.store.sqlite_writer().unwrap();
    let mut connection = pool.acquire().await.unwrap();
    for statement in statements() {
        let prepared = connection.prepare(statement.sqlite.into_sql_str()).await;
        assert!(prepared.is_ok(), "{}: {prepared:?}", statement.name);
    }
}

#[tokio::test]
async fn every_statement_is_prepared_on_postgres() {
    let Some(database) = super::postgres().await else {
        return;
    };
    let pool = database.store.postgres_pool().unwrap();
    let mut connection = pool.acquire().await.unwrap();
    for statement in statements() {
        let prepared = connection.prepare(statement.postgres.into_sql_str()).await;
        assert!(prepared.is_ok(), "{}: {prepared:?}", statement.name);
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    let Some(database) = super::postgres().await else {
        return;
    };
    let pool = database.store.postgres_pool().unwrap();
    let of_postgres: Vec<String> = sqlx::query(
        "SELECT table_name || '.' || column_name || ' ' || is_nullable AS c \
         FROM information_schema.columns WHERE table_schema = current_schema() \
         AND table_name <> '_sqlx_migrations' ORDER BY 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
    .iter()
    .map(|row| row.get("c"))
    .collect();
    let file = sqlite().await;
    let of_sqlite: Vec<String> = sqlx::query(
        "SELECT m.name || '.' || c.name || ' ' || \
         CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN 'NO' ELSE 'YES' END AS c \
         FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name <> '_sqlx_migrations' \
         AND m.name NOT LIKE 'sqlite_%' ORDER BY 1",
    )
    .fetch_all(file.store.sqlite_writer().unwrap())
    .await
    .unwrap()
    .iter()
    .map(|row| row.get("c"))
    .collect();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    assert_eq!(sorted(of_postgres), sorted(of_sqlite));

    let uniques = |rows: Vec<String>| {
        let mut rows: Vec<String> = rows
            .into_iter()
            .map(|text| {
                text.to_lowercase()
                    .replace([' ', '"'], "")
                    .replace("usingbtree", "")
            })
            .collect();
        rows.sort();
        rows
    };
    let of_postgres: Vec<String> = sqlx::query(
        "SELECT i.relname AS name FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid \
         JOIN pg_namespace n ON n.oid = i.relnamespace \
         WHERE n.nspname = current_schema() AND x.indpred IS NOT NULL",
    )
    .fetch_all(pool)
    .await
    .unwrap()
    .iter()
    .map(|row| row.get("name"))
    .collect();
    let of_sqlite: Vec<String> =
        sqlx::query("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
            .fetch_all(file.store.sqlite_writer().unwrap())
            .await
            .unwrap()
            .iter()
            .map(|row| row.get("name"))
            .collect();
    assert_eq!(uniques(of_postgres), uniques(of_sqlite));
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        static NEWER: Statement = Statement {
            name: "NEWER",
            sqlite: "INSERT INTO _sqlx_migrations \
                     (version, description, success, checksum, execution_time) \
                     VALUES (9999, 'later', true, x'', 0)",
            postgres: "INSERT INTO _sqlx_migrations \
                       (version, description, success, checksum, execution_time) \
                       VALUES (9999, 'later', true, '', 0)",
        };
        tx.run(&NEWER, &[]).await.unwrap();
        tx.commit().await.unwrap();
        let opened = Store::open(&database.place).await;
        let Err(StoreError::Newer { found, .. }) = opened else {
            panic!("{opened:?}");
        };
        assert_eq!(found, 9999);
    }
}

#[tokio::test]
async fn artefacts_are_kept_by_their_digest() {
    for database in both().await {
        let store = &database.store;
        let digest = store.put_artefact(b"a model", NOON).await.unwrap();
        assert_eq!(digest, store.put_artefact(b"a model", NOON).await.unwrap());
        assert_eq!(store.artefact(&digest).await.unwrap(), b"a model");
        assert!(store.artefact(&"0".repeat(64)).await.is_err());
        assert!(store.artefact("../../etc/passwd").await.is_err());
    }
    // What a killed process left half written is found out and written again.
    let database = sqlite().await;
    let digest = database.store.put_artefact(b"a model", NOON).await.unwrap();
    let Place::Folder(folder) = &database.place else {
        panic!("a folder");
    };
    let file = folder.join("artefacts").join(&digest[..2]).join(&digest);
    std::fs::write(&file, b"a mo").unwrap();
    let damaged = database.store.artefact(&digest).await.unwrap_err();
    assert!(damaged.to_string().contains("was changed"), "{damaged}");
    database.store.put_artefact(b"a model", NOON).await.unwrap();
    assert!(database.store.artefact(&digest).await.is_ok());
}

#[tokio::test]
async fn users_have_one_name_and_tokens_no_secret() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        let anna = tx.add_user("anna", UserRole::Admin, NOON).await.unwrap();
        let token = secret("alt_").unwrap();
        let new = NewToken {
            user_id: &anna.id,
            secret: &token,
            scopes: &["read", "label"],
            expires_at: Some(Moment(NOON.0 + 1)),
        };
        let record = tx.add_token(&new, NOON).await.unwrap();
        assert_eq!(tx.token_of(&token).await.unwrap(), Some(record.clone()));
        assert_eq!(tx.token_of("alt_other").await.unwrap(), None);
        assert_eq!(tx.live_tokens(NOON).await.unwrap(), 1);
        assert_eq!(tx.live_tokens(Moment(NOON.0 + 1)).await.unwrap(), 0);
        assert!(tx.revoke_token(&record.id, &anna.id, NOON).await.unwrap());
        assert!(!tx.revoke_token(&record.id, &anna.id, NOON).await.unwrap());
        assert_eq!(tx.live_tokens(NOON).await.unwrap(), 0);
        assert_eq!(tx.user("anna").await.unwrap(), Some(anna.clone()));
        tx.commit().await.unwrap();
        let mut tx = database.store.begin().await.unwrap();
        let again = tx.add_user("anna", UserRole::Lead, NOON).await;
        assert!(matches!(again, Err(StoreError::Duplicate { .. })));
    }
}

#[tokio::test]
async fn items_are_one_per_key_and_pages_follow_each_other() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        let set = tx.dataset_named("compounds", NOON).await.unwrap();
        assert_eq!(set, tx.dataset_named("compounds", NOON).await.unwrap());
        let mut items: Vec<_> = (0..2500).map(|at| row(&format!("row {at}"))).collect();
        items.push(row("row 3"));
        assert_eq!(tx.add_items(&set.id, &items, NOON).await.unwrap(), 2500);
        assert_eq!(tx.add_items(&set.id, &items, NOON).await.unwrap(), 0);
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = tx
                .items(Some(&set.id), after.as_deref(), 700)
                .await
                .unwrap();
            seen.extend(page.items.into_iter().map(|item| item.key));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen.len(), 2500);
        assert_eq!(seen[17], "row 17");
        let found = tx
            .items_of_keys(&["row 9".to_owned(), "nothing".to_owned()], None)
            .await
            .unwrap();
        assert_eq!(found.len(), 1);
    }
}

#[tokio::test]
async fn the_queue_is_listed_by_priority_with_equal_ones_by_id() {
    for database in both().await {
        let (_, model) = database.with_queue(30).await;
        let mut tx = database.store.read().await.unwrap();
        let (mut place, mut seen) = (None, Vec::new());
        loop {
            let page = tx.queue(&all(), place.as_ref(), 7, NOON).await.unwrap();
            seen.extend(page.items.iter().map(|item| item.priority_score));
            match page.next {
                Some(next) => place = Some(QueuePlace::parse(&next).unwrap()),
                None => break,
            }
        }
        let expected: Vec<f64> = (0..30).map(|at| -f64::from(at)).collect();
        assert_eq!(seen, expected);
        let mut filter = all();
        filter.status = Some(QueueStatus::Labeled);
        assert!(
            tx.queue(&filter, None, 7, NOON)
                .await
                .unwrap()
                .items
                .is_empty()
        );
        filter.status = Some(QueueStatus::Pending);
        filter.model_id = Some(model);
        assert_eq!(
            tx.queue(&filter, None, 70, NOON).await.unwrap().items.len(),
            30
        );
    }
    assert_eq!(QueuePlace::parse("zz"), None);
    assert_eq!(QueuePlace::parse("7ff8000000000000id"), None);
    assert_eq!(QueuePlace::parse("3ff0000000000000a'b"), None);
}

#[tokio::test]
async fn what_is_not_committed_is_not_there() {
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        tx.add_user("anna", UserRole::Admin, NOON).await.unwrap();
        drop(tx);
        let mut tx = database.store.read().await.unwrap();
        assert_eq!(tx.user("anna").await.unwrap(), None);
        // A transaction that reads cannot write.
        assert!(tx.add_user("anna", UserRole::Admin, NOON).await.is_err());
    }
}

#[tokio::test]
async fn text_with_sql_in_it_is_text() {
    let hostile = "x'; DROP TABLE users; -- \" \\ $1 ?1";
    for database in both().await {
        let mut tx = database.store.begin().await.unwrap();
        let user = tx.add_user(hostile, UserRole::Lead, NOON).await.unwrap();
        assert_eq!(tx.user(hostile).await.unwrap(), Some(user));
        let set = tx.dataset_named(hostile, NOON).await.unwrap();
        let mut item = row(hostile);
        item.name = Some(hostile.to_owned());
        item.properties.insert(hostile.to_owned(), hostile.into());
        tx.add_items(&set.id, &[item], NOON).await.unwrap();
        let found = tx.items_named(hostile).await.unwrap();
        assert_eq!(found[0].properties[hostile], hostile);
        assert_eq!(tx.dataset(hostile).await.unwrap().unwrap().items, 1);
    }
}

#[tokio::test]
async fn a_request_is_answered_once() {
    for database in both().await {
        let (user, _) = database.with_queue(1).await;
        let mut tx = database.store.begin().await.unwrap();
        let first = tx.remember(&user, "key", "digest", NOON).await.unwrap();
        assert_eq!(first, RememberedRequest::New);
        let answer = serde_json::json!({"status": 200});
        tx.answered(&user, "key", &answer).await.unwrap();
        let second = tx.remember(&user, "key", "digest", NOON).await.unwrap();
        assert_eq!(second, RememberedRequest::Done(answer));
        let other = tx.remember(&user, "key", "another", NOON).await.unwrap();
        assert_eq!(other, RememberedRequest::Other);
        tx.forget_answers(Moment(NOON.0 + 8 * 24 * 3_600_000_000))
            .await
            .unwrap();
        let later = tx.remember(&user, "key", "another", NOON).await.unwrap();
        assert_eq!(later, RememberedRequest::New);
    }
}

#[tokio::test]
async fn a_backup_is_restored_and_a_damaged_one_refused() {
    for database in both().await {
        let (_, model) = database.with_queue(5).await;
        let digest = database.store.put_artefact(b"a model", NOON).await.unwrap();
        let mut tx = database.store.begin().await.unwrap();
        tx.supersede(&model).await.unwrap();
        let mut new = untrained("solubility");
        (new.version, new.artefact) = (1, Some(digest.as_str()));
        tx.add_model(&new, NOON).await.unwrap();
        tx.commit().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("copy");
        let made = backup(&database.store, &copy).await;
        if let (Err(StoreError::Program { problem, .. }), Place::Postgres(_)) =
            (&made, &database.place)
            && variable("ALTOOL_RAN").is_none()
        {
            // A machine without PostgreSQL's client programs.
            assert!(problem.contains("install"), "{problem}");
            continue;
        }
        made.unwrap();
        assert!(backup(&database.store, &copy).await.is_err());
        let again = restore(&copy, &database.place).await.unwrap_err();
        assert!(again.to_string().contains("already"), "{again}");
        let restored = match &database.place {
            Place::Folder(_) => Place::Folder(folder.path().join("restored")),
            Place::Postgres(_) => {
                let empty = super::postgres().await.unwrap();
                let pool = empty.store.postgres_pool().unwrap();
                let dropped = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
                sqlx::raw_sql(dropped).execute(pool).await.unwrap();
                empty.store.close().await;
                empty.place
            }
        };
        restore(&copy, &restored).await.unwrap();
        let store = Store::open(&restored).await.unwrap();
        let found = check(&store).await.unwrap();
        assert_eq!(found.problems, Vec::<String>::new());
        assert_eq!((found.items, found.models), (5, 2));
        assert_eq!(store.artefact(&digest).await.unwrap(), b"a model");
        // One byte more in any file of it.
        let manifest = std::fs::read_to_string(copy.join("manifest.json")).unwrap();
        let name = ["labels.sqlite", "database.dump"]
            .into_iter()
            .find(|name| manifest.contains(name))
            .unwrap();
        let mut bytes = std::fs::read(copy.join(name)).unwrap();
        bytes.push(0);
        std::fs::write(copy.join(name), bytes).unwrap();
        let damaged = restore(&copy, &restored).await.unwrap_err();
        assert!(damaged.to_string().contains("damaged"), "{damaged}");
    }
}

/// The databases of every version of the tables so far.
fn old_versions() -> Vec<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/labels");
    let mut versions: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    versions.sort();
    assert!(!versions.is_empty());
    versions
}

/// What every old database holds.
async fn holds_what_it_held(store: &Store) {
    let found = check(store).await.unwrap();
    assert_eq!(found.problems, Vec::<String>::new());
    assert_eq!((found.items, found.judgements, found.models), (24, 24, 2));
    assert_eq!(found.version, found.newest);
    let mut tx = store.read().await.unwrap();
    let user = tx.user("anna").await.unwrap().unwrap();
    assert_eq!(user.role, UserRole::Lead);
    let counts = tx.queue_counts("m", NOON).await.unwrap();
    assert_eq!(counts.archived, 24);
}

#[tokio::test]
async fn databases_of_every_version_are_brought_up_to_date() {
    for version in old_versions() {
        let folder = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(version.join("sqlite.sql")).unwrap();
        let file = folder.path().join("labels.sqlite");
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            // The tables of a dump stand in the order of their names.
            .foreign_keys(false);
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(text))
            .execute(&pool)
            .await
            .unwrap();
        pool.close().await;
        for kept in walk(&version.join("artefacts")) {
            let name = kept.file_name().unwrap().to_str().unwrap().to_owned();
            let into = folder.path().join("artefacts").join(&name[..2]);
            std::fs::create_dir_all(&into).unwrap();
            std::fs::copy(&kept, into.join(&name)).unwrap();
        }
        let place = Place::Folder(folder.path().to_owned());
        let store = Store::open(&place).await.unwrap();
        holds_what_it_held(&store).await;

        let Some(database) = super::postgres().await else {
            continue;
        };
        let pool = database.store.postgres_pool().unwrap();
        let empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
        sqlx::raw_sql(empty).execute(pool).await.unwrap();
        database.store.close().await;
        let Place::Postgres(address) = &database.place else {
            panic!("a PostgreSQL");
        };
        let read = std::process::Command::new("psql")
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-d", address, "-f"])
            .arg(version.join("postgres.sql"))
            .output()
            .expect("psql");
        assert!(read.status.success(), "{read:?}");
        let store = Store::open(&database.place).await.unwrap();
        holds_what_it_held(&store).await;
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files.extend(walk(&path)),
            false => files.push(path),
        }
    }
    files
}
