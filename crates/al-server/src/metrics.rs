//! What Prometheus reads.

use std::sync::atomic::AtomicU64;

use al_label::store::{Moment, Store};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Bounds of the times of requests, in seconds.
const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    path: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PathLabels {
    path: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    kind: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    model: String,
    status: String,
}

/// Counts and times of requests and jobs.
pub(crate) struct ServerMetrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<PathLabels, Histogram, fn() -> Histogram>,
    jobs: Family<JobLabels, Counter>,
    queue: Family<QueueLabels, Gauge<f64, AtomicU64>>,
}

impl ServerMetrics {
    pub(crate) fn new() -> ServerMetrics {
        let mut registry = Registry::with_prefix("altool");
        let requests = Family::default();
        let seconds: Family<PathLabels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        let jobs = Family::default();
        let queue = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register(
            "http_request_seconds",
            "Time until a request was answered",
            seconds.clone(),
        );
        registry.register("jobs", "Jobs that ended", jobs.clone());
        registry.register("queue_items", "Items of the label queue", queue.clone());
        ServerMetrics {
            registry,
            requests,
            seconds,
            jobs,
            queue,
        }
    }

    /// Notes a request that was answered. `path` is the route, not the address.
    pub(crate) fn request(&self, method: &str, path: &str, status: u16, seconds: f64) {
        let labels = RequestLabels {
            method: method.to_owned(),
            path: path.to_owned(),
            status,
        };
        self.requests.get_or_create(&labels).inc();
        let labels = PathLabels {
            path: path.to_owned(),
        };
        self.seconds.get_or_create(&labels).observe(seconds);
    }

    /// Notes a job that ended.
    pub(crate) fn job(&self, kind: &str, outcome: &str) {
        let labels = JobLabels {
            kind: kind.to_owned(),
            outcome: outcome.to_owned(),
        };
        self.jobs.get_or_create(&labels).inc();
    }

    /// All of it as text, with the queue as it stands.
    pub(crate) async fn text(&self, store: &Store) -> Result<String, al_label::store::StoreError> {
        let mut tx = store.read().await?;
        let active = al_label::store::ModelState::Active;
        for model in tx.models(Some(active), None, 1000).await?.items {
            let counts = tx.queue_counts(&model.name, Moment::now()).await?;
            let all = [
                ("pending", counts.pending),
                ("in_progress", counts.in_progress),
                ("labeled", counts.labeled),
                ("skipped", counts.skipped),
                ("archived", counts.archived),
            ];
            for (status, n) in all {
                let labels = QueueLabels {
                    model: model.name.clone(),
                    status: status.to_owned(),
                };
                self.queue.get_or_create(&labels).set(n as f64);
            }
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("text takes all that is written");
        Ok(text)
    }
}
