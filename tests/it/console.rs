//! The pages of the running product, as a browser has them before anybody has signed in. This build has them, or it was made
//! without Node and says so; which of the two is asked, as whoever opens the address does.

use reqwest::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::json;
use wharfinger_fakes::kube::FakeKube;

use crate::harness::platform::{Options, Platform};

/// Where a page may have something from: nowhere, this origin, itself. Nothing here names another host.
const SOURCES: [&str; 4] = ["'none'", "'self'", "data:", "'unsafe-inline'"];

/// The product, and the cluster that it watches.
async fn start() -> (Platform, FakeKube, tempfile::TempDir) {
    let (kube, directory) = (FakeKube::start().await.unwrap(), tempfile::tempdir().unwrap());
    let kubeconfig = directory.path().join("kubeconfig");
    std::fs::write(&kubeconfig, kube.kubeconfig()).unwrap();
    (Platform::start(&Options { kubeconfig, ..Options::default() }).await, kube, directory)
}

fn get(platform: &Platform, path: &str) -> RequestBuilder {
    platform.http().get(format!("http://{}{path}", platform.addresses().api))
}

async fn answer(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

fn policy(response: &Response) -> String {
    response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
}

/// What a page has the browser load and go to.
fn addresses(page: &str) -> Vec<&str> {
    let named = ["src=\"", "href=\"", "action=\""].into_iter().flat_map(|attribute| page.split(attribute).skip(1));
    named.map(|rest| rest.split('"').next().unwrap()).collect()
}

/// A page loads nothing from elsewhere, and what it loads is there.
async fn assert_whole(platform: &Platform, page: &str) {
    assert!(page.contains("API token"), "{page}");
    assert!(!page.contains("://") && !page.contains("\"//"), "another origin is named in {page}");
    let (data, files): (Vec<_>, Vec<_>) = addresses(page).into_iter().partition(|address| address.starts_with("data:"));
    assert!(data.len() < files.len(), "{files:?}");
    for file in files {
        assert!(file.starts_with("/graphiql/"), "{file} in {page}");
        let there = answer(get(platform, file)).await;
        assert_eq!(there.status(), StatusCode::OK, "{file}");
        assert_ne!(there.headers()[CONTENT_TYPE], "application/octet-stream", "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn graphiql_is_for_anybody_under_a_policy_of_its_own_and_loads_nothing_from_elsewhere() {
    let (platform, _kube, _directory) = start().await;
    let page = answer(get(&platform, "/graphiql")).await;
    let (status, policy) = (page.status(), policy(&page));
    for directive in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.split("; ").any(|it| it == directive), "{directive} in {policy}");
    }
    for directive in policy.split("; ") {
        let (name, sources) = directive.split_once(' ').unwrap();
        assert!(sources.split(' ').all(|source| SOURCES.contains(&source)), "{directive}");
        assert_eq!(sources.contains("'unsafe-inline'"), name == "style-src", "{directive}");
    }
    assert!(page.headers().get(SET_COOKIE).is_none());
    let kind = page.headers()[CONTENT_TYPE].clone();
    let text = page.text().await.unwrap();
    let signed_in = answer(get(&platform, "/graphiql").bearer_auth(platform.token())).await;
    assert_eq!((signed_in.status(), signed_in.text().await.unwrap()), (status, text.clone()), "the page knows nobody");
    if status == StatusCode::OK {
        assert_eq!(kind, "text/html; charset=utf-8");
        assert_whole(&platform, &text).await;
    } else {
        assert_eq!((status, kind.to_str().unwrap()), (StatusCode::NOT_FOUND, "text/plain; charset=utf-8"));
        assert!(text.contains("has no GraphiQL") && text.contains("make graphiql"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_beside_the_page_takes_a_token_and_no_cookie_and_lets_a_browser_do_nothing() {
    let (platform, _kube, _directory) = start().await;
    let url = format!("http://{}/graphql", platform.addresses().api);
    let ask = || platform.http().post(&url).json(&json!({ "query": "{ viewer { user { name } } }" }));
    let token = platform.token();
    let asked = [
        (ask(), StatusCode::UNAUTHORIZED),
        (ask().header(COOKIE, format!("token={token}; Authorization=Bearer {token}")), StatusCode::UNAUTHORIZED),
        (ask().bearer_auth(token), StatusCode::OK),
        (get(&platform, "/graphql?query=%7Bviewer%7Bname%7D%7D").bearer_auth(token), StatusCode::METHOD_NOT_ALLOWED),
    ];
    for (request, status) in asked {
        let answered = answer(request).await;
        assert_eq!(answered.status(), status);
        assert_eq!(policy(&answered), "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
        assert!(answered.headers().get(SET_COOKIE).is_none());
    }
}
