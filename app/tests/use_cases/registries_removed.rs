//! Removing registries: what goes with them, what stays known, and what opens, which is nothing unless somebody says so.

use wharfinger_app::bindings::{Manner, Pairs, Terms};
use wharfinger_app::call::Call;
use wharfinger_app::error::AppError;
use wharfinger_app::error::UserErrorCode::{InUse, Invalid, NotAllowed, NotFound, Required, StaleRevision, TooLong};
use wharfinger_app::registries::{RegistryRemoval, Removed};
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole};
use wharfinger_domain::decision::{Reason, Verdict};
use wharfinger_domain::id::RegistryId;

use crate::assignments::assign;
use crate::registries::{Faults, faults, input, register};
use crate::world::World;

/// The removal of the registry as it is now.
async fn removal(world: &World, id: RegistryId) -> RegistryRemoval {
    let revision = world.registry(id).await.map_or(1, |record| record.revision);
    RegistryRemoval { registry: id, revision, with_bindings: false, release_hosts: false, dry_run: false }
}

async fn remove(world: &World, call: &Call, removal: RegistryRemoval) -> Result<Removed, Faults> {
    world.app.remove_registry(call, removal).await.unwrap().map_err(faults)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_goes_with_its_bindings_only_when_that_is_said() {
    let world = World::start().await;
    let id = world.register().await.registry.id;
    let (wa, wb) = (world.workspace("wa").await, world.workspace("wb").await);
    assign(&world, Some(wa)).await;
    let spaces = vec![world.space("team-a").await.space.id, world.space("pub").await.space.id];
    let pairs = Pairs { spaces, workspaces: vec![wa, wb] };
    world.app.bind_spaces(&world.admin(), pairs, Terms::default(), Manner::default()).await.unwrap().unwrap();
    let image = "harbor.example/team-a/app:1.0";
    assert_eq!(world.decide(image).verdict, Verdict::Allow);

    let plain = removal(&world, id).await;
    let errors = world.app.remove_registry(&world.admin(), plain).await.unwrap().unwrap_err();
    assert!(errors[0].message.contains("4 bindings"), "{errors:?}");
    assert_eq!(faults(errors), [(InUse, "withBindings".to_owned())]);
    let stale = RegistryRemoval { revision: 99, with_bindings: true, ..plain };
    assert_eq!(remove(&world, &world.admin(), stale).await.unwrap_err(), [(StaleRevision, "revision".to_owned())]);
    let tried = RegistryRemoval { with_bindings: true, dry_run: true, ..plain };
    let removed = Removed { registry: id, bindings: 4 };
    assert_eq!(remove(&world, &world.admin(), tried).await.unwrap(), removed);
    assert_eq!(world.decide(image).verdict, Verdict::Allow, "it was only tried");
    assert_eq!(world.audited("registry.remove").await, Vec::<String>::new());

    let meant = RegistryRemoval { with_bindings: true, ..plain };
    assert_eq!(remove(&world, &world.admin(), meant).await.unwrap(), removed);
    for image in [image, "harbor.example/pub/app:1.0", "harbor.example:80/pub/app"] {
        assert_eq!((world.decide(image).verdict, world.decide(image).reason), (Verdict::Deny, Reason::SpaceUnknown));
    }
    world.assert_published().await;
    assert!(world.spaces().await.is_empty());
    assert_eq!(world.audited("space.unbind").await.len(), 4);
    let details = world.audited("registry.remove").await;
    assert!(details[0].contains("\"bindings\":4") && details[0].contains("harbor.example"), "{details:?}");
    assert_eq!(remove(&world, &world.admin(), meant).await.unwrap_err(), [(NotFound, "registryId".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_association_wakes_when_nothing_of_the_platform_is_in_its_way() {
    let world = World::start().await;
    let wa = world.workspace("wa").await;
    assign(&world, Some(wa)).await;
    let mine = register(&world, input("mine", "https://quay.example", Some(wa))).await.unwrap().registry.id;
    let image = "quay.example/team/app";
    let rests = async || world.registry(mine).await.unwrap().registry.resting;
    let integrate = async |name: &str| register(&world, input(name, "https://quay.example", None)).await.unwrap();
    let integrated = integrate("quay").await.registry.id;
    assert!(rests().await);

    // The host stays the platform's, and the association goes on resting.
    remove(&world, &world.admin(), removal(&world, integrated).await).await.unwrap();
    assert!(rests().await);
    assert_eq!(world.decide(image).reason, Reason::SpaceUnknown);
    assert_eq!(
        world.app.release_host(&world.admin(), "QUAY.example".to_owned(), "r".to_owned()).await.unwrap(),
        Ok("quay.example".to_owned())
    );
    assert!(!rests().await);
    world.assert_published().await;

    let integrated = integrate("quay").await.registry.id;
    assert!(rests().await);
    let released = RegistryRemoval { release_hosts: true, ..removal(&world, integrated).await };
    remove(&world, &world.admin(), released).await.unwrap();
    assert!(!rests().await);
    assert!(world.app.retired_hosts(&world.admin()).await.unwrap().is_empty());
    world.assert_published().await;
    assert_eq!((world.audited("registry.rest").await.len(), world.audited("registry.wake").await.len()), (2, 2));

    // While the platform has the name under another port, none could be associated: the one that rests goes on doing so.
    let integrated = integrate("quay").await.registry.id;
    register(&world, input("other-port", "https://quay.example:8443", None)).await.unwrap();
    let released = RegistryRemoval { release_hosts: true, ..removal(&world, integrated).await };
    remove(&world, &world.admin(), released).await.unwrap();
    assert!(rests().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_of_a_workspace_removes_the_own_association_and_opens_nothing() {
    let world = World::start().await;
    let (wa, wb) = (world.workspace("wa").await, world.workspace("wb").await);
    assign(&world, Some(wa)).await;
    let mine = register(&world, input("mine", "https://quay.example", Some(wa))).await.unwrap().registry.id;
    let removal = removal(&world, mine).await;
    let released = RegistryRemoval { release_hosts: true, ..removal };
    let refused = remove(&world, &world.lead(wa), released).await.unwrap_err();
    assert_eq!(refused, [(NotAllowed, "releaseHosts".to_owned())]);
    assert_eq!(remove(&world, &world.lead(wb), removal).await.unwrap_err(), [(NotFound, "registryId".to_owned())]);
    let auditor = Caller::new("auditor", AuthMethod::Password, PlatformRole::Auditor, []);
    let auditor = Call { caller: auditor, ..world.admin() };
    let forbidden = world.app.remove_registry(&auditor, removal).await;
    assert!(matches!(forbidden, Err(AppError::Forbidden(_))));

    remove(&world, &world.lead(wa), removal).await.unwrap();
    assert_eq!(world.decide("quay.example/team/app").reason, Reason::SpaceUnknown);
    world.assert_published().await;
    // What the one workspace had concerns no other.
    assign(&world, Some(wb)).await;
    assert_eq!(world.decide("quay.example/team/app").reason, Reason::RegistryUnknown);
    assert_eq!(world.app.retired_hosts(&auditor).await.unwrap(), ["quay.example", "quay.example:443"]);
    assert!(world.app.retired_hosts(&world.lead(wa)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exclusive_association_goes_only_with_its_hosts_released() {
    let world = World::start().await;
    let (wa, wb) = (world.workspace("wa").await, world.workspace("wb").await);
    assign(&world, Some(wb)).await;
    let mine = register(&world, input("mine", "https://quay.example", Some(wa))).await.unwrap().registry.id;
    world.app.set_registry_exclusive(&world.admin(), mine, true).await.unwrap().unwrap();
    let removal = removal(&world, mine).await;
    let record = world.registry(mine).await.unwrap();
    for call in [world.lead(wa), world.admin()] {
        assert_eq!(remove(&world, &call, removal).await.unwrap_err(), [(NotAllowed, "registryId".to_owned())]);
    }
    assert!(!world.app.may_remove_registry(&world.lead(wa), &record));
    assert!(world.app.may_remove_registry(&world.admin(), &record));
    assert_eq!(world.decide("quay.example/team/app").reason, Reason::NotBound);
    let released = RegistryRemoval { release_hosts: true, ..removal };
    remove(&world, &world.admin(), released).await.unwrap();
    assert_eq!(world.decide("quay.example/team/app").reason, Reason::RegistryUnknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_released_with_a_reason_and_in_every_spelling() {
    let world = World::start().await;
    let id = register(&world, input("one", "https://one.example", None)).await.unwrap().registry.id;
    remove(&world, &world.admin(), removal(&world, id).await).await.unwrap();
    let release = async |call: &Call, host: &str, reason: &str| {
        world.app.release_host(call, host.to_owned(), reason.to_owned()).await.unwrap().map_err(faults)
    };
    let admin = world.admin();
    assert_eq!(release(&admin, "one.example", " ").await.unwrap_err(), [(Required, "reason".to_owned())]);
    assert_eq!(release(&admin, "one.example", &"r".repeat(1001)).await.unwrap_err(), [(TooLong, "reason".to_owned())]);
    assert_eq!(release(&admin, "https://one.example", "r").await.unwrap_err(), [(Invalid, "host".to_owned())]);
    assert_eq!(release(&admin, "two.example", "r").await.unwrap_err(), [(NotFound, "host".to_owned())]);
    let lead = world.lead(world.workspace("wa").await);
    let forbidden = world.app.release_host(&lead, "one.example".to_owned(), "r".to_owned()).await;
    assert!(matches!(forbidden, Err(AppError::Forbidden(_))));

    assert_eq!(world.decide("one.example/team/app").reason, Reason::SpaceUnknown);
    assert_eq!(release(&admin, "One.Example", "the team is gone").await, Ok("one.example".to_owned()));
    for image in ["one.example/team/app", "one.example:443/team/app"] {
        assert_eq!(world.decide(image).reason, Reason::RegistryUnknown);
    }
    world.assert_published().await;
    let details = world.audited("host.release").await;
    assert!(details[0].contains("the team is gone") && details[0].contains("one.example:443"), "{details:?}");
    assert_eq!(release(&admin, "one.example", "r").await.unwrap_err(), [(NotFound, "host".to_owned())]);
}
