//! Whole cycles over the API.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Server, of};

/// Waits for a job to end; the job.
fn ended(server: &Server, id: &str) -> Value {
    for _ in 0..600 {
        let job = server.ask("GET", &format!("/jobs/{id}"), None).body;
        match job["state"].as_str() {
            Some("queued" | "running") => std::thread::sleep(Duration::from_millis(50)),
            _ => return job,
        }
    }
    panic!("the job {id} did not end");
}

#[test]
fn a_cycle_goes_from_items_to_a_version() {
    let server = Server::start();
    let cycle = server.with_batch(40);
    for id in server.queue() {
        let item = server
            .ask("GET", &format!("/active-learning/queue/{id}"), None)
            .body;
        let row = server.ask(
            "GET",
            &format!("/items/{}", item["item_id"].as_str().unwrap()),
            None,
        );
        let x = row.body["properties"]["x"].as_f64().unwrap();
        let z = row.body["properties"]["z"].as_f64().unwrap();
        let body = json!({"label": 3.0 * x - z + 20.0});
        assert_eq!(
            server.ask("POST", &of(&id, "label"), Some(body)).status,
            200
        );
    }
    let path = format!("/active-learning/cycles/{cycle}/retrain");
    let asked = server.ask("POST", &path, Some(json!({})));
    assert_eq!(asked.status, 202, "{}", asked.text);
    let id = asked.body["id"].as_str().unwrap();
    assert_eq!(
        asked.header("location"),
        Some(format!("/jobs/{id}").as_str())
    );
    let job = ended(&server, id);
    assert_eq!(job["state"], "done", "{job}");
    let result = &job["result"];
    assert!(
        result["metrics_after"]["validation"]["rmse"]
            .as_f64()
            .unwrap()
            < 1.0
    );
    let cycles = server
        .ask("GET", "/active-learning/cycles?model_id=m", None)
        .body;
    assert_eq!(cycles["items"][0]["status"], "complete");
    assert_eq!(cycles["items"][0]["trained_model_id"], result["model_id"]);
    // The old version is found, but does not choose any more.
    let old = cycles["items"][0]["model_id"].as_str().unwrap();
    let refused = server.ask(
        "POST",
        "/active-learning/select",
        Some(json!({"model_id": old})),
    );
    refused.is_problem(409, "was superseded");
    let file = server.ask("GET", "/models/m/file", None);
    assert_eq!(file.status, 200);
    assert!(
        file.header("content-disposition")
            .unwrap()
            .contains("m-1.altool")
    );
    let csv = server.ask("GET", "/active-learning/labels?model_id=m", None);
    assert_eq!(csv.text.lines().count(), 41);
    let metrics = server.send("GET", "/metrics", &[], None).text;
    assert!(
        metrics.contains("altool_jobs_total{kind=\"retrain\",outcome=\"done\"} 1"),
        "{metrics}"
    );
    assert!(metrics.contains("altool_queue_items{model=\"m\",status=\"archived\"} 40"));
}

#[test]
fn fifty_who_label_at_once_see_no_error() {
    let server = Server::start();
    server.with_batch(300);
    let token = server.admin.clone();
    let tokens: Vec<String> = (0..50)
        .map(|at| server.user(&format!("p{at}"), "annotator"))
        .collect();
    let labelled: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = tokens
            .iter()
            .map(|token| {
                let server = &server;
                scope.spawn(move || {
                    let mut labelled = 0;
                    loop {
                        let path = "/active-learning/queue/next";
                        let next =
                            server.ask_as(token, "POST", path, Some(json!({"model_id": "m"})));
                        if next.status == 204 {
                            return labelled;
                        }
                        assert_eq!(next.status, 200, "{}", next.text);
                        let id = next.body["item"]["id"].as_str().unwrap();
                        let label = json!({"label": 1.5, "claim_token": next.body["claim_token"]});
                        let answer = server.ask_as(token, "POST", &of(id, "label"), Some(label));
                        assert_eq!(answer.status, 200, "{}", answer.text);
                        labelled += 1;
                    }
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .sum()
    });
    assert_eq!(labelled, 300);
    let stats = server
        .ask_as(&token, "GET", "/active-learning/stats/m", None)
        .body;
    assert_eq!(stats["items_by_status"]["labeled"], 300);
}
