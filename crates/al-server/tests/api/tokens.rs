//! Who may do what.

use serde_json::json;

use crate::common::{Server, of};

#[test]
fn nobody_asks_without_a_token() {
    let server = Server::start();
    let refused = server.send("GET", "/active-learning/queue", &[], None);
    refused.is_problem(401, "nobody is signed in");
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer")
    );
    for token in ["", "nonsense", "altool_0000"] {
        let refused = server.ask_as(token, "GET", "/active-learning/queue", None);
        assert_eq!(refused.status, 401, "{token}");
    }
    let basic = [("authorization", "Basic YWRtaW46YWRtaW4=")];
    assert_eq!(server.send("GET", "/items", &basic, None).status, 401);
    for open in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
        assert_eq!(server.send("GET", open, &[], None).status, 200, "{open}");
    }
}

#[test]
fn roles_have_their_bounds() {
    let server = Server::start();
    let cycle = server.with_batch(4);
    let (anna, lea) = (server.user("anna", "annotator"), server.user("lea", "lead"));
    let id = server.queue()[0].clone();
    let leads = [
        (
            "/items",
            json!({"dataset": "d", "items": [{"properties": {"a": 1}}]}),
        ),
        (
            "/active-learning/select",
            json!({"model_id": "m", "add": true}),
        ),
        (&of(&id, "assign"), json!({"user_id": "anna"})),
        (
            &format!("/active-learning/cycles/{cycle}/retrain"),
            json!({}),
        ),
        (
            "/active-learning/queue/bulk",
            json!({"action": "skip", "reason": "r", "filter": {"model_id": "m"}}),
        ),
    ];
    for (path, body) in leads {
        let refused = server.ask_as(&anna, "POST", path, Some(body));
        refused.is_problem(403, "'anna' has the role 'annotator'");
    }
    let admins = [
        ("/users", json!({"name": "x"})),
        ("/users/anna/disable", json!({})),
        ("/users/admin/tokens", json!({})),
        (
            "/models",
            json!({"name": "n", "settings": {"target": "y", "task": "regression"}}),
        ),
        (
            "/schedules",
            json!({"name": "s", "cron": "0 3 * * *", "model_id": "m"}),
        ),
    ];
    for (path, body) in admins {
        let refused = server.ask_as(&lea, "POST", path, Some(body));
        refused.is_problem(403, "ask an admin to do it");
    }
    assert_eq!(server.ask_as(&anna, "GET", "/events", None).status, 403);
    assert_eq!(
        server
            .ask_as(&anna, "GET", "/users/lea/tokens", None)
            .status,
        403
    );
    assert_eq!(
        server.ask_as(&anna, "GET", "/users/me", None).body["name"],
        "anna"
    );
    let given = server.ask_as(
        &lea,
        "POST",
        &of(&id, "assign"),
        Some(json!({"user_id": "anna"})),
    );
    assert_eq!(given.status, 200, "{}", given.text);
}

#[test]
fn a_token_has_scopes_and_an_end() {
    let server = Server::start();
    server.with_batch(2);
    server.user("anna", "annotator");
    let token = |wish| server.ask("POST", "/users/anna/tokens", Some(wish));
    let reading = token(json!({"scopes": ["read"]}));
    let secret = reading.body["secret"].as_str().unwrap().to_owned();
    assert_eq!(
        server
            .ask_as(&secret, "GET", "/active-learning/queue", None)
            .status,
        200
    );
    let label = server.ask_as(
        &secret,
        "POST",
        &of(&server.queue()[0], "label"),
        Some(json!({"label": 1})),
    );
    label.is_problem(403, "the scope 'label'");
    let more = server.ask_as(&secret, "POST", "/users/anna/tokens", Some(json!({})));
    more.is_problem(403, "cannot make one");
    token(json!({"scopes": ["admin"]})).is_problem(422, "does not have the scope 'admin'");
    token(json!({"expires_at": "2020-01-01T00:00:00Z"})).is_problem(422, "expired already");
    token(json!({"expires_at": "soon"})).is_problem(422, "is no time");

    // It is kept nowhere, and ends when it is revoked.
    let listed = server.ask("GET", "/users/anna/tokens", None);
    assert!(!listed.text.contains(&secret));
    let id = reading.body["token"]["id"].as_str().unwrap();
    let path = format!("/users/anna/tokens/{id}");
    assert_eq!(server.ask("DELETE", &path, None).status, 204);
    assert_eq!(server.ask("DELETE", &path, None).status, 404);
    let over = server.ask_as(&secret, "GET", "/active-learning/queue", None);
    over.is_problem(401, "the token was revoked");
}

#[test]
fn an_expired_token_signs_nobody_in() {
    let server = Server::start();
    server.user("anna", "annotator");
    let soon = al_server::label::store::Moment::now().after(std::time::Duration::from_millis(700));
    let made = server.ask(
        "POST",
        "/users/anna/tokens",
        Some(json!({"expires_at": soon})),
    );
    let secret = made.body["secret"].as_str().unwrap().to_owned();
    assert_eq!(server.ask_as(&secret, "GET", "/users/me", None).status, 200);
    std::thread::sleep(std::time::Duration::from_millis(800));
    let expired = server.ask_as(&secret, "GET", "/users/me", None);
    expired.is_problem(401, "the token has expired");
}

#[test]
fn who_is_disabled_is_out_at_once_and_one_admin_stays() {
    let server = Server::start();
    let anna = server.user("anna", "annotator");
    assert_eq!(
        server
            .ask("POST", "/users/anna/disable", Some(json!({})))
            .status,
        200
    );
    let out = server.ask_as(&anna, "GET", "/users/me", None);
    out.is_problem(401, "'anna' is disabled");
    assert_eq!(
        server
            .ask("POST", "/users/anna/enable", Some(json!({})))
            .status,
        200
    );
    assert_eq!(server.ask_as(&anna, "GET", "/users/me", None).status, 200);
    let last = server.ask("POST", "/users/admin/disable", Some(json!({})));
    last.is_problem(409, "'admin' is the only admin");
    assert_eq!(server.ask("GET", "/users/me", None).status, 200);
    let twice = server.ask("POST", "/users", Some(json!({"name": "anna"})));
    twice.is_problem(409, "there is a user 'anna' already");
}

#[test]
fn a_proxy_must_say_that_it_speaks_https() {
    let server = Server::with(|options| options.behind_proxy = true);
    let refused = server.ask("GET", "/users/me", None);
    refused.is_problem(403, "the proxy does not say");
    let bearer = format!("Bearer {}", server.admin);
    let https = [
        ("authorization", bearer.as_str()),
        ("x-forwarded-proto", "https"),
    ];
    assert_eq!(server.send("GET", "/users/me", &https, None).status, 200);
}

#[test]
fn who_asks_too_often_waits() {
    let server = Server::with(|options| options.per_second = std::num::NonZeroU32::new(2));
    let asked: Vec<_> = (0..12)
        .map(|_| server.ask("GET", "/users/me", None))
        .collect();
    let refused = asked
        .iter()
        .find(|answer| answer.status == 429)
        .expect("a limit");
    refused.is_problem(429, "too many requests");
    assert!(
        refused
            .header("retry-after")
            .unwrap()
            .parse::<u64>()
            .unwrap()
            > 0
    );
    assert_eq!(asked[0].status, 200);
}
