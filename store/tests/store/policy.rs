//! The policy data as a whole, and how many statements reading takes.

use wharfinger_domain::binding::BindingScope;
use wharfinger_domain::registry::{Owner, RetiredHost};
use wharfinger_domain::space::Visibility;
use wharfinger_store::bindings::{BindingFilter, BindingTerms, NewBinding};
use wharfinger_store::exemptions::NewExemption;
use wharfinger_store::namespaces::NamespaceFilter;
use wharfinger_store::registries::RegistryFilter;
use wharfinger_store::repositories::{ContentFilter, TagOrder};
use wharfinger_store::sight::Sight;
use wharfinger_store::spaces::{SpaceFilter, SpaceOrder};
use wharfinger_store::{Page, Transaction};

use crate::arrangement::{Ground, at, binding, private, public, registry, repository, tag};

#[tokio::test]
async fn the_policy_is_what_was_written() {
    let ground = Ground::new();
    let (cluster, team) = (ground.cluster().await, ground.workspace("team").await);
    let (harbor, spaces) = ground.harbor("harbor", &["a", "b"]).await;
    let (a, b) = (spaces[0], spaces[1]);
    let own = ground.write(move |tx| tx.insert_registry(&registry("own", Owner::Workspace(team)))).await;
    let retired = RetiredHost { host: "old.example.com".into(), owner: Owner::Platform };
    let scope = BindingScope::new(&["app/"], &["app/x"]).unwrap();
    let terms = BindingTerms { scope: Some(scope), expires_at: Some(at(99)), ..BindingTerms::default() };
    let (host, bound) = (retired.clone(), NewBinding { terms, ..binding(a, team) });
    let (made, namespace, exemption, revision) = ground
        .write(move |tx| {
            tx.retire_hosts(&[host], at(1))?;
            tx.observe_spaces(harbor, &[public("harbor-b", "b")], at(2))?;
            tx.declare_visibility(b, Some(Visibility::Private), at(2))?;
            let made = tx.insert_bindings(&[bound])?.remove(0).binding;
            let seen = tx.record_listing(cluster, &[("app".into(), "1".into()), ("free".into(), "2".into())], at(2))?;
            let id = seen[0].after.namespace.id;
            let namespace = tx.assign_namespaces(&[id], Some(team))?.remove(0).after.namespace;
            let exemption = tx.insert_exemption(&NewExemption {
                cluster,
                namespace: "app".to_owned(),
                uid: "1".to_owned(),
                reason: "migration".to_owned(),
                expires_at: at(50),
                created_by: "admin".to_owned(),
                created_at: at(2),
            })?;
            Ok((made, namespace, exemption.exemption, tx.bump_revision(5)?.1))
        })
        .await;
    let policy = ground.read(|tx| tx.load_policy()).await;
    assert_eq!(policy.revision, revision);
    assert_eq!(policy.clusters, [ground.read(move |tx| tx.cluster_by_id(cluster)).await.unwrap().cluster]);
    let registries = ground.read(move |tx| tx.registries_by_id(&Sight::All, &[harbor, own])).await;
    assert_eq!(policy.registries, [harbor, own].map(|id| registries[&id].registry.clone()));
    assert_eq!(policy.retired_hosts, [retired]);
    let known = ground.read(move |tx| tx.spaces_by_id(&Sight::All, &[a, b])).await;
    assert_eq!(policy.spaces, [a, b].map(|id| known[&id].space.clone()));
    assert_eq!(policy.spaces[1].declared_visibility, Some(Visibility::Private));
    assert_eq!(policy.workspaces, [ground.read(move |tx| tx.workspace(&Sight::All, team)).await.unwrap().workspace]);
    assert_eq!((policy.bindings, policy.namespaces, policy.exemptions), (vec![made], vec![namespace], vec![exemption]));
}

/// Adds so many of everything.
fn fill(tx: &mut dyn Transaction, from: i64, to: i64) -> wharfinger_store::Result<()> {
    let cluster = tx.clusters()?[0].cluster.id;
    for n in from..to {
        let workspace = tx.insert_workspace(&format!("w{n}"), None, at(1))?.workspace.id;
        let id = tx.insert_registry(&registry(&format!("r{n}"), Owner::Platform))?;
        let made = tx.observe_spaces(id, &[private("1", &format!("s{n}"))], at(1))?;
        let space = made[0].after.space.id;
        tx.observe_repositories(space, &[repository(&format!("s{n}/app"), &[tag("v1", None)])], at(1))?;
        tx.insert_bindings(&[binding(space, workspace)])?;
        let seen = tx.record_seen(cluster, &format!("n{n}"), &format!("u{n}"), at(1))?;
        tx.assign_namespaces(&[seen[0].after.namespace.id], Some(workspace))?;
    }
    Ok(())
}

/// How many statements each kind of reading takes.
async fn counts(ground: &Ground) -> Vec<u64> {
    let policy = ground.read(|tx| tx.load_policy()).await;
    let registries: Vec<_> = policy.registries.iter().map(|registry| registry.id).collect();
    let spaces: Vec<_> = policy.spaces.iter().map(|space| space.id).collect();
    let pairs: Vec<_> = policy.bindings.iter().map(|binding| (binding.space, binding.workspace)).collect();
    let workspaces: Vec<_> = policy.workspaces.iter().map(|workspace| workspace.id).collect();
    let all = spaces.clone();
    let pages =
        ground.read(move |tx| tx.repository_pages(&all, &ContentFilter::seen_with(Sight::All), &Page::first(2))).await;
    let repositories: Vec<_> = pages.values().flat_map(|page| page.items.iter().map(|record| record.id)).collect();
    let (by_id, of_spaces, above, health) = (spaces.clone(), spaces.clone(), spaces, registries.clone());
    let of_workspaces = workspaces.clone();
    vec![
        ground.statements_of(|tx| tx.load_policy()).await,
        ground.statements_of(move |tx| tx.registries_by_id(&Sight::All, &registries)).await,
        ground.statements_of(move |tx| tx.health(&Sight::All, &health)).await,
        ground.statements_of(move |tx| tx.spaces_by_id(&Sight::All, &by_id)).await,
        ground
            .statements_of(move |tx| {
                tx.repository_pages(&above, &ContentFilter::seen_with(Sight::All), &Page::first(2))
            })
            .await,
        ground
            .statements_of(move |tx| {
                tx.tag_pages(&repositories, &ContentFilter::seen_with(Sight::All), TagOrder::default(), &Page::first(2))
            })
            .await,
        ground
            .statements_of(move |tx| {
                tx.binding_pages_of_spaces(&of_spaces, &BindingFilter::seen_with(Sight::All), &Page::first(200))
            })
            .await,
        ground.statements_of(move |tx| tx.bindings_by_pair(&Sight::All, &pairs)).await,
        ground.statements_of(move |tx| tx.workspaces_by_id(&Sight::All, &workspaces)).await,
        ground
            .statements_of(move |tx| {
                tx.namespace_pages(&of_workspaces, &NamespaceFilter::seen_with(Sight::All), &Page::first(200))
            })
            .await,
        ground.statements_of(|tx| tx.page_registries(&RegistryFilter::seen_with(Sight::All), &Page::first(200))).await,
        ground
            .statements_of(|tx| {
                tx.page_spaces(&SpaceFilter::seen_with(Sight::All), SpaceOrder::default(), &Page::first(200))
            })
            .await,
        ground.statements_of(|tx| tx.page_namespaces(&NamespaceFilter::seen_with(Sight::All), &Page::first(200))).await,
    ]
}

#[tokio::test]
async fn reading_takes_as_many_statements_for_a_hundred_as_for_one() {
    let ground = Ground::new();
    ground.cluster().await;
    ground.write(|tx| fill(tx, 0, 1)).await;
    let one = counts(&ground).await;
    ground.write(|tx| fill(tx, 1, 100)).await;
    assert_eq!(counts(&ground).await, one);
    assert_eq!(one, [10, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 1]);
}
