//! How answers look: pages, problems, headers, the description.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::Server;

#[test]
fn the_frameworks_own_errors_are_problems() {
    let server = Server::start();
    server
        .ask("GET", "/nowhere", None)
        .is_problem(404, "there is nothing at this address");
    let wrong = server.ask("DELETE", "/active-learning/queue", None);
    wrong.is_problem(405, "does not know the method");
    assert!(wrong.header("allow").unwrap().contains("GET"));
    let bearer = format!("Bearer {}", server.admin);
    let headers = [("authorization", bearer.as_str())];
    let broken = Some(("application/json", b"{\"name\": ".to_vec()));
    server
        .send("POST", "/users", &headers, broken)
        .is_problem(400, "the body is no JSON");
    let typo = server.ask("GET", "/active-learning/queue?limt=3", None);
    typo.is_problem(422, "limt");
    for limit in ["0", "-1", "1001", "many", "99999999999999999999"] {
        let path = format!("/active-learning/queue?limit={limit}");
        assert_eq!(server.ask("GET", &path, None).status, 422, "{limit}");
    }
}

#[test]
fn lists_come_in_parts() {
    let server = Server::start();
    server.with_batch(25);
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let path = format!("/active-learning/queue?limit=10{cursor}");
        let page = server.ask("GET", &path, None).body;
        for item in page["items"].as_array().unwrap() {
            seen.push(item["id"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (25, 25));
    for list in [
        "/items",
        "/datasets",
        "/models",
        "/users",
        "/jobs",
        "/schedules",
        "/events",
    ] {
        let page = server.ask("GET", list, None);
        assert_eq!(page.status, 200, "{list}");
        assert!(
            page.body["items"].is_array() && page.body.get("next").is_some(),
            "{list}"
        );
    }
}

#[test]
fn queue_items_have_the_names_that_scripts_rely_on() {
    let server = Server::start();
    server.with_batch(3);
    let page = server
        .ask("GET", "/active-learning/queue?status=pending&limit=1", None)
        .body;
    let item = page["items"][0].as_object().unwrap();
    let names = [
        "id",
        "item_id",
        "prediction",
        "uncertainty",
        "applicability_distance",
        "priority_score",
        "selection_strategy",
        "selection_batch",
        "status",
        "assigned_to",
        "label",
        "label_source",
        "label_confidence",
        "labeled_at",
        "labeled_by",
        "notes",
    ];
    for name in names {
        assert!(item.contains_key(name), "{name}");
    }
    let stats = server.ask("GET", "/active-learning/stats/m", None).body;
    for name in [
        "items_by_status",
        "labels_per_cycle",
        "metrics_per_version",
        "agreement",
        "labels_left_until_retrain",
    ] {
        assert!(stats.get(name).is_some(), "{name}");
    }
}

#[test]
fn requests_have_ids() {
    let server = Server::start();
    let own = server.ask("GET", "/users/me", None);
    assert!(!own.header("x-request-id").unwrap().is_empty());
    let named = [("x-request-id", "mine-1")];
    let named = server.send("GET", "/healthz", &named, None);
    assert_eq!(named.header("x-request-id"), Some("mine-1"));
    let hostile = [("x-request-id", "a b; c")];
    let hostile = server.send("GET", "/healthz", &hostile, None);
    assert_ne!(hostile.header("x-request-id"), Some("a b; c"));
}

#[test]
fn the_description_is_served_and_each_operation_has_a_name() {
    let server = Server::start();
    let description = server.send("GET", "/openapi.json", &[], None).body;
    assert!(description["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut ids = Vec::new();
    let mut statuses = BTreeSet::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            ids.push(operation["operationId"].as_str().unwrap().to_owned());
            statuses.extend(operation["responses"].as_object().unwrap().keys().cloned());
        }
    }
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len());
    for status in [
        "401", "403", "404", "409", "412", "413", "415", "422", "429",
    ] {
        assert!(statuses.contains(status), "{status}");
    }
    let promised = [
        ("/active-learning/select", "post"),
        ("/active-learning/queue", "get"),
        ("/active-learning/queue/{item_id}", "get"),
        ("/active-learning/queue/{item_id}/label", "post"),
        ("/active-learning/queue/{item_id}/skip", "post"),
        ("/active-learning/queue/{item_id}/assign", "post"),
        ("/active-learning/cycles", "get"),
        ("/active-learning/cycles/{cycle_id}/retrain", "post"),
        ("/active-learning/stats/{model_id}", "get"),
    ];
    for (path, method) in promised {
        assert!(
            description["paths"][path][method].is_object(),
            "{method} {path}"
        );
    }
    let label = &description["components"]["schemas"]["LabelRequest"];
    assert_eq!(label["additionalProperties"], Value::Bool(false));
    let page = server.send("GET", "/docs/", &[], None);
    assert!(
        page.status == 200 && page.text.contains("swagger"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("https://"), "the page works offline");
    assert_eq!(
        description,
        serde_json::from_str::<Value>(&al_server::description()).unwrap()
    );
}
