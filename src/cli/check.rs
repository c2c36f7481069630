//! Decides manifests before anybody applies them: by an exported snapshot, or by a fresh one of the server. It says of every
//! image what the webhook would do with a pod that has it.

mod manifest;
mod report;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize as _;
use wharfinger_app::random::Clock as _;
use wharfinger_domain::disclosure::Knowledge;
use wharfinger_domain::export::Export;
use wharfinger_domain::images::{PodImages, TemplateImages, WorkloadKind};
use wharfinger_domain::review::{Action, JudgedImage, Operation, PodDecision};
use wharfinger_domain::snapshot::{Moment, NamespaceView, Snapshot};
use wharfinger_domain::time::Timestamp;

use self::manifest::{Manifest, Object};
use self::report::{Line, Report, Trouble};
use super::client::{Client, ClientArgs, read_text};
use super::namespace::DEFAULT_CLUSTER;
use super::snapshot::{self, instant, rfc3339};
use super::{Failure, read_or_not};
use crate::clock::SystemClock;
use crate::config::Environment;

/// Decides the images of manifests.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// A file of YAML or JSON, with any number of documents; repeatable. `-` is standard input.
    #[arg(short, long = "file", value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// An exported snapshot to decide by, without a server.
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// The cluster that the manifests are for.
    #[arg(long, default_value = DEFAULT_CLUSTER)]
    cluster: String,
    /// The namespace of manifests that name none.
    #[arg(long, default_value = "default")]
    namespace: String,
    /// The instant to judge at (RFC 3339) [default: that of the snapshot if it has one, else now].
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
}

/// What is decided by.
struct Judge {
    export: Export,
    snapshot: Snapshot,
    cluster: String,
    namespace: String,
    moment: Moment,
}

/// Where an object stands.
struct Place<'a> {
    file: &'a str,
    namespace: &'a str,
    object: &'a Object,
}

impl Check {
    pub(super) async fn run(
        self,
        arguments: &ClientArgs,
        environment: &Environment,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let export = if let Some(file) = &self.snapshot {
            snapshot::read(file)?
        } else {
            let bytes = snapshot::fetch(&Client::new(arguments, environment)?, &[], None).await?;
            snapshot::parse(&bytes, "the server's answer")?
        };
        let report = self.judge(export)?.report(&self.files);
        read_or_not(report.print(arguments.output, out))?;
        if report.is_empty() {
            let words = "there is no object to check; does what writes the manifests fail?";
            return Err(Failure::Unusable(words.to_owned()));
        }
        if !report.errors.is_empty() {
            let lines: Vec<_> = report.errors.iter().map(Trouble::words).collect();
            return Err(Failure::Unusable(lines.join("\n")));
        }
        if report.denies() { Err(Failure::Refused(String::new())) } else { Ok(()) }
    }

    fn judge(&self, export: Export) -> Result<Judge, Failure> {
        let Self { cluster, namespace, .. } = self;
        let at = self.at.or(export.judge_at()).unwrap_or_else(|| SystemClock.now());
        // The clock of another machine wrote the file: only an instant that was asked for is held against it.
        if self.at.is_some_and(|at| at < export.taken_at()) {
            let taken_at = rfc3339(export.taken_at());
            let words =
                format!("the snapshot was taken at {taken_at} and says nothing of instants before; give a later --at");
            return Err(Failure::Unusable(words));
        }
        if !export.clusters().any(|known| known == cluster) {
            let known: Vec<_> = export.clusters().collect();
            let known = if known.is_empty() { "there is none at all".to_owned() } else { known.join(", ") };
            let words = format!("there is no cluster {cluster:?}; give --cluster with one of: {known}");
            return Err(Failure::Unusable(words));
        }
        let snapshot = export.clone().into_snapshot().map_err(|error| Failure::Unusable(error.to_string()))?;
        let (cluster, namespace, moment) = (cluster.clone(), namespace.clone(), Moment::fresh(at));
        Ok(Judge { export, snapshot, cluster, namespace, moment })
    }
}

impl Judge {
    fn report(&self, files: &[PathBuf]) -> Report {
        let revision = self.snapshot.revision().to_string();
        let (taken_at, judged_at) = (self.export.taken_at(), self.moment.at);
        let mut report = Report { taken_at, judged_at, revision, results: Vec::new(), errors: Vec::new(), skipped: 0 };
        for path in files {
            let file = path.display().to_string();
            match read_text(path) {
                Ok(text) => self.judge_file(&file, &text, &mut report),
                Err(Failure::Unusable(message) | Failure::Refused(message)) => {
                    report.errors.push(Trouble { file, document: None, line: None, message });
                }
                Err(Failure::Unread) => {}
            }
        }
        report
    }

    fn judge_file(&self, file: &str, text: &str, report: &mut Report) {
        let Manifest { objects, faults } = manifest::read(text);
        let trouble =
            |document, line, message| Trouble { file: file.to_owned(), document: Some(document), line, message };
        let mut errors: Vec<_> =
            faults.into_iter().map(|fault| trouble(fault.document, fault.line, fault.problem)).collect();
        for object in &objects {
            let own = object.namespace();
            let namespace = if own.is_empty() { &self.namespace } else { own };
            match self.judge_object(&Place { file, namespace, object }) {
                Ok(Some(lines)) => report.results.extend(lines),
                Ok(None) => report.skipped += 1,
                Err(message) => {
                    let (kind, name) = (object.kind(), object.name());
                    errors.push(trouble(object.document, None, format!("{}{kind}/{name}: {message}", object.place)));
                }
            }
        }
        errors.sort_by_key(|error| error.document);
        report.errors.extend(errors);
    }

    /// The images of an object; `None` when its kind has none.
    fn judge_object(&self, place: &Place<'_>) -> Result<Option<Vec<Line>>, String> {
        let Place { object, namespace, .. } = place;
        let is_pod = object.kind() == "Pod" && object.group().is_empty();
        let workload = WorkloadKind::parse(object.kind()).filter(|kind| kind.group() == object.group());
        if !is_pod && workload.is_none() {
            return Ok(None);
        }
        let view = self.view(namespace)?;
        let unread = |error: serde_json::Error| format!("the object cannot be judged: {error}");
        let lines = if let Some(kind) = workload {
            let template = TemplateImages::deserialize(&object.value).map_err(unread)?;
            let decision = view.review_template(Operation::Create, kind, &template, None);
            place.lines(&view, &decision, kind.prefix())
        } else {
            let pod = PodImages::deserialize(&object.value).map_err(unread)?;
            place.lines(&view, &view.review(Operation::Create, &pod, None), PodImages::PREFIX)
        };
        Ok(Some(lines))
    }

    fn view(&self, namespace: &str) -> Result<NamespaceView<'_>, String> {
        if !self.export.covers(&self.cluster, namespace) {
            let names = self.export.workspaces().unwrap_or_default().join(", ");
            return Err(format!(
                "namespace {namespace:?} is in none of the workspaces that the snapshot is of ({names}), so nothing can be said of it"
            ));
        }
        let view = self.snapshot.view(&self.cluster, namespace, self.moment);
        view.ok_or_else(|| format!("there is no cluster {:?}", self.cluster))
    }
}

impl Place<'_> {
    fn lines(&self, view: &NamespaceView<'_>, decision: &PodDecision<'_>, prefix: &str) -> Vec<Line> {
        decision.images.iter().filter_map(|image| self.line(view, image, prefix)).collect()
    }

    /// The decision in the words of the webhook, and what the mode makes of it.
    fn line(&self, view: &NamespaceView<'_>, image: &JudgedImage<'_>, prefix: &str) -> Option<Line> {
        let told = image.decision?.disclosed(view, Knowledge::NamespaceState);
        let action = match (told.is_allowed(), told.warn) {
            (false, _) => Action::on_denial(view.mode()),
            (true, true) => Action::Warned,
            (true, false) => Action::Admitted,
        };
        let remedy = told.remedy().map_or_else(String::new, |remedy| format!("; {}", remedy.words));
        Some(Line {
            file: self.file.to_owned(),
            document: self.object.document,
            kind: self.object.kind().to_owned(),
            name: self.object.name().to_owned(),
            namespace: self.namespace.to_owned(),
            field_path: format!("{}{}", self.object.place, image.place.below(prefix)),
            image: image.reference.to_owned(),
            verdict: told.verdict,
            action,
            reason: told.reason,
            message: format!("{}{remedy}", told.words(view)),
        })
    }
}
