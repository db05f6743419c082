//! Who may know whom, read off the manifests.

use std::collections::BTreeSet;

use house::manifests::{WorkspaceMember, manifest, members};
use house::workspace::this_checkout;

/// Crates of this workspace that each crate may depend on.
const MAY_KNOW: [(&str, &[&str]); 19] = [
    ("al-core", &[]),
    ("al-words", &["al-core"]),
    ("al-models", &["al-core"]),
    ("al-sampling", &["al-core"]),
    ("al-hw", &["al-core"]),
    ("al-tables", &["al-core"]),
    ("al-chem", &["al-core"]),
    (
        "al-campaign",
        &["al-core", "al-words", "al-models", "al-tables", "al-chem"],
    ),
    ("al-report", &["al-core", "al-words"]),
    ("al-grid", &["al-core", "al-hw", "al-tables"]),
    (
        "al-select",
        &["al-core", "al-words", "al-sampling", "al-hw", "al-tables"],
    ),
    (
        "al-advise",
        &["al-core", "al-words", "al-hw", "al-tables", "al-select"],
    ),
    (
        "al-backtest",
        &[
            "al-core",
            "al-words",
            "al-sampling",
            "al-tables",
            "al-campaign",
            "al-select",
        ],
    ),
    (
        "al-pipeline",
        &[
            "al-core",
            "al-words",
            "al-models",
            "al-sampling",
            "al-hw",
            "al-tables",
            "al-chem",
            "al-campaign",
            "al-report",
            "al-grid",
            "al-select",
            "al-advise",
            "al-backtest",
        ],
    ),
    ("al-store", &["al-core"]),
    ("al-label", &["al-core", "al-pipeline", "al-store"]),
    ("al-server", &["al-core", "al-label"]),
    (
        "altool",
        &["al-core", "al-words", "al-pipeline", "al-server"],
    ),
    ("house", &[]),
];

/// Crates of others that one crate only may depend on. A name that ends in a
/// hyphen stands for all that begin with it.
const AT_HOME: [(&str, &str); 15] = [
    ("polars", "al-tables"),
    ("polars-", "al-tables"),
    ("csv", "al-tables"),
    ("hessboost", "al-models"),
    ("smartcore", "al-models"),
    ("chematic", "al-chem"),
    ("chematic-", "al-chem"),
    ("sqlx", "al-store"),
    ("croner", "al-label"),
    ("axum", "al-server"),
    ("axum-", "al-server"),
    ("tower", "al-server"),
    ("ureq", "al-server"),
    ("anyhow", "altool"),
    ("syn", "house"),
];

fn of_this_workspace() -> Vec<WorkspaceMember> {
    members(&this_checkout()).expect("readable manifests")
}

#[test]
fn crates_know_only_those_below_them() {
    let members = of_this_workspace();
    let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    for member in &members {
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == member.name) else {
            panic!(
                "{}: say in this test and in docs/ARCHITECTURE.md what it may know",
                member.name
            );
        };
        for dependency in member.dependencies() {
            assert!(
                !names.contains(dependency.as_str()) || allowed.contains(&dependency.as_str()),
                "{} must not depend on {dependency}",
                member.name
            );
        }
    }
    for (name, _) in MAY_KNOW {
        assert!(
            names.contains(name),
            "there is no crate {name}: remove it here"
        );
    }
}

#[test]
fn each_library_of_others_has_one_home() {
    for member in of_this_workspace() {
        for dependency in member.dependencies() {
            for (library, home) in AT_HOME {
                let meant = dependency == library
                    || library.ends_with('-') && dependency.starts_with(library);
                assert!(
                    !meant || member.name == home,
                    "{} must not depend on {dependency}: only {home} does",
                    member.name
                );
            }
        }
    }
}

#[test]
fn every_crate_follows_the_workspaces_lints() {
    for member in of_this_workspace() {
        let lints = member.manifest.get("lints");
        let workspace = lints.and_then(|lints| lints.get("workspace"));
        assert_eq!(
            workspace.and_then(toml::Value::as_bool),
            Some(true),
            "{} lacks [lints] workspace = true",
            member.name
        );
    }
    let workspace = manifest(&this_checkout().join("Cargo.toml")).expect("a manifest");
    let lints = &workspace["workspace"]["lints"]["rust"];
    assert_eq!(lints["unsafe_code"].as_str(), Some("deny"));
}
