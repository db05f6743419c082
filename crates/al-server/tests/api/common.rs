//! A server for a test, and who asks it.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use al_server::label::store::{Moment, Place, Store};
use al_server::label::{Service, first_admin};
use al_server::{ServeOptions, serve};
use serde_json::{Value, json};
use tokio::sync::oneshot;

/// A server on a database of its own; it ends with the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) admin: String,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// That it is a problem of a status, whose detail has these words.
    pub(crate) fn is_problem(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(self.body["status"], status, "{}", self.text);
        let detail = self.body["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
    }
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut ServeOptions)) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Folder(folder.path().to_owned());
        let mut options = ServeOptions {
            listen: "127.0.0.1:0".parse().unwrap(),
            per_second: None,
            ..ServeOptions::default()
        };
        change(&mut options);
        let (tell, told) = mpsc::channel();
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let service = Service::new(Store::open(&place).await.unwrap());
                let token = first_admin(&service.store, Moment::now()).await.unwrap();
                let ready = |address| tell.send((address, token.unwrap())).unwrap();
                let ended = async {
                    let _ = ended.await;
                };
                serve(service, &options, ready, ended).await.unwrap();
            });
        });
        let (address, admin) = told.recv_timeout(Duration::from_secs(30)).unwrap();
        Server {
            address,
            admin,
            end: Some(end),
            thread: Some(thread),
            _folder: folder,
        }
    }

    /// Asks as the admin.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.ask_as(&self.admin, method, path, body)
    }

    pub(crate) fn ask_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let bytes = body.map(|body| ("application/json", body.to_string().into_bytes()));
        self.send(
            method,
            path,
            &[("authorization", &format!("Bearer {token}"))],
            bytes,
        )
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<(&str, Vec<u8>)>,
    ) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let url = format!("http://{}{path}", self.address);
        let mut request = axum::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = match body {
            Some((media, bytes)) => {
                request = request.header("content-type", media);
                bytes
            }
            None => Vec::new(),
        };
        let response = agent.run(request.body(bytes).unwrap()).unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        let bytes = response.into_body().read_to_vec().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        }
    }

    /// A user of a role; the token.
    pub(crate) fn user(&self, name: &str, role: &str) -> String {
        let made = self.ask("POST", "/users", Some(json!({"name": name, "role": role})));
        assert_eq!(made.status, 201, "{}", made.text);
        let tokens = format!("/users/{name}/tokens");
        let token = self.ask("POST", &tokens, Some(json!({})));
        assert_eq!(token.status, 201, "{}", token.text);
        token.body["secret"].as_str().unwrap().to_owned()
    }

    /// `n` rows, a model of them that learns in no time, and a batch; the cycle.
    pub(crate) fn with_batch(&self, n: usize) -> String {
        let rows: Vec<Value> = (0..n)
            .map(
                |at| json!({"name": format!("row {at}"), "properties": {"x": at % 7, "z": at / 7}}),
            )
            .collect();
        let items = json!({"dataset": "rows", "items": rows});
        assert_eq!(self.ask("POST", "/items", Some(items)).status, 201);
        let settings = json!({
            "target": "y", "task": "regression", "learner": "linear", "unit": "nM",
            "features": ["x", "z"],
        });
        let model = json!({"name": "m", "settings": settings});
        assert_eq!(self.ask("POST", "/models", Some(model)).status, 201);
        let select = json!({
            "model_id": "m", "strategy": "random", "batch_size": n, "add": true,
        });
        let chosen = self.ask("POST", "/active-learning/select", Some(select));
        assert_eq!(chosen.status, 201, "{}", chosen.text);
        chosen.body["cycle"]["id"].as_str().unwrap().to_owned()
    }

    /// Ids of the queue.
    pub(crate) fn queue(&self) -> Vec<String> {
        let page = self.ask("GET", "/active-learning/queue?limit=1000", None);
        let items = page.body["items"].as_array().unwrap().iter();
        items
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The address of what is done to an item.
pub(crate) fn of(id: &str, what: &str) -> String {
    format!("/active-learning/queue/{id}/{what}")
}
