//! Runs each verb: a request, and what is shown of its answer.

use std::time::Duration;

use al_core::Fault;
use al_server::{Desk, DeskRequest, encoded, run_jobs};
use serde_json::{Map, Value, json};

use super::args::{
    ImportArgs, InitArgs, LabelTaskName, LabelVerb, NextArgs, PickArgs, QueueArgs, SubmitArgs,
};
use super::batches::{JobsArgs, ResultsArgs, RetrainArgs};
use super::files::{export, order, read, table};
use super::requests::{cycle_of, with};
use super::show::{ShownAnswer, show};
use crate::args::store::DeskArgs;
use crate::commands::CommandContext;
use crate::commands::service::desk;
use crate::exit::Outcome;

/// How often a job of a server is looked at.
const LOOK: Duration = Duration::from_millis(500);

pub(super) fn run(verb: &LabelVerb, context: &CommandContext) -> anyhow::Result<Outcome> {
    crate::commands::service::run(async {
        let desk = desk(of_desk(verb), context).await?;
        let outcome = ran(verb, &desk, context).await;
        if let Some(service) = desk.service() {
            service.store.close().await;
        }
        outcome
    })
}

fn of_desk(verb: &LabelVerb) -> &DeskArgs {
    match verb {
        LabelVerb::Init(args) => &args.desk,
        LabelVerb::Import(args) => &args.desk,
        LabelVerb::Select(args) => &args.desk,
        LabelVerb::Queue(args) => &args.desk,
        LabelVerb::Next(args) => &args.desk,
        LabelVerb::Submit(args) => &args.desk,
        LabelVerb::Skip(args) => &args.desk,
        LabelVerb::Assign(args) => &args.desk,
        LabelVerb::Requeue(args) => &args.desk,
        LabelVerb::Undo(args) => &args.desk,
        LabelVerb::Results(args) => &args.desk,
        LabelVerb::Retrain(args) => &args.desk,
        LabelVerb::Cycles(args) => &args.desk,
        LabelVerb::Jobs(args) => &args.desk,
        LabelVerb::Order(args) => &args.desk,
        LabelVerb::Export(args) => &args.desk,
        LabelVerb::Stats(args) => &args.desk,
    }
}

async fn ran(verb: &LabelVerb, desk: &Desk, context: &CommandContext) -> anyhow::Result<Outcome> {
    match verb {
        LabelVerb::Init(args) => {
            let model = init(args, desk, context).await?;
            show(ShownAnswer::Model, &model, &args.format)
        }
        LabelVerb::Import(args) => {
            let imported = desk.json(import(args)?).await?;
            show(ShownAnswer::Imported, &imported, &args.format)
        }
        LabelVerb::Select(args) => {
            let selection = desk.json(select(args, context)?).await?;
            context.log.warnings(&warnings_of(&selection));
            show(ShownAnswer::Selection, &selection, &args.format)
        }
        LabelVerb::Queue(args) => {
            let page = desk.json(queue(args)).await?;
            show(ShownAnswer::Queue, &page, &args.format)
        }
        LabelVerb::Next(args) => {
            let held = desk.json(next(args)).await?;
            if held.is_null() {
                context.log.note("there is nothing to label");
                return Ok(Outcome::NothingLeft);
            }
            show(ShownAnswer::Item, &held["item"], &args.format)
        }
        LabelVerb::Submit(args) => {
            let item = desk.json(submit(args)).await?;
            show(ShownAnswer::Item, &item, &args.format)
        }
        LabelVerb::Skip(args) => {
            let path = item_path(&args.item, "skip");
            let item = desk
                .json(DeskRequest::post(path, &json!({"reason": args.reason})))
                .await?;
            show(ShownAnswer::Item, &item, &args.format)
        }
        LabelVerb::Assign(args) => {
            let mut body = json!({"user_id": args.user});
            if let Some(lease) = args.lease {
                body["lease_seconds"] = json!(lease);
            }
            let path = item_path(&args.item, "assign");
            let item = desk.json(DeskRequest::post(path, &body)).await?;
            show(ShownAnswer::Item, &item, &args.format)
        }
        LabelVerb::Requeue(args) => {
            let path = item_path(&args.item, "requeue");
            let item = desk.json(DeskRequest::post(path, &json!({}))).await?;
            show(ShownAnswer::Item, &item, &args.format)
        }
        LabelVerb::Undo(args) => {
            let body = match &args.action {
                Some(action) => json!({"action_id": action}),
                None => json!({}),
            };
            let undone = desk
                .json(DeskRequest::post("/active-learning/undo", &body))
                .await?;
            show(ShownAnswer::Undone, &undone, &args.format)
        }
        LabelVerb::Results(args) => {
            let report = desk.json(results(args)?).await?;
            show(ShownAnswer::Results, &report, &args.format)
        }
        LabelVerb::Retrain(args) => {
            let job = retrain(args, desk, context).await?;
            show(ShownAnswer::Job, &job, &args.format)
        }
        LabelVerb::Cycles(args) => {
            let path = match &args.model {
                Some(model) => format!(
                    "/active-learning/cycles?limit=1000&model_id={}",
                    encoded(model)
                ),
                None => "/active-learning/cycles?limit=1000".to_owned(),
            };
            let page = desk.json(DeskRequest::get(path)).await?;
            show(ShownAnswer::Cycles, &page, &args.format)
        }
        LabelVerb::Jobs(args) => {
            let page = jobs(args, desk).await?;
            show(ShownAnswer::Jobs, &page, &args.format)
        }
        LabelVerb::Order(args) => order(args, desk).await,
        LabelVerb::Export(args) => export(args, desk).await,
        LabelVerb::Stats(args) => {
            let path = format!("/active-learning/stats/{}", encoded(&args.model));
            let stats = desk.json(DeskRequest::get(path)).await?;
            show(ShownAnswer::Stats, &stats, &args.format)
        }
    }
}

fn warnings_of(answer: &Value) -> Vec<al_core::Message> {
    let warnings = answer["warnings"].as_array().into_iter().flatten();
    let said = warnings.filter_map(Value::as_str);
    said.map(|text| al_core::Message::from(text.to_owned()))
        .collect()
}

fn item_path(item: &str, what: &str) -> String {
    format!("/active-learning/queue/{}/{what}", encoded(item))
}

/// Adds a field, if there is something to say.
fn field(body: &mut Map<String, Value>, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), value.into());
    }
}

async fn init(args: &InitArgs, desk: &Desk, context: &CommandContext) -> anyhow::Result<Value> {
    if let Some(file) = &args.model {
        let bytes = read(file)?;
        let path = format!("/models/{}/file", encoded(&args.name));
        let media = "application/octet-stream";
        return Ok(desk
            .json(DeskRequest::upload("PUT", path, media, bytes))
            .await?);
    }
    let mut settings = Map::new();
    field(&mut settings, "target", args.target.clone());
    let task = match args.task {
        LabelTaskName::Regression => "regression",
        LabelTaskName::Classification => "classification",
    };
    field(&mut settings, "task", Some(task));
    field(&mut settings, "unit", args.unit.clone());
    field(&mut settings, "learner", args.learner.clone());
    field(&mut settings, "holdout", args.holdout);
    field(&mut settings, "seed", context.seed);
    let direction = args.direction.as_deref().map(|side| match side {
        "min" => "minimise",
        _ => "maximise",
    });
    field(&mut settings, "direction", direction);
    settings.insert("molecules".to_owned(), json!(args.molecules));
    settings.insert("standardise".to_owned(), json!(args.standardise));
    settings.insert("log_target".to_owned(), json!(args.log_target));
    settings.insert("classes".to_owned(), json!(args.classes));
    settings.insert("features".to_owned(), json!(args.features));
    let body = json!({"name": args.name, "settings": settings});
    Ok(desk.json(DeskRequest::post("/models", &body)).await?)
}

fn yes(flag: bool) -> Option<String> {
    flag.then(|| "true".to_owned())
}

fn import(args: &ImportArgs) -> anyhow::Result<DeskRequest> {
    let (media, bytes) = table(&args.file)?;
    let path = with(
        "/items/upload",
        &[
            ("dataset", Some(args.dataset.clone())),
            ("smiles_column", args.smiles.clone()),
            ("rows_only", yes(args.rows_only)),
            ("name_column", args.name.clone()),
            ("standardise", yes(args.standardise)),
            ("skip_unreadable", yes(args.skip_unreadable)),
        ],
    );
    Ok(DeskRequest::upload("POST", path, media, bytes))
}

/// The two sides of NAME=NUMBER.
fn pair<T: std::str::FromStr>(flag: &str, text: &str) -> anyhow::Result<(String, T)> {
    let parsed = text
        .rsplit_once('=')
        .and_then(|(name, number)| Some((name.to_owned(), number.parse().ok()?)));
    parsed.ok_or_else(|| {
        Fault::usage(format!("{flag} {text} is not NAME=NUMBER"))
            .remedy("write it as --help shows it")
            .into()
    })
}

fn select(args: &PickArgs, context: &CommandContext) -> anyhow::Result<DeskRequest> {
    let mut body = Map::new();
    field(&mut body, "model_id", Some(args.model.clone()));
    field(&mut body, "batch_size", Some(args.count));
    field(&mut body, "pool", args.pool.clone());
    field(&mut body, "strategy", args.strategy.clone());
    field(&mut body, "rule", args.rule.clone());
    field(&mut body, "batch", args.batch.clone());
    field(&mut body, "seed", context.seed);
    field(&mut body, "judgements", Some(args.judgements));
    body.insert("exclude_labeled".to_owned(), json!(!args.include_labeled));
    body.insert("add".to_owned(), json!(!args.dry_run));
    if !args.weights.is_empty() {
        let mut weights = Map::new();
        for text in &args.weights {
            let (part, weight) = pair::<f64>("--weights", text)?;
            weights.insert(part, json!(weight));
        }
        body.insert("weights".to_owned(), weights.into());
    }
    if !args.at_most.is_empty() {
        let mut limits = Map::new();
        for text in &args.at_most {
            let (column, most) = pair::<u32>("--at-most", text)?;
            limits.insert(column, json!(most));
        }
        body.insert("limits".to_owned(), limits.into());
    }
    Ok(DeskRequest::post("/active-learning/select", &body.into()))
}

fn queue(args: &QueueArgs) -> DeskRequest {
    DeskRequest::get(with(
        "/active-learning/queue",
        &[
            ("model_id", args.model.clone()),
            ("status", args.status.clone()),
            ("assigned_to", args.assigned_to.clone()),
            ("limit", Some(args.limit.to_string())),
        ],
    ))
}

fn next(args: &NextArgs) -> DeskRequest {
    let mut body = Map::new();
    field(&mut body, "model_id", args.model.clone());
    field(&mut body, "lease_seconds", args.lease);
    DeskRequest::post("/active-learning/queue/next", &body.into())
}

fn submit(args: &SubmitArgs) -> DeskRequest {
    let mut body = Map::new();
    // A number is sent as one: that of a class is its name.
    let number = args
        .label
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite());
    match number {
        Some(number) => body.insert("label".to_owned(), json!(number)),
        None => body.insert("label".to_owned(), json!(args.label)),
    };
    field(&mut body, "source", args.source.clone());
    field(&mut body, "confidence", args.confidence.clone());
    field(&mut body, "notes", args.notes.clone());
    field(&mut body, "unit", args.unit.clone());
    field(&mut body, "qualifier", args.qualifier.clone());
    let mut request = DeskRequest::post(item_path(&args.item, "label"), &body.into());
    if let Some(key) = &args.key {
        request.headers.push(("idempotency-key", key.clone()));
    }
    request
}

fn results(args: &ResultsArgs) -> anyhow::Result<DeskRequest> {
    let (media, bytes) = table(&args.file)?;
    let path = with(
        "/active-learning/results",
        &[
            ("model_id", Some(args.model.clone())),
            ("preview", yes(args.preview)),
            ("label_column", args.label.clone()),
            ("id_column", args.id.clone()),
            ("smiles_column", args.smiles.clone()),
            ("unit", args.unit.clone()),
            ("source", args.source.clone()),
            ("confidence", args.confidence.clone()),
        ],
    );
    Ok(DeskRequest::upload("POST", path, media, bytes))
}

async fn retrain(
    args: &RetrainArgs,
    desk: &Desk,
    context: &CommandContext,
) -> anyhow::Result<Value> {
    let cycle = cycle_of(desk, &args.cycle).await?;
    let path = format!("/active-learning/cycles/{}/retrain", encoded(&cycle));
    let body = json!({"min_new_labels": args.min_new_labels});
    let job = desk.json(DeskRequest::post(path, &body)).await?;
    let id = job["id"].as_str().unwrap_or_default().to_owned();
    let read = || DeskRequest::get(format!("/jobs/{}", encoded(&id)));
    match desk.service() {
        Some(service) => {
            let progress = context.progress();
            al_core::Progress::stage(&progress, "training", 0);
            run_jobs(service).await?;
        }
        None if args.wait => {
            while matches!(
                desk.json(read()).await?["state"].as_str(),
                Some("queued" | "running")
            ) {
                std::thread::sleep(LOOK);
            }
        }
        None => {}
    }
    let job = desk.json(read()).await?;
    match job["state"].as_str() {
        Some("failed" | "dead") => {
            let why = job["error"].as_str().unwrap_or("it failed").to_owned();
            Err(Fault::failed(format!("the model was not retrained: {why}")).into())
        }
        _ => Ok(job),
    }
}

async fn jobs(args: &JobsArgs, desk: &Desk) -> anyhow::Result<Value> {
    if args.run {
        let Some(service) = desk.service() else {
            return Err(Fault::usage("the jobs of a server are run by its workers")
                .remedy("leave --run out")
                .into());
        };
        run_jobs(service).await?;
    }
    let what = [(&args.cancel, "cancel"), (&args.retry, "retry")];
    for (job, what) in what {
        if let Some(job) = job {
            let path = format!("/jobs/{}/{what}", encoded(job));
            desk.json(DeskRequest::post(path, &json!({}))).await?;
        }
    }
    Ok(desk.json(DeskRequest::get("/jobs?limit=1000")).await?)
}
