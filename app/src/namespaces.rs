//! Namespaces and the workspaces they are assigned to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use wharfinger_domain::change::Change;
use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::id::{NamespaceId, WorkspaceId};
use wharfinger_domain::rights::Action;
use wharfinger_store::namespaces::NamespaceChange;

use crate::App;
use crate::call::Call;
use crate::error::{AppError, Outcome, UserError, UserErrorCode};
use crate::record::{NamespaceFilter, NamespaceKey, NamespaceRecord, Page, Paged, Sight, Within};
use crate::unit::{Subject, Unit};

/// The most namespaces that one call may assign.
pub const MAX_ASSIGNED: usize = 500;

/// A namespace, as Kubernetes names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamespaceName {
    /// The cluster's name.
    pub cluster: String,
    /// The namespace's name.
    pub name: String,
}

/// Which namespaces are to be in which workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The namespaces.
    pub namespaces: Vec<NamespaceName>,
    /// The workspace; `None`: none.
    pub workspace: Option<WorkspaceId>,
    /// Only try.
    pub dry_run: bool,
}

impl App {
    /// Puts namespaces into a workspace, or into none. All or nothing. Gives how many are in another one than before.
    pub async fn assign_namespaces(self: &Arc<Self>, call: &Call, assignment: Assignment) -> Outcome<usize> {
        call.require(Action::AssignNamespaces, None)?;
        if assignment.namespaces.len() > MAX_ASSIGNED {
            let message = format!("too many namespaces; assign at most {MAX_ASSIGNED} in one call");
            return Ok(Err(vec![UserError::new(UserErrorCode::TooMany, message, &["assignment", "namespaces"])]));
        }
        let dry_run = assignment.dry_run;
        self.change(call, dry_run, move |unit| {
            let ids = find(unit, &assignment)?;
            let changes = unit.tx.assign_namespaces(&ids, assignment.workspace)?;
            for change in &changes {
                note(unit, change);
            }
            Ok(changes.len())
        })
        .await
    }

    /// The namespace that has this name now; `None` when there is none or the caller may not see it.
    pub async fn namespace_by_name(
        &self,
        call: &Call,
        name: NamespaceName,
    ) -> Result<Option<NamespaceRecord>, AppError> {
        let sight = sight(call);
        self.read(move |tx| Ok(tx.namespace_by_name(&sight, &name.cluster, &name.name)?)).await
    }

    /// The namespaces with these ids that the caller may see, gone ones included.
    pub async fn namespaces_by_id(
        &self,
        call: &Call,
        ids: Vec<NamespaceId>,
    ) -> Result<HashMap<NamespaceId, NamespaceRecord>, AppError> {
        let sight = sight(call);
        self.read(move |tx| Ok(tx.namespaces_by_id(&sight, &ids)?)).await
    }

    /// A page of the namespaces that the caller may see, by cluster and name; of one workspace when it is named.
    pub async fn page_namespaces(
        &self,
        call: &Call,
        search: Option<String>,
        assigned: Option<bool>,
        workspace: Option<WorkspaceId>,
        page: Page<NamespaceKey>,
    ) -> Result<Paged<NamespaceRecord>, AppError> {
        let seen = sight(call);
        let sight = workspace.map_or(seen.clone(), |workspace| seen.within(workspace));
        let filter = NamespaceFilter { search, assigned, sight };
        self.read(move |tx| Ok(tx.page_namespaces(&filter, &page)?)).await
    }

    /// This page of the namespaces of each of these workspaces that the caller may see, by cluster and name; without those
    /// that have none.
    pub async fn namespace_pages(
        &self,
        call: &Call,
        workspaces: Vec<WorkspaceId>,
        search: Option<String>,
        page: Page<Within<WorkspaceId, NamespaceKey>>,
    ) -> Result<HashMap<WorkspaceId, Paged<NamespaceRecord>>, AppError> {
        let filter = NamespaceFilter { search, assigned: None, sight: sight(call) };
        self.read(move |tx| Ok(tx.namespace_pages(&workspaces, &filter, &page)?)).await
    }

    /// What the webhook does with a denial in this namespace now; `None`: it is exempt. For a record that the caller was
    /// given.
    pub fn namespace_mode(&self, call: &Call, record: &NamespaceRecord) -> Result<Option<EnforcementMode>, AppError> {
        let snapshot = self.snapshot()?;
        let (cluster, name) = (record.namespace.cluster.to_string(), record.namespace.name.to_string());
        let view = self.view(&snapshot, &NamespaceName { cluster, name }, call)?;
        Ok(if view.exemption().is_some() { None } else { Some(view.mode()) })
    }
}

/// Of which namespaces the caller may know: all, or those of its workspaces.
pub(crate) fn sight(call: &Call) -> Sight {
    if call.permits(Action::ReadAllNamespaces, None) { Sight::All } else { call.sight(Action::ReadWorkspace) }
}

/// The stored namespaces of an assignment, every one of them, and its workspace.
fn find(unit: &mut Unit<'_>, assignment: &Assignment) -> Result<Vec<NamespaceId>, AppError> {
    let path = ["assignment", "namespaces"];
    let sight = unit.sight(Action::AssignNamespaces);
    if let Some(workspace) = assignment.workspace
        && unit.tx.workspace(&sight, workspace)?.is_none()
    {
        return Err(UserError::not_found("workspace", &["assignment", "workspaceId"], None).into());
    }
    let names: Vec<_> = assignment.namespaces.iter().map(|name| (name.cluster.clone(), name.name.clone())).collect();
    let found: HashMap<_, _> = unit
        .tx
        .namespaces_by_name(&sight, &names)?
        .into_iter()
        .map(|record| ((record.namespace.cluster.to_string(), record.namespace.name.to_string()), record.namespace.id))
        .collect();
    let mut errors = Vec::new();
    let mut ids = HashSet::new();
    for (index, name) in names.iter().enumerate() {
        match found.get(name) {
            Some(id) => {
                ids.insert(*id);
            }
            None => errors.push(UserError::not_found("namespace with a known UID", &path, Some(index))),
        }
    }
    if errors.is_empty() { Ok(ids.into_iter().collect()) } else { Err(AppError::Refused(errors)) }
}

/// Notes that a namespace is in another workspace than before.
pub(crate) fn note(unit: &mut Unit<'_>, change: &NamespaceChange) {
    let before = change.before.as_ref().and_then(|record| record.namespace.workspace);
    let namespace = &change.after.namespace;
    let label = format!("{}/{}", namespace.cluster, namespace.name);
    let subject = Subject {
        kind: "namespace",
        id: Some(namespace.id.0),
        label: &label,
        workspace: namespace.workspace.or(before),
    };
    let details = json!({ "before": before, "after": namespace.workspace, "uid": namespace.uid });
    unit.audit("namespace.assign", &subject, &details);
    unit.note(Change::Namespace(namespace.clone()));
}
