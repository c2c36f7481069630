//! Workspaces.

use wharfinger_domain::cluster::EnforcementMode;
use wharfinger_domain::registry::Owner;
use wharfinger_store::sight::Sight;
use wharfinger_store::workspaces::WorkspaceFilter;
use wharfinger_store::{Page, StoreError, Unique};

use crate::arrangement::{Ground, at, binding, registry};

#[tokio::test]
async fn changes_of_an_older_revision_are_refused() {
    let ground = Ground::new();
    let id = ground.workspace("team").await;
    assert!(ground.write(move |tx| tx.rename_workspace(id, 1, Some("The Team"))).await);
    assert!(!ground.write(move |tx| tx.rename_workspace(id, 1, None)).await);
    assert!(ground.write(move |tx| tx.set_workspace_policy(id, 2, Some(EnforcementMode::Audit), Some("ext"))).await);
    assert!(!ground.write(move |tx| tx.set_workspace_policy(id, 2, None, None)).await);
    let record = ground.read(move |tx| tx.workspace(&Sight::All, id)).await.unwrap();
    assert_eq!((record.display_name.as_deref(), record.external_id.as_deref()), (Some("The Team"), Some("ext")));
    assert_eq!((record.workspace.mode, record.revision), (Some(EnforcementMode::Audit), 3));
}

#[tokio::test]
async fn an_external_id_is_unique() {
    let ground = Ground::new();
    let (one, other) = (ground.workspace("one").await, ground.workspace("other").await);
    ground.write(move |tx| tx.set_workspace_policy(one, 1, None, Some("ext"))).await;
    let refused = ground.store.write(move |tx| tx.set_workspace_policy(other, 1, None, Some("ext"))).await;
    assert_eq!(refused, Err(StoreError::Conflict(Unique::WorkspaceExternalId)));
}

#[tokio::test]
async fn a_workspace_goes_with_its_bindings_but_not_with_its_registries() {
    let ground = Ground::new();
    let (_, spaces) = ground.harbor("harbor", &["a"]).await;
    let (space, id) = (spaces[0], ground.workspace("team").await);
    ground.write(move |tx| tx.insert_bindings(&[binding(space, id)])).await;
    let own = ground.write(move |tx| tx.insert_registry(&registry("own", Owner::Workspace(id)))).await;
    let refused = ground.store.write(move |tx| tx.remove_workspace(id)).await;
    assert_eq!(refused, Err(StoreError::Dangling));
    ground.write(move |tx| tx.remove_registry(own)).await;
    assert!(ground.write(move |tx| tx.remove_workspace(id)).await);
    assert!(!ground.write(move |tx| tx.remove_workspace(id)).await);
    assert_eq!(ground.read(move |tx| tx.space(&Sight::All, space)).await.unwrap().binding_count, 0);
}

#[tokio::test]
async fn a_page_of_workspaces_is_searched_in_both_names() {
    let ground = Ground::new();
    ground
        .write(|tx| {
            tx.insert_workspace("b", Some("Shipping"), at(1))?;
            tx.insert_workspace("a", None, at(1))?;
            tx.insert_workspace("ship", None, at(1))
        })
        .await;
    let filter = WorkspaceFilter { search: Some("SHIP".to_owned()), sight: Sight::All };
    let page = ground.read(move |tx| tx.page_workspaces(&filter, &Page::first(1).counted())).await;
    assert_eq!((page.items.len(), page.has_next, page.total), (1, true, Some(2)));
    let (after, all) = (page.items[0].key(), WorkspaceFilter::seen_with(Sight::All));
    assert_eq!(after.name, "b");
    let rest = ground.read(move |tx| tx.page_workspaces(&all, &Page::first(9).after(after))).await;
    assert_eq!(rest.items.len(), 1);
    let none = WorkspaceFilter::default();
    assert!(ground.read(move |tx| tx.page_workspaces(&none, &Page::first(9))).await.items.is_empty());
}
