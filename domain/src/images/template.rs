//! The images of objects that make pods, and where each kind of them has its template.

use serde::Deserialize;

use super::object::Object;
use super::{Image, Template, Text};

/// A kind of object that holds a template of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkloadKind {
    /// `apps/v1`.
    Deployment,
    /// `apps/v1`.
    ReplicaSet,
    /// `apps/v1`.
    StatefulSet,
    /// `apps/v1`.
    DaemonSet,
    /// `batch/v1`.
    Job,
    /// `batch/v1`; its template is that of the jobs it makes.
    CronJob,
    /// `core/v1`.
    ReplicationController,
    /// `core/v1`; its template is not below a `spec`.
    PodTemplate,
}

impl WorkloadKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Deployment,
        Self::ReplicaSet,
        Self::StatefulSet,
        Self::DaemonSet,
        Self::Job,
        Self::CronJob,
        Self::ReplicationController,
        Self::PodTemplate,
    ];

    /// The kind with this name; `None` for one that holds no template.
    pub fn parse(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == kind)
    }

    /// The name, as `kind` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::ReplicaSet => "ReplicaSet",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
            Self::ReplicationController => "ReplicationController",
            Self::PodTemplate => "PodTemplate",
        }
    }

    /// Its API group: another group may have a kind of the same name, with its template elsewhere.
    pub fn group(self) -> &'static str {
        match self {
            Self::Deployment | Self::ReplicaSet | Self::StatefulSet | Self::DaemonSet => "apps",
            Self::Job | Self::CronJob => "batch",
            Self::ReplicationController | Self::PodTemplate => "",
        }
    }

    /// The path of the pod's `spec`, for [`Place::below`](super::Place::below).
    pub fn prefix(self) -> &'static str {
        match self {
            Self::CronJob => "spec.jobTemplate.spec.template.spec",
            Self::PodTemplate => "template.spec",
            _ => "spec.template.spec",
        }
    }
}

/// The images of the template in an object of any [`WorkloadKind`]; each kind has it in its own place.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct TemplateImages<'a>(#[serde(borrow)] Object<Workload<'a>>);

#[derive(Debug, Deserialize)]
struct Workload<'a> {
    #[serde(borrow, default)]
    kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    spec: Option<Object<WorkloadSpec<'a>>>,
    #[serde(borrow, default)]
    template: Option<Object<Template<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WorkloadSpec<'a> {
    #[serde(borrow, default)]
    template: Option<Object<Template<'a>>>,
    #[serde(borrow, default)]
    job_template: Option<Object<JobTemplate<'a>>>,
}

#[derive(Debug, Deserialize)]
struct JobTemplate<'a> {
    #[serde(borrow, default)]
    spec: Option<Object<JobSpec<'a>>>,
}

#[derive(Debug, Deserialize)]
struct JobSpec<'a> {
    #[serde(borrow, default)]
    template: Option<Object<Template<'a>>>,
}

impl TemplateImages<'_> {
    /// What the object itself says it is; `None` when it does not say.
    pub fn kind(&self) -> Option<&str> {
        self.0.0.kind.as_deref()
    }

    /// Every image of the template that an object of this kind has, in the order of a pod's.
    pub fn images(&self, kind: WorkloadKind) -> impl Iterator<Item = Image<'_>> {
        self.template(kind).into_iter().flat_map(Template::images)
    }

    fn template(&self, kind: WorkloadKind) -> Option<&Template<'_>> {
        let Workload { spec, template, .. } = &self.0.0;
        let template = match kind {
            WorkloadKind::PodTemplate => template.as_ref(),
            WorkloadKind::CronJob => {
                let jobs = spec.as_ref()?.0.job_template.as_ref()?;
                jobs.0.spec.as_ref()?.0.template.as_ref()
            }
            _ => spec.as_ref()?.0.template.as_ref(),
        };
        template.map(|template| &template.0)
    }
}
