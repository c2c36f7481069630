//! Queries of namespaces.

use std::collections::{HashMap, HashSet};

use diesel::dsl::{InnerJoin, IntoBoxed, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use wharfinger_domain::id::{ClusterId, NamespaceId, WorkspaceId};
use wharfinger_domain::time::Timestamp;

use super::nested::{self, Windows};
use super::rows::NamespaceRow;
use super::schema::{clusters, namespaces};
use super::sight::in_workspace;
use super::{Db, MAX_BINDS, Session, contains, grouped, micros};
use crate::namespaces::{NamespaceChange, NamespaceFilter, NamespaceKey, NamespaceRecord, Namespaces};
use crate::page::Within;
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// How many values the row of a new namespace has.
const COLUMNS: usize = 4;

type Joined = InnerJoin<namespaces::table, clusters::table>;
type Query<'a> = IntoBoxed<'a, Joined, Db>;

#[derive(Insertable)]
#[diesel(table_name = namespaces, treat_none_as_default_value = false)]
struct NewNamespace<'a> {
    cluster_id: i64,
    name: &'a str,
    uid: &'a str,
    first_seen_at: i64,
}

/// A namespace below its workspace, with the name of its cluster under another name than its own has.
#[derive(Queryable, Selectable)]
#[diesel(table_name = namespaces)]
struct InCluster {
    #[diesel(embed)]
    namespace: NamespaceRow,
    #[diesel(select_expression = sql::<Text>("clusters.name AS cluster"), select_expression_type = SqlLiteral<Text>)]
    cluster: String,
}

impl Namespaces for Session<'_> {
    fn record_listing(
        &mut self,
        cluster: ClusterId,
        seen: &[(String, String)],
        at: Timestamp,
    ) -> Result<Vec<NamespaceChange>> {
        let there = joined().filter(namespaces::cluster_id.eq(cluster.0)).filter(namespaces::gone_at.is_null());
        let there = self.namespaces_in(there)?;
        let uids: HashSet<&str> = seen.iter().map(|(_, uid)| &**uid).collect();
        let (known, gone): (Vec<_>, Vec<_>) =
            there.into_iter().partition(|record| uids.contains(&*record.namespace.uid));
        let mut changes = self.end_namespaces(gone, at)?;
        let known: HashSet<&str> = known.iter().map(|record| &*record.namespace.uid).collect();
        let fresh: Vec<_> = seen.iter().filter(|(_, uid)| !known.contains(&**uid)).collect();
        changes.extend(self.begin_namespaces(cluster, &fresh, at)?);
        Ok(changes)
    }

    fn record_seen(
        &mut self,
        cluster: ClusterId,
        name: &str,
        uid: &str,
        at: Timestamp,
    ) -> Result<Vec<NamespaceChange>> {
        let there = joined().filter(namespaces::cluster_id.eq(cluster.0)).filter(namespaces::gone_at.is_null());
        let there = self.namespaces_in(there.filter(namespaces::name.eq(name.to_owned())))?;
        if there.iter().any(|record| &*record.namespace.uid == uid) {
            return Ok(Vec::new());
        }
        let mut changes = self.end_namespaces(there, at)?;
        changes.extend(self.begin_namespaces(cluster, &[&(name.to_owned(), uid.to_owned())], at)?);
        Ok(changes)
    }

    fn record_gone(&mut self, cluster: ClusterId, uid: &str, at: Timestamp) -> Result<Option<NamespaceChange>> {
        let there = joined().filter(namespaces::cluster_id.eq(cluster.0)).filter(namespaces::gone_at.is_null());
        let there = self.namespaces_in(there.filter(namespaces::uid.eq(uid.to_owned())))?;
        Ok(self.end_namespaces(there, at)?.pop())
    }

    fn namespace(&mut self, sight: &Sight, id: NamespaceId) -> Result<Option<NamespaceRecord>> {
        Ok(self.namespaces_by_id(sight, &[id])?.remove(&id))
    }

    fn namespace_by_name(&mut self, sight: &Sight, cluster: &str, name: &str) -> Result<Option<NamespaceRecord>> {
        Ok(self.namespaces_by_name(sight, &[(cluster.to_owned(), name.to_owned())])?.pop())
    }

    fn namespaces_by_name(&mut self, sight: &Sight, names: &[(String, String)]) -> Result<Vec<NamespaceRecord>> {
        let mut found = Vec::with_capacity(names.len());
        for (cluster, names) in grouped(names, |(cluster, _)| cluster) {
            for names in names.chunks(MAX_BINDS - 1) {
                let names: Vec<_> = names.iter().map(|(_, name)| name.clone()).collect();
                let there =
                    within(sight).filter(clusters::name.eq(cluster.clone())).filter(namespaces::gone_at.is_null());
                found.extend(self.namespaces_in(there.filter(namespaces::name.eq_any(names)))?);
            }
        }
        Ok(found)
    }

    fn namespaces_by_id(
        &mut self,
        sight: &Sight,
        ids: &[NamespaceId],
    ) -> Result<HashMap<NamespaceId, NamespaceRecord>> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_BINDS) {
            let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
            let records = self.namespaces_in(within(sight).filter(namespaces::id.eq_any(ids)))?;
            found.extend(records.into_iter().map(|record| (record.namespace.id, record)));
        }
        Ok(found)
    }

    fn namespace_pages(
        &mut self,
        workspaces: &[WorkspaceId],
        filter: &NamespaceFilter,
        page: &Page<Within<WorkspaceId, NamespaceKey>>,
    ) -> Result<HashMap<WorkspaceId, Paged<NamespaceRecord>>> {
        let workspaces: Vec<_> = page.parents(workspaces).into_iter().map(|workspace| workspace.0).collect();
        let of = namespaces::workspace_id.assume_not_null().eq_any(workspaces);
        let Within { parent, key } = page.after.clone().unwrap_or_else(before_all);
        let later = namespaces::name.gt(key.name.clone());
        let later = later.or(namespaces::name.eq(key.name).and(namespaces::id.gt(key.id.0)));
        let later = clusters::name.gt(key.cluster.clone()).or(clusters::name.eq(key.cluster).and(later));
        let inside = namespaces::workspace_id.assume_not_null().eq(parent.0);
        let beyond = page.after.is_none().into_sql::<Bool>().or(inside.and(later));
        let rows = filtered(filter).filter(of).select((InCluster::as_select(), nested::beyond(beyond)));
        let windows = Windows { rows, parent: "workspace_id", order: "cluster, name, id", limit: page.limit() };
        let pages = windows.pages(self.connection, page, |row: InCluster| {
            let record = row.namespace.record(row.cluster);
            Ok((record.namespace.workspace, record))
        })?;
        Ok(pages.into_iter().filter_map(|(workspace, page)| Some((workspace?, page))).collect())
    }

    fn page_namespaces(
        &mut self,
        filter: &NamespaceFilter,
        page: &Page<NamespaceKey>,
    ) -> Result<Paged<NamespaceRecord>> {
        let total = page.total_by(|| Ok(filtered(filter).count().get_result(self.connection)?))?;
        let mut query = filtered(filter);
        if let Some(NamespaceKey { cluster, name, id }) = page.after.clone() {
            let later = namespaces::name.gt(name.clone()).or(namespaces::name.eq(name).and(namespaces::id.gt(id.0)));
            let later = clusters::name.gt(cluster.clone()).or(later);
            query = query.filter(clusters::name.ge(cluster).and(later));
        }
        let query = query.order((clusters::name, namespaces::name, namespaces::id)).limit(page.limit());
        Ok(Paged::of(page, self.namespaces_in(query)?, total))
    }

    fn assign_namespaces(
        &mut self,
        ids: &[NamespaceId],
        workspace: Option<WorkspaceId>,
    ) -> Result<Vec<NamespaceChange>> {
        let mut changes = Vec::new();
        let elsewhere = |record: &NamespaceRecord| record.gone_at.is_none() && record.namespace.workspace != workspace;
        for before in self.namespaces_by_id(&Sight::All, ids)?.into_values().filter(elsewhere) {
            let mut after = before.clone();
            after.namespace.workspace = workspace;
            changes.push(NamespaceChange { before: Some(before), after });
        }
        changes.sort_by_key(|change| change.after.namespace.id);
        let moved: Vec<_> = changes.iter().map(|change| change.after.namespace.id.0).collect();
        for ids in moved.chunks(MAX_BINDS - 1) {
            diesel::update(namespaces::table.filter(namespaces::id.eq_any(ids)))
                .set(namespaces::workspace_id.eq(workspace.map(|workspace| workspace.0)))
                .execute(self.connection)?;
        }
        Ok(changes)
    }
}

impl Session<'_> {
    fn namespaces_in(&mut self, query: Query<'_>) -> Result<Vec<NamespaceRecord>> {
        let rows: Vec<(NamespaceRow, String)> =
            query.select((NamespaceRow::as_select(), clusters::name)).load(self.connection)?;
        Ok(rows.into_iter().map(|(row, cluster)| row.record(cluster)).collect())
    }

    /// Marks namespaces as gone, and ends their mappings.
    fn end_namespaces(&mut self, there: Vec<NamespaceRecord>, at: Timestamp) -> Result<Vec<NamespaceChange>> {
        let ids: Vec<_> = there.iter().map(|record| record.namespace.id.0).collect();
        for ids in ids.chunks(MAX_BINDS - 1) {
            diesel::update(namespaces::table.filter(namespaces::id.eq_any(ids)))
                .set((namespaces::workspace_id.eq(None::<i64>), namespaces::gone_at.eq(micros(Some(at)))))
                .execute(self.connection)?;
        }
        let ended = |before: NamespaceRecord| {
            let mut after = before.clone();
            after.namespace.workspace = None;
            after.gone_at = Some(at);
            NamespaceChange { before: Some(before), after }
        };
        Ok(there.into_iter().map(ended).collect())
    }

    /// Stores namespaces that are new. One whose UID is known, and was taken for gone, stays so: a UID does not come back.
    fn begin_namespaces(
        &mut self,
        cluster: ClusterId,
        fresh: &[&(String, String)],
        at: Timestamp,
    ) -> Result<Vec<NamespaceChange>> {
        let mut ids = Vec::with_capacity(fresh.len());
        for fresh in fresh.chunks(MAX_BINDS / COLUMNS) {
            let (cluster_id, first_seen_at) = (cluster.0, at.as_micros());
            let values = fresh.iter().map(|(name, uid)| NewNamespace { cluster_id, name, uid, first_seen_at });
            let made: Vec<i64> = diesel::insert_into(namespaces::table)
                .values(values.collect::<Vec<_>>())
                .on_conflict((namespaces::cluster_id, namespaces::uid))
                .do_nothing()
                .returning(namespaces::id)
                .get_results(self.connection)?;
            ids.extend(made.into_iter().map(NamespaceId));
        }
        let made = self.namespaces_by_id(&Sight::All, &ids)?;
        let mut changes: Vec<_> = made.into_values().map(|after| NamespaceChange { before: None, after }).collect();
        changes.sort_by_key(|change| change.after.namespace.id);
        Ok(changes)
    }
}

/// A key that no namespace has.
fn before_all() -> Within<WorkspaceId, NamespaceKey> {
    let key = NamespaceKey { cluster: String::new(), name: String::new(), id: NamespaceId(0) };
    Within { parent: WorkspaceId(0), key }
}

fn joined() -> Query<'static> {
    namespaces::table.inner_join(clusters::table).into_boxed()
}

/// The namespaces within sight.
fn within(sight: &Sight) -> Query<'static> {
    joined().filter(in_workspace(sight, namespaces::workspace_id.assume_not_null()))
}

fn filtered(filter: &NamespaceFilter) -> Query<'static> {
    let mut query = within(&filter.sight).filter(namespaces::gone_at.is_null());
    if let Some(text) = &filter.search {
        query = query.filter(contains(namespaces::name, text));
    }
    match filter.assigned {
        Some(true) => query = query.filter(namespaces::workspace_id.is_not_null()),
        Some(false) => query = query.filter(namespaces::workspace_id.is_null()),
        None => {}
    }
    query
}
