//! The form of a review, as `admission.k8s.io/v1` has it, with the fields that are used and no others.

use serde::Deserialize;
use wharfinger_domain::images::{Object, PodImages, TemplateImages, Text, WorkloadKind};

use super::{Fault, NotAReview};
use crate::metrics::Verb;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "R: Deserialize<'de>"))]
pub(super) struct Envelope<'a, R> {
    #[serde(borrow)]
    api_version: Option<Text<'a>>,
    #[serde(borrow)]
    kind: Option<Text<'a>>,
    pub(super) request: Option<Object<R>>,
}

/// A request of which nothing but the uid is read.
#[derive(Debug, Deserialize)]
pub(super) struct UidOnly<'a> {
    #[serde(borrow)]
    uid: Option<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Request<'a, T> {
    #[serde(borrow)]
    uid: Option<Text<'a>>,
    #[serde(borrow)]
    kind: Option<Object<GroupKind<'a>>>,
    #[serde(borrow)]
    sub_resource: Option<Text<'a>>,
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    namespace: Option<Text<'a>>,
    #[serde(borrow)]
    operation: Option<Text<'a>>,
    #[serde(borrow)]
    user_info: Option<Object<UserInfo<'a>>>,
    dry_run: Option<bool>,
    object: Option<T>,
    old_object: Option<T>,
}

#[derive(Debug, Deserialize)]
struct GroupKind<'a> {
    #[serde(borrow)]
    group: Option<Text<'a>>,
    #[serde(borrow)]
    kind: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct UserInfo<'a> {
    #[serde(borrow)]
    username: Option<Text<'a>>,
}

/// A request that can be answered, because it has a uid.
pub(super) trait Identified {
    fn has_uid(&self) -> bool;
}

impl Identified for UidOnly<'_> {
    fn has_uid(&self) -> bool {
        !text(self.uid.as_ref()).is_empty()
    }
}

impl<T> Identified for Request<'_, T> {
    fn has_uid(&self) -> bool {
        !text(self.uid.as_ref()).is_empty()
    }
}

impl<R: Identified> Envelope<'_, R> {
    /// The request of what is a review, of the version that is understood, with a uid.
    pub(super) fn request(self) -> Result<R, NotAReview> {
        let version = (text(self.api_version.as_ref()), text(self.kind.as_ref()));
        if version != ("admission.k8s.io/v1", "AdmissionReview") {
            return Err(NotAReview::Version);
        }
        let Object(request) = self.request.ok_or(NotAReview::NoRequest)?;
        if request.has_uid() { Ok(request) } else { Err(NotAReview::NoUid) }
    }
}

/// An object that may say of what kind it is.
pub(super) trait Kinded {
    fn kind(&self) -> Option<&str>;
}

impl Kinded for PodImages<'_> {
    fn kind(&self) -> Option<&str> {
        self.kind()
    }
}

impl Kinded for TemplateImages<'_> {
    fn kind(&self) -> Option<&str> {
        self.kind()
    }
}

/// Everything of a request but its objects.
#[derive(Debug)]
pub(crate) struct Head<'a>(Request<'a, ()>);

impl<'a, T> Request<'a, T> {
    /// The head, the object, and the old object.
    pub(super) fn split(self) -> (Head<'a>, Option<T>, Option<T>) {
        let Self { uid, kind, sub_resource, name, namespace, operation, user_info, dry_run, object, old_object } = self;
        let head = Request {
            object: None,
            old_object: None,
            uid,
            kind,
            sub_resource,
            name,
            namespace,
            operation,
            user_info,
            dry_run,
        };
        (Head(head), object, old_object)
    }
}

/// What a request carries, told from its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// A pod.
    Pod,
    /// An object with a template of pods.
    Template(WorkloadKind),
    /// Nothing with images.
    Nothing,
    /// An object that cannot be judged.
    Unknown,
}

impl<'a> Head<'a> {
    /// The head of a request of which only the uid can be read.
    pub(super) fn of_uid(request: UidOnly<'a>) -> Self {
        Self(Request { uid: request.uid, ..Request::default() })
    }

    /// What the request carries. Deleting and connecting are never denied. The kind says whether there is a pod, so that
    /// a subresource nobody knows yet is judged when it carries one; `status` needs no exception, for it can add no image.
    pub(super) fn carries(&self) -> Result<Carried, Fault> {
        match self.verb() {
            Verb::Delete | Verb::Connect => return Ok(Carried::Nothing),
            Verb::Create | Verb::Update => {}
            Verb::Other => {
                let problem = "is none of CREATE, UPDATE, DELETE and CONNECT".to_owned();
                return Err(Fault { path: "request.operation".to_owned(), problem });
            }
        }
        let group = self.0.kind.as_ref().and_then(|kind| kind.0.group.as_deref());
        let in_group = |expected: &str| group.is_none_or(|group| group == expected);
        let carried = match WorkloadKind::parse(self.kind()) {
            _ if self.kind().is_empty() => return Err(Fault::missing("request.kind.kind")),
            _ if self.kind() == "Pod" && in_group("") => Carried::Pod,
            Some(kind) if in_group(kind.group()) => Carried::Template(kind),
            _ if !self.subresource().is_empty() => return Ok(Carried::Nothing),
            _ => return Ok(Carried::Unknown),
        };
        if self.namespace().is_empty() { Err(Fault::missing("request.namespace")) } else { Ok(carried) }
    }

    pub(crate) fn uid(&self) -> &str {
        text(self.0.uid.as_ref())
    }

    pub(crate) fn kind(&self) -> &str {
        text(self.0.kind.as_ref().and_then(|kind| kind.0.kind.as_ref()))
    }

    pub(crate) fn subresource(&self) -> &str {
        text(self.0.sub_resource.as_ref())
    }

    /// Empty where the API server is yet to make it up.
    pub(crate) fn name(&self) -> &str {
        text(self.0.name.as_ref())
    }

    pub(crate) fn namespace(&self) -> &str {
        text(self.0.namespace.as_ref())
    }

    pub(crate) fn verb(&self) -> Verb {
        Verb::of(text(self.0.operation.as_ref()))
    }

    pub(crate) fn username(&self) -> &str {
        text(self.0.user_info.as_ref().and_then(|user| user.0.username.as_ref()))
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.0.dry_run == Some(true)
    }
}

fn text<'t>(text: Option<&'t Text<'_>>) -> &'t str {
    text.map_or("", |text| text)
}
