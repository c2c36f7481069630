//! Registries, their hosts, credentials and health, and retired hosts.

use wharfinger_domain::registry::{Owner, RetiredHost};
use wharfinger_store::registries::{HealthStatus, RegistryFilter, RegistryHealth, RegistrySettings, SealedCredential};
use wharfinger_store::sight::Sight;
use wharfinger_store::{Page, StoreError, Unique};

use crate::arrangement::{Ground, at, registry, settings};

#[tokio::test]
async fn a_registry_comes_back_as_it_was_stored() {
    let ground = Ground::new();
    let new = registry("harbor", Owner::Platform);
    let stored = new.clone();
    let id = ground.write(move |tx| tx.insert_registry(&stored)).await;
    let record = ground.read(move |tx| tx.registry(&Sight::All, id)).await.unwrap();
    assert_eq!(record.registry.hosts, ["harbor.example.com".into(), "mirror.harbor.example.com:8443".into()]);
    assert_eq!((record.registry.owner, record.registry.kind), (new.owner, new.kind));
    assert_eq!((record.endpoint, record.created_at), (new.settings.endpoint, new.created_at));
    assert_eq!(
        ground.read(|tx| tx.registry_by_name(&Sight::All, Owner::Platform, "harbor")).await.unwrap().registry.id,
        id
    );
}

#[tokio::test]
async fn a_name_is_unique_for_each_owner() {
    let ground = Ground::new();
    let team = Owner::Workspace(ground.workspace("team").await);
    ground.write(|tx| tx.insert_registry(&registry("harbor", Owner::Platform))).await;
    ground.write(move |tx| tx.insert_registry(&registry("harbor", team))).await;
    for owner in [Owner::Platform, team] {
        let refused = ground.store.write(move |tx| tx.insert_registry(&registry("harbor", owner))).await;
        assert_eq!(refused, Err(StoreError::Conflict(Unique::RegistryName)));
        let found = ground.read(move |tx| tx.registry_by_name(&Sight::All, owner, "harbor")).await.unwrap();
        assert_eq!(found.registry.owner, owner);
    }
}

#[tokio::test]
async fn an_update_of_an_older_revision_is_refused() {
    let ground = Ground::new();
    let id = ground.write(|tx| tx.insert_registry(&registry("harbor", Owner::Platform))).await;
    let changed =
        RegistrySettings { exclusive: true, hosts: vec!["new.example.com".to_owned()], ..settings("renamed") };
    let first = changed.clone();
    assert!(ground.write(move |tx| tx.update_registry(id, 1, &first)).await);
    assert!(!ground.write(move |tx| tx.update_registry(id, 1, &settings("late"))).await);
    let record = ground.read(move |tx| tx.registry(&Sight::All, id)).await.unwrap();
    assert_eq!((&*record.registry.name, record.revision), ("renamed", 2));
    assert_eq!(record.registry.hosts, ["new.example.com".into()]);
    assert!(record.registry.exclusive && !record.registry.resting);
    let resting = RegistrySettings { resting_reason: Some("taken over".to_owned()), ..changed };
    assert!(ground.write(move |tx| tx.update_registry(id, 2, &resting)).await);
    assert!(ground.read(move |tx| tx.registry(&Sight::All, id)).await.unwrap().registry.resting);
}

#[tokio::test]
async fn an_id_is_never_given_out_twice() {
    let ground = Ground::new();
    let first = ground.write(|tx| tx.insert_registry(&registry("harbor", Owner::Platform))).await;
    assert!(ground.write(move |tx| tx.remove_registry(first)).await);
    assert!(!ground.write(move |tx| tx.remove_registry(first)).await);
    let second = ground.write(|tx| tx.insert_registry(&registry("harbor", Owner::Platform))).await;
    assert!(second > first);
}

pub(crate) fn credential(secret: &[u8]) -> SealedCredential {
    SealedCredential {
        username: "robot".to_owned(),
        sealed: secret.to_vec(),
        key_id: "key".to_owned(),
        rotated_at: at(5),
        expires_at: None,
    }
}

#[tokio::test]
async fn a_credential_is_replaced_removed_and_never_shown() {
    let ground = Ground::new();
    let (id, _) = ground.harbor("harbor", &[]).await;
    for secret in [b"first", b"newer"] {
        let stored = credential(secret);
        assert!(!format!("{stored:?}").contains(&format!("{:?}", secret.as_slice())));
        ground.write(move |tx| tx.set_credential(id, Some(&stored))).await;
        assert_eq!(ground.read(move |tx| tx.credentials(&Sight::All, &[id])).await[&id], credential(secret));
    }
    ground.write(move |tx| tx.set_credential(id, None)).await;
    assert!(ground.read(move |tx| tx.credentials(&Sight::All, &[id])).await.is_empty());
}

#[tokio::test]
async fn health_is_what_was_noted_last() {
    let ground = Ground::new();
    let (id, _) = ground.harbor("harbor", &[]).await;
    assert!(ground.read(move |tx| tx.health(&Sight::All, &[id])).await.is_empty());
    let health = |status, reason: Option<&str>| RegistryHealth {
        status,
        checked_at: at(6),
        reason: reason.map(str::to_owned),
        latency_ms: Some(12),
        version: Some("v2.14.0".to_owned()),
        warnings: vec!["TLS is not verified".to_owned()],
    };
    ground.write(move |tx| tx.set_health(id, &health(HealthStatus::Unreachable, Some("timed out")))).await;
    ground.write(move |tx| tx.set_health(id, &health(HealthStatus::Healthy, None))).await;
    assert_eq!(ground.read(move |tx| tx.health(&Sight::All, &[id])).await[&id], health(HealthStatus::Healthy, None));
}

#[tokio::test]
async fn retired_hosts_stay_until_they_are_released() {
    let ground = Ground::new();
    let team = ground.workspace("team").await;
    let of = |owner| RetiredHost { host: "old.example.com".into(), owner };
    let both = [of(Owner::Platform), of(Owner::Workspace(team))];
    let retired = both.clone();
    ground.write(move |tx| tx.retire_hosts(&retired, at(1))).await;
    ground.write(move |tx| tx.retire_hosts(&[of(Owner::Platform)], at(2))).await;
    ground.write(move |tx| tx.remove_workspace(team)).await;
    assert_eq!(ground.read(|tx| tx.retired_hosts()).await, both);
    let released = ground.write(move |tx| tx.release_hosts(&[of(Owner::Platform)])).await;
    assert_eq!(released, [of(Owner::Platform)]);
    assert!(ground.write(move |tx| tx.release_hosts(&[of(Owner::Platform)])).await.is_empty());
    assert_eq!(ground.read(|tx| tx.retired_hosts()).await, [of(Owner::Workspace(team))]);
}

#[tokio::test]
async fn a_page_of_registries_is_filtered_counted_and_continued() {
    let ground = Ground::new();
    let team = ground.workspace("team").await;
    ground
        .write(move |tx| {
            for name in ["c", "a", "b"] {
                tx.insert_registry(&registry(name, Owner::Platform))?;
            }
            tx.insert_registry(&registry("own", Owner::Workspace(team)))
        })
        .await;
    let all = RegistryFilter::seen_with(Sight::All);
    let first = ground.read(move |tx| tx.page_registries(&all, &Page::first(2).counted())).await;
    assert_eq!((first.has_next, first.total), (true, Some(4)));
    let after = first.items[1].key();
    let all = RegistryFilter::seen_with(Sight::All);
    let rest = ground.read(move |tx| tx.page_registries(&all, &Page::first(2).after(after))).await;
    let names: Vec<_> = first.items.iter().chain(&rest.items).map(|record| &*record.registry.name).collect();
    assert_eq!((names, rest.has_next, rest.total), (vec!["a", "b", "c", "own"], false, None));
    let strangers = RegistryFilter::default();
    let platform = ground.read(move |tx| tx.page_registries(&strangers, &Page::first(9))).await;
    assert_eq!(platform.items.len(), 3);
    let own = RegistryFilter { search: Some("OWN.EX".to_owned()), ..RegistryFilter::seen_with(Sight::Of(vec![team])) };
    let own = ground.read(move |tx| tx.page_registries(&own, &Page::first(9))).await;
    assert_eq!(own.items.len(), 1);
}
