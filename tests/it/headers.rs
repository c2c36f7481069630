//! The headers of every answer, asked from outside: every listener, every route, what is refused, and what is not there.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::journey::creation;
use crate::harness::platform::CLUSTER;
use crate::world::World;

/// Of what is no page.
const STRICT: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

const ALWAYS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// What is asked of a listener: a method, a path, whether the token goes with it, and a body of JSON.
type Ask = (&'static str, &'static str, bool, Option<&'static str>);

const VIEWER: Option<&str> = Some(r#"{"query":"{ viewer { platformRole } }"}"#);

/// What the API's listener is asked, and the status of the answer.
const API: &[(Ask, u16)] = &[
    (("POST", "/graphql", true, VIEWER), 200),
    (("POST", "/graphql", true, Some(r#"{"query":"{ nothing }"}"#)), 200),
    (("POST", "/graphql", true, Some("[]")), 400),
    (("POST", "/graphql", false, VIEWER), 401),
    (("GET", "/graphql", true, None), 405),
    (("POST", "/graphql", true, None), 415),
    (("OPTIONS", "/graphql", false, None), 405),
    (("GET", "/export", true, None), 200),
    (("GET", "/export?workspace=nobody", true, None), 400),
    (("GET", "/export?at=never", true, None), 400),
    (("GET", "/export", false, None), 401),
    (("POST", "/export", true, None), 405),
    (("GET", "/audit", true, None), 200),
    (("GET", "/audit?actor=nobody", false, None), 401),
    (("GET", "/audit?of=everybody", true, None), 400),
    (("POST", "/session", false, VIEWER), 403),
    (("DELETE", "/session", false, None), 403),
    (("GET", "/session", false, None), 405),
    (("GET", "/graphiql/assets/none.js", false, None), 404),
    (("POST", "/graphiql", false, None), 405),
    (("GET", "/", false, None), 404),
    (("GET", "/nothing/here", false, None), 404),
    (("DELETE", "/nothing?a=%0d%0ax-forged:%201", false, None), 404),
    (("GET", "/metrics", true, None), 404),
    (("POST", "/validate/test", true, None), 404),
];

/// The same of the listener of the numbers.
const METRICS: &[(Ask, u16)] = &[
    (("GET", "/metrics", false, None), 200),
    (("GET", "/healthz", false, None), 200),
    (("GET", "/readyz", false, None), 200),
    (("POST", "/metrics", false, None), 405),
    (("GET", "/nothing", false, None), 404),
    (("POST", "/graphql", true, VIEWER), 404),
];

fn asked(world: &World, base: &str, (method, path, token, body): Ask) -> RequestBuilder {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = world.platform.http().request(method, format!("{base}{path}"));
    if token {
        request = request.bearer_auth(world.platform.token());
    }
    match body {
        Some(body) => request.header("content-type", "application/json").body(body),
        None => request,
    }
}

fn assert_protected(what: &str, headers: &HeaderMap) {
    for (name, value) in ALWAYS {
        assert_eq!(headers.get_all(name).iter().collect::<Vec<_>>(), [value], "{what}: {name}");
    }
    let features = headers["permissions-policy"].to_str().unwrap();
    for feature in ["camera", "geolocation", "microphone", "payment", "usb"] {
        assert!(features.contains(&format!("{feature}=()")), "{what}: {features}");
    }
    assert!(features.split(", ").all(|feature| feature.ends_with("=()")), "{what}: {features}");
    assert_eq!(headers.get_all("content-security-policy").iter().count(), 1, "{what}");
    assert!(headers.get("x-forged").is_none() && headers.get("access-control-allow-origin").is_none(), "{what}");
}

/// What is no page loads nothing, and is not kept.
fn assert_no_page(what: &str, headers: &HeaderMap) {
    assert_protected(what, headers);
    assert_eq!(
        (&headers["content-security-policy"], &headers["cache-control"]),
        (&STRICT.parse().unwrap(), &"no-store".parse().unwrap()),
        "{what}"
    );
}

// Case: API-25, API-31
#[tokio::test(flavor = "multi_thread")]
async fn every_answer_of_every_listener_has_the_headers_that_protect_it() {
    let world = World::start().await;
    let addresses = world.platform.addresses();
    let (api, metrics) = (format!("http://{}", addresses.api), format!("http://{}", addresses.metrics));
    for (ask, status) in API {
        let answer = asked(&world, &api, *ask).send().await.unwrap();
        assert_eq!(answer.status(), *status, "{ask:?}");
        if ask.1.starts_with("/graphiql") {
            assert_page(&format!("{ask:?}"), answer.headers());
        } else {
            assert_no_page(&format!("{ask:?}"), answer.headers());
        }
        assert!(!answer.headers()["x-request-id"].is_empty(), "{ask:?}");
        assert!(answer.headers().get("strict-transport-security").is_none(), "{ask:?}: it came in the clear");
    }
    for path in ["/graphiql", "/graphiql/"] {
        let answer = asked(&world, &api, ("GET", path, false, None)).send().await.unwrap();
        assert_page(path, answer.headers());
        assert!(!answer.headers()["x-request-id"].is_empty(), "{path}");
    }
    for (ask, status) in METRICS {
        let answer = asked(&world, &metrics, *ask).send().await.unwrap();
        assert_eq!(answer.status(), *status, "{ask:?}");
        assert_no_page(&format!("{ask:?}"), answer.headers());
    }
}

/// GraphiQL has a policy of its own, which lets no other page show it.
fn assert_page(what: &str, headers: &HeaderMap) {
    assert_protected(what, headers);
    let policy = headers["content-security-policy"].to_str().unwrap();
    for part in
        ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]
    {
        assert!(policy.split("; ").any(|directive| directive == part), "{what}: {policy}");
    }
}

// Case: API-25
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_over_tls_says_that_it_is_to_come_so_again() {
    let world = World::start().await;
    let http = world.platform.http();
    let base = format!("https://{}", world.platform.addresses().webhook);
    let path = format!("{base}/validate/{CLUSTER}");
    let review = creation("ns-a", &[&world.image("pub/app:1.0")]);
    for (request, status) in [
        (http.post(&path).json(&review), 200),
        (http.post(&path).json(&json!({})), 400),
        (http.post(&path).body("x"), 415),
        (http.get(&path), 405),
        (http.get(format!("{base}/nothing")), 404),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_no_page(path.as_str(), answer.headers());
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    }
}

// Case: API-31
#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_the_id_of_every_request_that_was_refused() {
    let world = World::start().await;
    let api = format!("http://{}", world.platform.addresses().api);
    let cost = r#"{"query":"{ registries(first: 100) { nodes { spaces(first: 100) { nodes { name } } } } }"}"#;
    let refused: [Ask; 7] = [
        ("POST", "/graphql", false, VIEWER),
        ("GET", "/graphql", true, None),
        ("POST", "/graphql", true, Some("[]")),
        ("POST", "/graphql", true, Some(cost)),
        ("GET", "/export", false, None),
        ("GET", "/nothing", false, None),
        ("POST", "/graphiql", false, None),
    ];
    for (at, ask) in refused.into_iter().enumerate() {
        // Its own id, one that the client gives, and one that is not fit to be one.
        for (given, kept) in [(None, false), (Some(format!("ticket-{at}.a")), true), (Some("a b\"c".to_owned()), false)]
        {
            let request = asked(&world, &api, ask);
            let request = given.iter().fold(request, |request, id| request.header("x-request-id", id));
            let answer = request.send().await.unwrap();
            let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
            assert_eq!(given.as_ref() == Some(&id), kept, "{ask:?}: {id}");
            let body = answer.text().await.unwrap();
            if let Ok(body) = serde_json::from_str::<Value>(&body) {
                assert_eq!(body["errors"][0]["extensions"]["requestId"], *id, "{body}");
            }
            let log = world.platform.log();
            let told = log
                .lines()
                .filter(|line| line.contains(&format!("request_id=\"{id}\"")) && line.contains("was refused"));
            assert_eq!(told.count(), 1, "{ask:?}: {id} in\n{log}");
        }
    }
}

/// So many routes there are, all of them asked above.
const ROUTES: usize = 11;

/// How many routes the sources of a folder lay, tests left out.
fn routes(folder: &Path) -> usize {
    let count = |path: PathBuf| match path.extension() {
        None if path.is_dir() => routes(&path),
        Some(extension) if extension == "rs" && !path.ends_with("tests.rs") => {
            let text = fs::read_to_string(path).unwrap();
            let product = text.split("#[cfg(test)]").next().unwrap_or_default();
            product.matches(".route(").count()
        }
        _ => 0,
    };
    fs::read_dir(folder).unwrap().map(|entry| count(entry.unwrap().path())).sum()
}

#[test]
fn every_route_that_is_laid_is_asked_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found: usize =
        ["src", "graphql/src", "webhook/src", "console/src"].iter().map(|room| routes(&root.join(room))).sum();
    assert_eq!(found, ROUTES, "ask the new routes above and change the number");
}
