//! What a caller may see is an argument of every query: holds the store's traits to it.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::{FnArg, Item, ItemTrait, TraitItem, Type};

/// Traits of nouns that are no workspace's. Who may read them may read them all.
const OF_NO_WORKSPACE: [&str; 9] = [
    "Clusters",
    "Exemptions",
    "Idempotency",
    "Installation",
    "Leases",
    "Policies",
    "Replicas",
    "Revisions",
    "Sessions",
];

/// The functions of the other traits that take no sight, by the reason.
const WITHOUT: [(&str, &[&str]); 5] = [
    (
        "writes; what it changes was found with a sight, or by a walk",
        &[
            "append_audit",
            "assign_namespaces",
            "declare_repositories",
            "declare_space",
            "declare_visibility",
            "ensure_group",
            "insert_bindings",
            "insert_decisions",
            "insert_registry",
            "insert_token",
            "insert_user",
            "insert_workspace",
            "note_token_used",
            "release_hosts",
            "remove_bindings",
            "remove_membership",
            "remove_registry",
            "remove_token",
            "remove_workspace",
            "rename_workspace",
            "retire_hosts",
            "set_credential",
            "set_groups",
            "set_membership",
            "set_password",
            "set_workspace_policy",
            "touch_space",
            "update_binding",
            "update_registry",
            "update_user",
            "withdraw_spaces",
        ],
    ),
    (
        "a task of the product's own: what registries and clusters show, and what is old",
        &[
            "cancel_syncs",
            "declared_repositories",
            "finish_sync",
            "finish_walk",
            "mark_spaces_gone",
            "move_repositories",
            "note_walked",
            "observe_repositories",
            "observe_spaces",
            "prune_decisions",
            "prune_syncs",
            "record_gone",
            "record_listing",
            "record_seen",
            "repository_times",
            "set_health",
            "set_sync_progress",
            "spaces_of_registry",
            "start_sync",
            "unfinished_syncs",
        ],
    ),
    ("a rule that holds against everybody: no two may have one host", &["all_registries", "retired_hosts"]),
    (
        "finds out who somebody is, or what a name means that was entered",
        &[
            "count_administrators",
            "group_by_name",
            "has_users",
            "password",
            "roles_of",
            "token_by_handle",
            "user_by_name",
        ],
    ),
    ("takes the user whose they are, or is for those who may read every user", &["page_tokens", "page_users", "token"]),
];

fn files() -> Vec<syn::File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("store/src");
    let files = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let rust = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let text = rust.map(|path| fs::read_to_string(path).expect("a file that can be read"));
    text.map(|text| syn::parse_file(&text).expect("Rust")).collect()
}

/// The last name of a type, references aside.
fn name(of: &Type) -> Option<String> {
    match of {
        Type::Reference(reference) => name(&reference.elem),
        Type::Slice(slice) => name(&slice.elem),
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// The types that say how far somebody sees: the sight, the filters that hold one, and spaces that a decision granted.
fn scopes(files: &[syn::File]) -> BTreeSet<String> {
    let structs = files.iter().flat_map(|file| &file.items).filter_map(|item| match item {
        Item::Struct(item) => Some(item),
        _ => None,
    });
    let holds = structs.filter(|item| item.fields.iter().any(|field| name(&field.ty).as_deref() == Some("Sight")));
    let named = holds.map(|item| item.ident.to_string());
    named.chain(["Sight", "GrantedSpace"].map(str::to_owned)).collect()
}

/// Whether each function of these traits takes how far somebody sees.
fn functions<'a>(traits: impl Iterator<Item = &'a ItemTrait>, scopes: &BTreeSet<String>) -> BTreeMap<String, bool> {
    let items = traits.flat_map(|item| &item.items).filter_map(|item| match item {
        TraitItem::Fn(function) => Some(&function.sig),
        _ => None,
    });
    let takes = |signature: &syn::Signature| {
        signature.inputs.iter().any(|input| match input {
            FnArg::Typed(input) => name(&input.ty).is_some_and(|name| scopes.contains(&name)),
            FnArg::Receiver(_) => false,
        })
    };
    items.map(|signature| (signature.ident.to_string(), takes(signature))).collect()
}

#[test]
fn every_query_takes_what_the_caller_may_see_or_says_here_why_not() {
    let files = files();
    let scopes = scopes(&files);
    assert!(scopes.contains("SpaceFilter") && scopes.contains("AuditFilter"), "{scopes:?}");
    let traits = files.iter().flat_map(|file| &file.items).filter_map(|item| match item {
        Item::Trait(item) => Some(item),
        _ => None,
    });
    let (exempt, held): (Vec<_>, Vec<_>) = traits
        .filter(|item| !["Transaction", "Word"].contains(&&*item.ident.to_string()))
        .partition(|item| OF_NO_WORKSPACE.contains(&&*item.ident.to_string()));
    assert_eq!(exempt.len(), OF_NO_WORKSPACE.len(), "each trait that is exempt is there");
    let functions = functions(held.into_iter(), &scopes);
    let without: BTreeSet<_> = functions.iter().filter(|(_, takes)| !**takes).map(|(name, _)| name.as_str()).collect();
    let listed: BTreeSet<_> = WITHOUT.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let unlisted: Vec<_> = without.difference(&listed).collect();
    assert!(unlisted.is_empty(), "give these a sight, and join on it: {unlisted:?}");
    let stale: Vec<_> = listed.difference(&without).collect();
    assert!(stale.is_empty(), "these take a sight, or are gone; strike them from the list: {stale:?}");
}
