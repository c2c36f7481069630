//! Asks a running server by GraphQL over HTTP, and turns every way in which it says no into words and an exit code.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::output::printable;
use super::{Failure, Format};
use crate::config::{Config, Environment, SERVER, TOKEN_FILE};
use crate::listener::Addresses;
use crate::secret_file::TOKEN;

/// How long an answer may take; the server gives up earlier.
const ANSWER: Duration = Duration::from_mins(1);

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Which server is asked, by whom, and how its answers are printed.
#[derive(Debug, Args)]
pub(super) struct ClientArgs {
    /// The server's URL [default: that of `WHARFINGER_SERVER`, else the server of the data directory].
    #[arg(long, value_name = "URL", global = true)]
    server: Option<String>,
    /// File with the token to show [default: that of `WHARFINGER_TOKEN_FILE`, else `token` in the data directory, where `token
    /// create` puts it].
    #[arg(long, value_name = "FILE", global = true)]
    token_file: Option<PathBuf>,
    /// PEM file with the authority of the server's certificate, beside those of this machine.
    #[arg(long, value_name = "FILE", global = true)]
    server_ca: Option<PathBuf>,
    /// How answers are printed.
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub(super) output: Format,
}

/// A server and the token to ask it with.
pub(super) struct Client {
    http: reqwest::Client,
    /// Without a slash at its end.
    server: String,
    /// Where it takes GraphQL.
    url: String,
    proof: Proof,
}

/// What a client proves its user by.
enum Proof {
    Token(String),
    /// The cookie of a session.
    Session(String),
}

/// An answer of GraphQL over HTTP.
#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    data: Value,
    #[serde(default)]
    errors: Vec<Problem>,
}

/// An error of the whole request, or one that the caller can put right.
#[derive(Debug, Deserialize)]
struct Problem {
    message: String,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    path: Vec<Value>,
    #[serde(default)]
    extensions: Value,
}

impl Client {
    /// The server that the arguments, the environment or the data directory name, in this order.
    pub(super) fn new(arguments: &ClientArgs, environment: &Environment) -> Result<Self, Failure> {
        let file = token_file(arguments, environment)?;
        let token = read_text(&file).map_err(|failure| match failure {
            Failure::Unusable(words) => {
                Failure::Unusable(format!("{words}; make a token with `wharfinger token create`"))
            }
            failure => failure,
        })?;
        Self::with_token(arguments, environment, token.trim().to_owned())
    }

    fn with_token(arguments: &ClientArgs, environment: &Environment, token: String) -> Result<Self, Failure> {
        let server = arguments.server.clone().or_else(|| environment.get(SERVER).map(str::to_owned));
        let server = server.map_or_else(|| server_of_data_directory(environment), Ok)?;
        let http = http_client(arguments.server_ca.as_deref())?;
        let server = server.trim_end_matches('/').to_owned();
        Ok(Self { http, url: format!("{server}/graphql"), server, proof: Proof::Token(token) })
    }

    /// A client that signs in with a name and a password for as long as `work` lasts.
    pub(super) async fn signed_in<T>(
        arguments: &ClientArgs,
        environment: &Environment,
        form: Value,
        work: impl AsyncFnOnce(&Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut client = Self::with_token(arguments, environment, String::new())?;
        let url = format!("{}/session", client.server);
        let sent = client.http.post(&url).header("x-csrf", "1").json(&form).send().await;
        let response = sent.map_err(|error| Failure::Unusable(unreachable(&url, &error)))?;
        let cookies = response.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let cookie = cookies.map(|cookie| cookie.split(';').next().unwrap_or(cookie)).next().map(str::to_owned);
        let (status, bytes) = (response.status(), response.bytes().await.unwrap_or_default());
        let Some(cookie) = cookie.filter(|_| status.is_success()) else {
            let answer: Result<Answer, _> = serde_json::from_slice(&bytes);
            let other = || Failure::Unusable(format!("{url} answers {status}; is this the API, of this version?"));
            return Err(answer.map_or_else(|_| other(), |answer| refusal(&answer.errors)));
        };
        client.proof = Proof::Session(cookie);
        let done = work(&client).await;
        // Should this fail, the session ends by itself.
        let _ = client.prove(client.http.delete(&url)).send().await;
        done
    }

    fn prove(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match &self.proof {
            Proof::Token(token) => request.bearer_auth(token),
            Proof::Session(cookie) => request.header("cookie", cookie).header("x-csrf", "1"),
        }
    }

    /// Asks, and gives what the data has at this JSON pointer.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        document: &str,
        variables: Value,
        pointer: &str,
    ) -> Result<T, Failure> {
        let body = json!({ "query": document, "variables": variables });
        let sent = self.prove(self.http.post(&self.url)).json(&body).send().await;
        let response = sent.map_err(|error| Failure::Unusable(unreachable(&self.url, &error)))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| Failure::Unusable(unreachable(&self.url, &error)))?;
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| {
            Failure::Unusable(format!("{} answers {status} and no GraphQL; is this the API?", self.url))
        })?;
        take(answer, pointer)
    }

    /// Fetches what is at this path of the server, with these parameters.
    pub(super) async fn fetch(&self, path: &str, parameters: &[(&str, String)]) -> Result<Vec<u8>, Failure> {
        let url = format!("{}{path}", self.server);
        let mut full = reqwest::Url::parse(&url)
            .map_err(|error| Failure::Unusable(format!("{url} is no URL: {error}; give --server URL")))?;
        full.query_pairs_mut().extend_pairs(parameters);
        let sent = self.prove(self.http.get(full)).send().await;
        let response = sent.map_err(|error| Failure::Unusable(unreachable(&url, &error)))?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(|error| Failure::Unusable(unreachable(&url, &error)))?;
        if status.is_success() {
            return Ok(bytes.to_vec());
        }
        let answer: Answer = serde_json::from_slice(&bytes)
            .map_err(|_| Failure::Unusable(format!("{url} answers {status}; is this the API, of this version?")))?;
        Err(refusal(&answer.errors))
    }

    /// Asks for all pages of a connection, which takes the cursor `$after`.
    pub(super) async fn all<T: DeserializeOwned>(
        &self,
        document: &str,
        mut variables: Value,
        pointer: &str,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        loop {
            let page: Page<T> = self.ask(document, variables.clone(), pointer).await?;
            all.extend(page.nodes);
            match page.page_info {
                PageInfo { has_next_page: true, end_cursor: Some(cursor) } => variables["after"] = cursor.into(),
                PageInfo { .. } => return Ok(all),
            }
        }
    }

    /// Asks for a change, and gives its payload unless something is to be put right.
    pub(super) async fn change<T: DeserializeOwned>(
        &self,
        document: &str,
        input: Value,
        field: &str,
    ) -> Result<T, Failure> {
        let payload: Value = self.ask(document, json!({ "input": input }), &format!("/{field}")).await?;
        let problems: Vec<Problem> = payload.get("userErrors").map_or_else(Vec::new, decode_all);
        if problems.is_empty() { decode(payload) } else { Err(refusal(&problems)) }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page<T> {
    nodes: Vec<T>,
    page_info: PageInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

fn take<T: DeserializeOwned>(mut answer: Answer, pointer: &str) -> Result<T, Failure> {
    if !answer.errors.is_empty() {
        return Err(refusal(&answer.errors));
    }
    decode(answer.data.pointer_mut(pointer).map(Value::take).unwrap_or_default())
}

fn decode<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| {
        Failure::Unusable(format!("the server's answer is not as expected ({error}); is it of this version?"))
    })
}

fn decode_all(value: &Value) -> Vec<Problem> {
    let problems = value.as_array().map_or(&[][..], Vec::as_slice);
    problems.iter().filter_map(|problem| serde_json::from_value(problem.clone()).ok()).collect()
}

/// One line for each problem: its code, where in the input it is, and the server's words.
fn refusal(problems: &[Problem]) -> Failure {
    let line = |problem: &Problem| {
        let code = problem.code.as_deref().or_else(|| problem.extensions.get("code")?.as_str()).unwrap_or("ERROR");
        let path: Vec<_> =
            problem.path.iter().map(|part| part.as_str().map_or(part.to_string(), str::to_owned)).collect();
        let place = if path.is_empty() { String::new() } else { format!(" at {}", path.join(".")) };
        printable(&format!("{code}{place}: {}", problem.message))
    };
    Failure::Refused(problems.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn unreachable(url: &str, error: &reqwest::Error) -> String {
    let mut words = format!("cannot ask {url}");
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[expect(clippy::disallowed_methods, reason = "this client speaks to our own server, whose address its user gives")]
fn http_client(authority: Option<&Path>) -> Result<reqwest::Client, Failure> {
    // Fails only when the process has a provider already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("wharfinger-cli/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT)
        .timeout(ANSWER);
    if let Some(path) = authority {
        let certificates = reqwest::Certificate::from_pem_bundle(read_text(path)?.as_bytes());
        let unusable = |error: reqwest::Error| Failure::Unusable(format!("{}: {error}", path.display()));
        builder =
            certificates.map_err(unusable)?.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
    }
    builder.build().map_err(|error| Failure::Unusable(format!("cannot make the HTTP client: {error}")))
}

/// The file with the token.
pub(super) fn token_file(arguments: &ClientArgs, environment: &Environment) -> Result<PathBuf, Failure> {
    let file = arguments.token_file.clone().or_else(|| environment.get(TOKEN_FILE).map(PathBuf::from));
    file.map_or_else(|| Ok(data_directory(environment)?.join(TOKEN)), Ok)
}

fn data_directory(environment: &Environment) -> Result<PathBuf, Failure> {
    let config = Config::load(None, environment).map_err(|error| Failure::Unusable(error.to_string()))?;
    Ok(config.data.directory)
}

fn server_of_data_directory(environment: &Environment) -> Result<String, Failure> {
    let directory = data_directory(environment)?;
    let addresses = Addresses::read(&directory).map_err(|error| {
        let place = directory.display();
        Failure::Unusable(format!("no server is named and none has run in {place} ({error}); give --server URL"))
    })?;
    Ok(addresses.api)
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match path.to_str() {
        Some("-") => std::io::stdin().read_to_string(&mut text).map(|_| text),
        _ => fs::read_to_string(path),
    };
    read.map_err(|error| Failure::Unusable(format!("cannot read {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(failure: Failure) -> String {
        match failure {
            Failure::Refused(words) => format!("refused: {words}"),
            Failure::Unusable(words) => format!("unusable: {words}"),
            Failure::Unread => String::new(),
        }
    }

    fn answer(value: Value) -> Answer {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_error_of_the_request_is_told_with_its_code_and_path() {
        let refused = json!({
            "data": null,
            "errors": [{ "message": "you may not\u{7}", "path": ["bindSpaces", 0], "extensions": { "code": "FORBIDDEN" } }],
        });
        let failure = take::<Value>(answer(refused), "/bindSpaces").unwrap_err();
        assert_eq!(words(failure), "refused: FORBIDDEN at bindSpaces.0: you may not\u{fffd}");
    }

    #[test]
    fn what_the_caller_can_put_right_is_told_line_by_line() {
        let problems = decode_all(&json!([
            { "code": "TAKEN", "message": "the name is taken", "path": ["input", "name"] },
            { "code": "INVALID", "message": "no URL", "path": ["input", "aliases", "1"] },
        ]));
        let expected = "refused: TAKEN at input.name: the name is taken\nINVALID at input.aliases.1: no URL";
        assert_eq!(words(refusal(&problems)), expected);
    }

    #[test]
    fn data_is_taken_from_its_place_and_an_unexpected_one_is_told() {
        let registry = || answer(json!({ "data": { "registry": { "id": "r" } } }));
        assert_eq!(take::<String>(registry(), "/registry/id").unwrap(), "r");
        assert_eq!(take::<Option<String>>(registry(), "/workspace/id").unwrap(), None);
        assert!(
            words(take::<u8>(registry(), "/registry/id").unwrap_err()).starts_with("unusable: the server's answer")
        );
    }
}
