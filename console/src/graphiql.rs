//! GraphiQL, the workbench for people who write queries. The page asks for a token before it loads the editor, and the
//! API asks for it at every query: nobody reads here what they could not read there.

use axum::Router;
use axum::extract::{Path, Request};
use axum::response::Response;
use axum::routing::any;

use crate::bundle::Bundle;

/// Where the page is.
const PATH: &str = "/graphiql";

/// The page, of which everything comes from this origin.
const BUNDLE: Bundle = Bundle {
    files: include!(concat!(env!("OUT_DIR"), "/graphiql.rs")),
    policy: POLICY,
    missing: "This build of Wharfinger has no GraphiQL: it was made without Node. \
        Run `make graphiql`, which needs Node 20.19 or newer and npm, build again, and start the server anew.\n",
};

/// What the page may do. Scripts are files of this origin, and so are workers. Styles must be allowed inline: the
/// editor, Monaco, writes style elements and attributes while it runs, and knows no nonce. Its fonts and some images are
/// data.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// GraphiQL at `/graphiql`.
pub fn router() -> Router {
    let index = any(|request: Request| async move { page(&request, "index.html") });
    let file = any(|Path(name): Path<String>, request: Request| async move { page(&request, &name) });
    let slash = format!("{PATH}/");
    Router::new().route(PATH, index.clone()).route(&slash, index).route(&format!("{slash}{{*name}}"), file)
}

fn page(request: &Request, name: &str) -> Response {
    BUNDLE.answer(request.method(), request.headers(), name)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{HeaderMap, Method, StatusCode, header};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str) -> Response {
        router().oneshot(Request::builder().uri(path).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn the_page_is_there_or_says_how_it_is_built() {
        let built = !BUNDLE.files.is_empty();
        for path in ["/graphiql", "/graphiql/"] {
            let response = get(path).await;
            assert_eq!(response.status(), if built { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{path}");
            assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], POLICY, "{path}");
            let text = response.into_body().collect().await.unwrap().to_bytes();
            let text = String::from_utf8_lossy(&text).into_owned();
            assert!(text.contains(if built { "API token" } else { "make graphiql" }), "{path}: {text}");
        }
    }

    #[tokio::test]
    async fn a_build_without_node_says_how_the_page_is_made() {
        let response = Bundle { files: &[], ..BUNDLE }.answer(&Method::GET, &HeaderMap::new(), "index.html");
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], POLICY);
        let text = response.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&text).contains("Run `make graphiql`"));
    }

    #[tokio::test]
    async fn an_unknown_file_is_not_found() {
        assert_eq!(get("/graphiql/assets/none.js").await.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn the_policy_lets_no_script_in_that_is_not_a_file_of_this_origin() {
        let directives: Vec<_> = POLICY.split(';').map(str::trim).collect();
        for directive in ["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"] {
            assert!(directives.contains(&directive), "{directive}");
        }
    }
}
