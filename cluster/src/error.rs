//! What can go wrong between this process and an API server, each with what to do about it. Text from the server is cut
//! and freed of control characters before it reaches a log.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error as ThisError;

/// The longest text taken over from a server or a library, in characters.
const MAX_TEXT: usize = 300;

/// Why a cluster could not be asked or watched.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum ClusterError {
    /// The kubeconfig cannot be used. Trying again does not help.
    #[error("the kubeconfig {} cannot be used: {what}", file.display())]
    Kubeconfig {
        /// The file.
        file: PathBuf,
        /// What is wrong in it and what to do.
        what: Box<str>,
    },
    /// The process does not run in a pod, or its service account is not mounted. Trying again does not help.
    #[error(
        "the API server of the cluster that this process runs in is unknown ({0}); \
         run in a pod with a mounted service account, or name a kubeconfig"
    )]
    NotInCluster(Box<str>),
    /// No client can be made from the settings. Trying again does not help.
    #[error("no client can be made for the API server {server} ({what}); check its address, proxy and certificates")]
    Settings {
        /// The address of the API server.
        server: Box<str>,
        /// What is wrong.
        what: Box<str>,
    },
    /// The API server cannot be reached, or the connection broke off.
    #[error("the API server {server} cannot be reached ({what}); check the address, the network and the certificates")]
    Unreachable {
        /// The address of the API server.
        server: Box<str>,
        /// What happened.
        what: Box<str>,
    },
    /// The API server refused.
    #[error("the API server {server} refused with {code} ({what}); {}", remedy(*code))]
    Refused {
        /// The address of the API server.
        server: Box<str>,
        /// The HTTP status.
        code: u16,
        /// What the server says.
        what: Box<str>,
    },
    /// The API server refused to show or to change the registration of the webhook.
    #[error("the API server {server} refused with {code} ({what}); {}", registration_remedy(*code, name))]
    Registration {
        /// The address of the API server.
        server: Box<str>,
        /// The name of the `ValidatingWebhookConfiguration`.
        name: Box<str>,
        /// The HTTP status.
        code: u16,
        /// What the server says.
        what: Box<str>,
    },
    /// The API server refused to show or to create a `Secret`.
    #[error("the API server {server} refused with {code} ({what}); {}", secret_remedy(*code, place))]
    Secret {
        /// The address of the API server.
        server: Box<str>,
        /// The namespace and the name of the `Secret`.
        place: Box<str>,
        /// The HTTP status.
        code: u16,
        /// What the server says.
        what: Box<str>,
    },
    /// A `Secret` that is there does not have what was looked for.
    #[error(
        "the Secret {place} at the API server {server} has no text under the key {key}; \
         put one there, delete the Secret to have one made, or name another"
    )]
    NoText {
        /// The address of the API server.
        server: Box<str>,
        /// The namespace and the name of the `Secret`.
        place: Box<str>,
        /// The key.
        key: Box<str>,
    },
    /// A request was not answered in time, although the connection stands.
    #[error("the API server {server} did not answer within {} s; check what lies between", after.as_secs_f32())]
    Silent {
        /// The address of the API server.
        server: Box<str>,
        /// How long it was waited for.
        after: Duration,
    },
    /// What the API server sent is no namespace, or not the answer to what was asked.
    #[error("the API server {server} sent what cannot be used ({what}); check that it is a Kubernetes API server")]
    Malformed {
        /// The address of the API server.
        server: Box<str>,
        /// What is wrong.
        what: Box<str>,
    },
}

/// What to do about a refusal.
fn remedy(code: u16) -> &'static str {
    match code {
        401 => "give it credentials that it knows and that have not expired",
        403 => "allow this identity to get, list and watch namespaces in the whole cluster",
        429 | 500..=599 => "it is asked again",
        _ => "check that it is a Kubernetes API server",
    }
}

/// What to do about a refusal that concerns the registration.
fn registration_remedy(code: u16, name: &str) -> String {
    match code {
        403 => format!("allow this identity to get and patch the ValidatingWebhookConfiguration {name}"),
        404 => format!("apply a ValidatingWebhookConfiguration {name}, or name the one that is there"),
        409 => "it was changed meanwhile; it is tried again".to_owned(),
        code => remedy(code).to_owned(),
    }
}

/// What to do about a refusal that concerns a `Secret`.
fn secret_remedy(code: u16, place: &str) -> String {
    match code {
        403 => format!("allow this identity to create Secrets in that namespace, and to get the Secret {place}"),
        404 => format!("make the namespace of the Secret {place}, or name another Secret"),
        code => remedy(code).to_owned(),
    }
}

impl ClusterError {
    /// The error that a request to this server ended with.
    pub(crate) fn from_kube(server: &str, error: &kube::Error) -> Self {
        let server = server.into();
        match error {
            kube::Error::Api(status) => {
                let said = if status.message.is_empty() { &status.reason } else { &status.message };
                Self::Refused { server, code: status.code, what: bounded(said) }
            }
            kube::Error::SerdeError(_) | kube::Error::FromUtf8(_) | kube::Error::LinesCodecMaxLineLengthExceeded => {
                Self::Malformed { server, what: chain(error) }
            }
            _ => Self::Unreachable { server, what: chain(error) },
        }
    }
}

/// An error with all its causes, in one line.
pub(crate) fn chain(error: &dyn Error) -> Box<str> {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    bounded(&text)
}

/// Text of bounded length without control characters.
pub(crate) fn bounded(text: &str) -> Box<str> {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut cut: String = clean.take(MAX_TEXT).collect();
    if cut.len() < text.len() && text.chars().nth(MAX_TEXT).is_some() {
        cut.push('…');
    }
    cut.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_server_is_cut_and_cannot_forge_a_log_line() {
        assert_eq!(&*bounded("a\nERROR b"), "a ERROR b");
        let cut = bounded(&"ä".repeat(400));
        assert_eq!(cut.chars().count(), MAX_TEXT + 1);
        assert!(cut.ends_with('…'));
        assert_eq!(bounded(&"ä".repeat(MAX_TEXT)).chars().count(), MAX_TEXT);
    }

    #[test]
    fn a_refusal_says_what_to_do() {
        let error = ClusterError::Refused { server: "https://k".into(), code: 403, what: "forbidden".into() };
        let text = error.to_string();
        assert!(text.contains("https://k") && text.contains("get, list and watch namespaces"), "{text}");
    }
}
