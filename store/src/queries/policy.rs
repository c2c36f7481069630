//! Reads the policy data whole: one statement for each table.

use diesel::prelude::*;
use wharfinger_domain::policy::Policy;

use super::Session;
use super::rows::{BindingRow, ExemptionRow, NamespaceRow, SpaceRow, WorkspaceRow};
use super::schema::{bindings, clusters, exemptions, namespaces, spaces, workspaces};
use crate::Result;
use crate::clusters::Clusters;
use crate::policy::Policies;
use crate::registries::Registries;
use crate::revisions::Revisions;

impl Policies for Session<'_> {
    fn load_policy(&mut self) -> Result<Policy> {
        let mut policy = Policy::empty(self.revision()?);
        policy.clusters = self.clusters()?.into_iter().map(|record| record.cluster).collect();
        policy.registries = self.all_registries()?.into_iter().map(|record| record.registry).collect();
        policy.retired_hosts = self.retired_hosts()?;
        for row in spaces::table.order(spaces::id).select(SpaceRow::as_select()).load(self.connection)? {
            policy.spaces.push(row.record()?.space);
        }
        for row in workspaces::table.order(workspaces::id).select(WorkspaceRow::as_select()).load(self.connection)? {
            policy.workspaces.push(row.record()?.workspace);
        }
        for row in bindings::table.order(bindings::id).select(BindingRow::as_select()).load(self.connection)? {
            policy.bindings.push(row.record()?.binding);
        }
        let mapped = namespaces::table
            .inner_join(clusters::table)
            .filter(namespaces::workspace_id.is_not_null())
            .order(namespaces::id);
        let mapped: Vec<(NamespaceRow, String)> =
            mapped.select((NamespaceRow::as_select(), clusters::name)).load(self.connection)?;
        policy.namespaces = mapped.into_iter().map(|(row, cluster)| row.record(cluster).namespace).collect();
        let listed = exemptions::table.inner_join(clusters::table).order(exemptions::id);
        let listed: Vec<(ExemptionRow, String)> =
            listed.select((ExemptionRow::as_select(), clusters::name)).load(self.connection)?;
        policy.exemptions = listed.into_iter().map(|(row, cluster)| row.record(cluster).exemption).collect();
        Ok(policy)
    }
}
