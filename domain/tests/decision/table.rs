//! The table of rules, line by line.

use wharfinger_domain::binding::BindingScope;
use wharfinger_domain::cluster::UnknownRegistries;
use wharfinger_domain::decision::{CheckKind, Reason};
use wharfinger_domain::host::Scheme;
use wharfinger_domain::id::RegistryId;
use wharfinger_domain::registry::{Owner, RegistryKind};
use wharfinger_domain::space::Visibility;

use crate::scene::{HARBOR, MINE, NOW, OTHER, Scene, at};

const APP: &str = "harbor.example.com/team-a/app:1";
const ASSOCIATED: RegistryId = RegistryId(2);

fn scope(include: &[&str], exclude: &[&str]) -> BindingScope {
    BindingScope::new(include, exclude).unwrap()
}

#[test]
fn denies_what_is_no_reference() {
    for text in ["", "harbor.example.com/Team-A/app", "https://harbor.example.com/team-a/app", " nginx"] {
        let decision = Scene::new().decide(text);
        assert_eq!(decision.settled_by, CheckKind::ReferenceValid, "{text}");
        assert!(decision.fault.is_some());
        Scene::new().denies(text, Reason::ReferenceInvalid);
    }
}

#[test]
fn denies_an_image_id_even_in_an_exempt_namespace() {
    for text in ["sha256:0123", "sha384:abc", "sha512:latest"] {
        Scene::new().exempt(None, None).denies(text, Reason::ReferenceInvalid);
        assert_eq!(Scene::new().decide(text).settled_by, CheckKind::NotAnImageId);
    }
}

#[test]
fn takes_a_repository_named_like_an_algorithm_for_a_repository() {
    Scene::new().allows("sha256", Reason::RegistryUnknown);
    Scene::new().private("sha256").denies("harbor.example.com/sha256:abc", Reason::NotBound);
}

#[test]
fn allows_everything_in_an_exempt_namespace() {
    Scene::new().private("team-a").exempt(None, None).allows(APP, Reason::Exempt);
    Scene::new().private("team-a").exempt(Some("uid-shop"), Some(at(NOW + 1))).allows(APP, Reason::Exempt);
}

#[test]
fn ends_an_exemption_at_its_expiry_and_with_its_namespace() {
    Scene::new().private("team-a").exempt(Some("uid-shop"), Some(at(NOW))).denies(APP, Reason::NotBound);
    Scene::new().private("team-a").exempt(Some("uid-before"), None).denies(APP, Reason::NotBound);
}

#[test]
fn denies_a_space_that_nobody_has_seen() {
    Scene::new().denies(APP, Reason::SpaceUnknown);
}

#[test]
fn denies_a_space_that_is_gone() {
    let gone = Scene::new().space(HARBOR, "team-a", |space| {
        (space.upstream_visibility, space.present) = (Some(Visibility::Public), false);
    });
    gone.denies(APP, Reason::SpaceUnknown);
}

#[test]
fn denies_everything_on_a_retired_host() {
    let scene = Scene::new().retired("old.example.com", Owner::Platform);
    scene.denies("old.example.com/library/app", Reason::SpaceUnknown);
    scene.allows("old.example.com:8443/library/app", Reason::RegistryUnknown);
}

#[test]
fn keeps_a_retired_host_from_being_taken_over_by_an_association() {
    let scene = Scene::new().retired("old.example.com", Owner::Platform).registry(
        ASSOCIATED,
        Owner::Workspace(MINE),
        "old.example.com",
        |_| (),
    );
    scene.space(ASSOCIATED, "team-a", |_| ()).denies("old.example.com/team-a/app", Reason::SpaceUnknown);
}

#[test]
fn retires_the_host_of_an_association_for_its_workspace_alone() {
    let retired = |owner| Scene::new().retired("old.example.com", Owner::Workspace(owner));
    retired(MINE).denies("old.example.com/team-a/app", Reason::SpaceUnknown);
    retired(OTHER).allows("old.example.com/team-a/app", Reason::RegistryUnknown);
}

#[test]
fn finds_the_registry_under_every_spelling_of_its_host() {
    let scene = Scene::new().public("team-a");
    for host in ["HARBOR.example.com", "harbor.example.com:443", "Harbor.Example.Com:0443"] {
        scene.allows(&format!("{host}/team-a/app"), Reason::SpacePublic);
    }
    scene.allows("harbor.example.com:8443/team-a/app", Reason::RegistryUnknown);
    scene.allows("harbor.example.com:80/team-a/app", Reason::RegistryUnknown);
    let plain = Scene::new().registry(ASSOCIATED, Owner::Platform, "plain.example.com", |registry| {
        registry.scheme = Scheme::Http;
    });
    plain.denies("plain.example.com:80/team-a/app", Reason::SpaceUnknown);
    plain.allows("plain.example.com:443/team-a/app", Reason::RegistryUnknown);
}

#[test]
fn finds_docker_hub_under_its_short_names() {
    let hub = Scene::new()
        .registry(ASSOCIATED, Owner::Platform, "docker.io", |registry| registry.kind = RegistryKind::Distribution)
        .space(ASSOCIATED, "library", |space| {
            (space.upstream_visibility, space.declared_visibility) = (None, Some(Visibility::Public));
        });
    for text in ["nginx", "library/nginx:1", "docker.io/nginx", "index.docker.io/library/nginx"] {
        hub.allows(text, Reason::SpacePublic);
    }
    hub.denies("someone/nginx", Reason::SpaceUnknown);
}

#[test]
fn compares_paths_by_whole_components() {
    let scene = Scene::new().public("team-a").private("team-ab");
    scene.allows("harbor.example.com/team-a/team-ab/app", Reason::SpacePublic);
    scene.denies("harbor.example.com/team-ab/app", Reason::NotBound);
    scene.denies("harbor.example.com/team/a/app", Reason::SpaceUnknown);
}

#[test]
fn lets_the_longest_prefix_have_the_repository() {
    let nested = |declared: Option<Visibility>, present| {
        Scene::new().public("team-a").space(HARBOR, "team-a/secret", move |space| {
            (space.upstream_visibility, space.declared_visibility, space.present) = (None, declared, present);
        })
    };
    nested(None, true).denies("harbor.example.com/team-a/secret/app", Reason::NotBound);
    nested(None, true).allows("harbor.example.com/team-a/secrets/app", Reason::SpacePublic);
    nested(None, false).allows("harbor.example.com/team-a/secret/app", Reason::SpacePublic);
}

#[test]
fn closes_an_exclusive_host_to_other_workspaces() {
    let exclusive = |owner, kind| {
        Scene::new()
            .registry(ASSOCIATED, Owner::Workspace(owner), "theirs.example.com", move |registry| {
                (registry.exclusive, registry.kind) = (true, kind);
            })
            .space(ASSOCIATED, "open", |space| space.upstream_visibility = Some(Visibility::Public))
            .space(ASSOCIATED, "closed", |_| ())
    };
    let theirs = exclusive(OTHER, RegistryKind::Harbor);
    theirs.denies("theirs.example.com/closed/app", Reason::NotBound);
    theirs.denies("theirs.example.com/unseen/app", Reason::NotBound);
    theirs.allows("theirs.example.com/open/app", Reason::RegistryUnknown);
    exclusive(MINE, RegistryKind::Harbor).allows("theirs.example.com/closed/app", Reason::WorkspaceRegistry);
}

#[test]
fn leaves_an_association_that_is_not_exclusive_to_the_setting() {
    let theirs = Scene::new().registry(ASSOCIATED, Owner::Workspace(OTHER), "theirs.example.com", |_| ());
    theirs.space(ASSOCIATED, "closed", |_| ()).allows("theirs.example.com/closed/app", Reason::RegistryUnknown);
}

#[test]
fn follows_the_setting_for_unknown_registries() {
    use UnknownRegistries::{Allow, Deny, Warn};
    let text = "quay.example.org/app";
    assert!(!Scene::new().settings(Allow, Deny).decide(text).warn);
    let warned = Scene::new().settings(Warn, Deny).decide(text);
    assert!(warned.is_allowed() && warned.warn);
    Scene::new().settings(Deny, Allow).denies(text, Reason::RegistryUnknown);
}

#[test]
fn follows_the_setting_for_addresses_and_single_labels() {
    use UnknownRegistries::{Allow, Deny};
    for host in ["10.0.0.1", "10.0.0.1:5000", "[2001:db8::1]:443", "localhost", "registry:5000", "0x0a.1"] {
        let text = format!("{host}/team-a/app");
        Scene::new().settings(Allow, Deny).denies(&text, Reason::RegistryUnknown);
        Scene::new().settings(Deny, Allow).allows(&text, Reason::RegistryUnknown);
    }
}

#[test]
fn allows_a_public_space_to_every_namespace() {
    let scene = Scene::new().public("team-a");
    scene.allows(APP, Reason::SpacePublic);
    scene.stale().alive("shop", "uid-other", false).allows(APP, Reason::SpacePublic);
}

#[test]
fn treats_a_public_space_as_private_where_that_is_declared() {
    let declared = |upstream, declared| {
        Scene::new().space(HARBOR, "team-a", move |space| {
            (space.upstream_visibility, space.declared_visibility) = (upstream, Some(declared));
        })
    };
    declared(Some(Visibility::Public), Visibility::Private).denies(APP, Reason::NotBound);
    declared(Some(Visibility::Private), Visibility::Public).denies(APP, Reason::NotBound);
    declared(None, Visibility::Public).allows(APP, Reason::SpacePublic);
}

#[test]
fn denies_a_private_space_to_a_namespace_without_a_workspace() {
    let bound = || Scene::new().private("team-a").bound("team-a", MINE, |_| ());
    bound().allows(APP, Reason::Bound);
    bound().alive("shop", "uid-again", false).denies(APP, Reason::NamespaceNotMapped);
    bound().alive("shop", "uid-shop", true).denies(APP, Reason::NamespaceNotMapped);
    let mut orphaned = bound();
    orphaned.policy.workspaces.retain(|workspace| workspace.id != MINE);
    orphaned.denies(APP, Reason::NamespaceNotMapped);
    bound().alive("elsewhere", "uid-shop", false).without("shop").denies(APP, Reason::NamespaceNotMapped);
}

#[test]
fn allows_the_registry_that_the_workspace_has_associated() {
    let own = |resting| {
        Scene::new()
            .registry(ASSOCIATED, Owner::Workspace(MINE), "mine.example.com", move |registry| {
                registry.resting = resting;
            })
            .space(ASSOCIATED, "team-a", |_| ())
    };
    own(false).allows("mine.example.com/team-a/app", Reason::WorkspaceRegistry);
    own(false).denies("mine.example.com/team-b/app", Reason::SpaceUnknown);
    own(true).allows("mine.example.com/team-a/app", Reason::RegistryUnknown);
    own(false).stale().denies("mine.example.com/team-a/app", Reason::SnapshotStale);
    own(false).alive("shop", "uid-again", false).allows("mine.example.com/team-a/app", Reason::RegistryUnknown);
}

#[test]
fn prefers_the_registry_of_the_platform_to_an_association() {
    let scene = Scene::new().registry(ASSOCIATED, Owner::Workspace(MINE), "harbor.example.com", |_| ());
    scene.space(ASSOCIATED, "team-a", |_| ()).denies(APP, Reason::SpaceUnknown);
}

#[test]
fn denies_private_space_of_another_workspace() {
    Scene::new().private("team-a").bound("team-a", OTHER, |_| ()).denies(APP, Reason::NotBound);
}

#[test]
fn does_not_hand_a_binding_down_to_a_space_made_again() {
    let again = Scene::new().private("team-a").bound("team-a", MINE, |_| ()).private("team-a");
    again.denies(APP, Reason::NotBound);
}

#[test]
fn denies_before_a_binding_begins_and_from_its_expiry_on() {
    let from = |start, end| {
        Scene::new()
            .private("team-a")
            .bound("team-a", MINE, move |binding| (binding.not_before, binding.expires_at) = (start, end))
    };
    from(Some(at(NOW + 1)), None).denies(APP, Reason::BindingPending);
    from(Some(at(NOW)), None).allows(APP, Reason::Bound);
    from(None, Some(at(NOW + 1))).allows(APP, Reason::Bound);
    from(None, Some(at(NOW))).denies(APP, Reason::BindingExpired);
    from(Some(at(NOW + 1)), Some(at(NOW))).denies(APP, Reason::BindingExpired);
}

#[test]
fn denies_a_repository_outside_the_scope_of_the_binding() {
    let scoped = Scene::new()
        .private("team-a")
        .bound("team-a", MINE, |binding| binding.scope = Some(scope(&["app", "web/"], &["web/secret"])));
    scoped.allows(
        "harbor.example.com/team-a/app:1@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        Reason::Bound,
    );
    scoped.allows("harbor.example.com/team-a/web/shop/front", Reason::Bound);
    for path in ["web", "web/secret", "app/more", "apps", "webs/a"] {
        scoped.denies(&format!("harbor.example.com/team-a/{path}"), Reason::RepositoryOutOfScope);
    }
}

#[test]
fn denies_what_is_bound_when_the_snapshot_is_too_old() {
    let bound = Scene::new().private("team-a").bound("team-a", MINE, |_| ()).stale();
    bound.denies(APP, Reason::SnapshotStale);
    bound.denies("harbor.example.com/team-b/app", Reason::SpaceUnknown);
}

#[test]
fn lets_a_binding_of_a_public_space_take_effect_when_it_turns_private() {
    let mut scene = Scene::new().public("team-a").bound("team-a", MINE, |_| ());
    scene.allows(APP, Reason::SpacePublic);
    scene.policy.spaces[0].upstream_visibility = Some(Visibility::Private);
    scene.allows(APP, Reason::Bound);
}
