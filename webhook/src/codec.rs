//! Reads a review: the uid first of all, so that whatever is wrong with the rest can be answered, then only the fields that a
//! decision needs, borrowed from the body. Nearly every review is of a pod and is read in one pass; the others, and those that
//! are broken, are read again.

mod wire;

use serde::Deserialize;
use serde::de::IgnoredAny;
use thiserror::Error;
use wharfinger_domain::images::{Object, PodImages, TemplateImages, WorkloadKind};
use wharfinger_domain::review::Operation;

use crate::metrics::Verb;
pub(crate) use wire::Head;
use wire::{Carried, Envelope, Kinded, Request, UidOnly};

/// A review whose uid could be read.
#[derive(Debug)]
pub(crate) struct Review<'a> {
    pub(crate) head: Head<'a>,
    pub(crate) subject: Subject<'a>,
}

/// What there is to decide about.
#[derive(Debug)]
pub(crate) enum Subject<'a> {
    /// Nothing: it is deleted or connected to, or is a part that carries no pod.
    Nothing,
    /// A pod.
    Pod { operation: Operation, new: PodImages<'a>, old: Option<PodImages<'a>> },
    /// An object with a template of pods.
    Template {
        kind: WorkloadKind,
        operation: Operation,
        new: Box<TemplateImages<'a>>,
        old: Option<Box<TemplateImages<'a>>>,
    },
    /// An object of a kind that cannot be judged.
    UnknownKind,
    /// Something has not the form that it must have.
    Broken(Fault),
}

/// What has not the form that it must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The path of the field, from the root of the review.
    pub(crate) path: String,
    /// What is wrong with it.
    pub(crate) problem: String,
}

/// Why a body is no review that could be answered.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum NotAReview {
    #[error("the body is not the JSON of an AdmissionReview: {0}")]
    Json(String),
    #[error("send `apiVersion: admission.k8s.io/v1` with `kind: AdmissionReview`; other versions are not understood")]
    Version,
    #[error("the review has no request")]
    NoRequest,
    #[error("the request has no uid")]
    NoUid,
}

/// Reads a body.
pub(crate) fn read(body: &[u8]) -> Result<Review<'_>, NotAReview> {
    let Ok(Object(envelope)) = serde_json::from_slice::<Object<Envelope<'_, Request<'_, PodImages<'_>>>>>(body) else {
        return read_broken(body);
    };
    let (head, new, old) = envelope.request()?.split();
    let subject = match head.carries() {
        Err(fault) => Subject::Broken(fault),
        Ok(Carried::Pod) => pod(&head, new, old),
        Ok(Carried::Template(kind)) => read_template(body, kind),
        Ok(Carried::Nothing) => Subject::Nothing,
        Ok(Carried::Unknown) => Subject::UnknownKind,
    };
    Ok(Review { head, subject })
}

/// Reads a body that is not the review of a well-formed pod: the uid alone, then the head, then what it carries.
fn read_broken(body: &[u8]) -> Result<Review<'_>, NotAReview> {
    let envelope: Object<Envelope<'_, UidOnly<'_>>> =
        serde_json::from_slice(body).map_err(|error| NotAReview::Json(error.to_string()))?;
    let uid = envelope.0.request()?;
    let (head, ..) = match locate::<Request<'_, IgnoredAny>>(body) {
        Ok(request) => request.split(),
        Err(fault) => return Ok(Review { head: Head::of_uid(uid), subject: Subject::Broken(fault) }),
    };
    let subject = match head.carries() {
        Err(fault) => Subject::Broken(fault),
        Ok(Carried::Pod) => read_pod(body),
        Ok(Carried::Template(kind)) => read_template(body, kind),
        Ok(Carried::Nothing) => Subject::Nothing,
        Ok(Carried::Unknown) => Subject::UnknownKind,
    };
    Ok(Review { head, subject })
}

fn read_pod(body: &[u8]) -> Subject<'_> {
    locate::<Request<'_, PodImages<'_>>>(body).map_or_else(Subject::Broken, |request| {
        let (head, new, old) = request.split();
        pod(&head, new, old)
    })
}

fn read_template(body: &[u8], kind: WorkloadKind) -> Subject<'_> {
    locate::<Request<'_, TemplateImages<'_>>>(body).map_or_else(Subject::Broken, |request| {
        let (head, new, old) = request.split();
        match head.objects(new, old.as_ref()) {
            Ok(new) => {
                let (operation, new, old) = (operation(&head), Box::new(new), old.map(Box::new));
                Subject::Template { kind, operation, new, old }
            }
            Err(fault) => Subject::Broken(fault),
        }
    })
}

fn pod<'a>(head: &Head<'_>, new: Option<PodImages<'a>>, old: Option<PodImages<'a>>) -> Subject<'a> {
    match head.objects(new, old.as_ref()) {
        Ok(new) => Subject::Pod { operation: operation(head), new, old },
        Err(fault) => Subject::Broken(fault),
    }
}

/// A subresource that carries a pod changes one that is there, by whatever operation it is reached.
fn operation(head: &Head<'_>) -> Operation {
    let created = head.verb() == Verb::Create && head.subresource().is_empty();
    if created { Operation::Create } else { Operation::Update }
}

/// Reads the request, and finds the field that stands in the way. It is slower than reading without a path.
fn locate<'a, R: Deserialize<'a> + 'a>(body: &'a [u8]) -> Result<R, Fault> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let envelope: Object<Envelope<'a, R>> = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        Fault { path, problem: without_position(&error.into_inner().to_string()) }
    })?;
    envelope.0.request.map(|request| request.0).ok_or_else(|| Fault::missing("request"))
}

/// Where in the body it is helps nobody who has not seen the body.
fn without_position(problem: &str) -> String {
    problem.rsplit_once(" at line ").map_or(problem, |(problem, _)| problem).to_owned()
}

impl Fault {
    fn missing(path: &str) -> Self {
        Self { path: path.to_owned(), problem: "is missing".to_owned() }
    }
}

impl Head<'_> {
    /// The object, which must be there; both objects must be of the kind that the request says.
    fn objects<T: Kinded>(&self, new: Option<T>, old: Option<&T>) -> Result<T, Fault> {
        let new = new.ok_or_else(|| Fault::missing("request.object"))?;
        let said = [("request.object.kind", new.kind()), ("request.oldObject.kind", old.and_then(Kinded::kind))];
        for (path, kind) in said {
            if kind.is_some_and(|kind| kind != self.kind()) {
                return Err(Fault {
                    path: path.to_owned(),
                    problem: format!("is not the {} of the request", self.kind()),
                });
            }
        }
        Ok(new)
    }
}
