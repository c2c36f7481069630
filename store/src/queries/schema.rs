//! The tables as Diesel sees them; the migrations make them, with their constraints and indexes.

mod history;

pub(in super::super) use self::history::{audit_events, decisions, syncs};

diesel::table! {
    revision (id) {
        id -> BigInt,
        number -> BigInt,
        token -> BigInt,
    }
}

diesel::table! {
    clusters (id) {
        id -> BigInt,
        name -> Text,
        mode -> Text,
        unknown_registries -> Text,
        unnamed_hosts -> Text,
        revision -> Integer,
    }
}

diesel::table! {
    workspaces (id) {
        id -> BigInt,
        name -> Text,
        display_name -> Nullable<Text>,
        external_id -> Nullable<Text>,
        mode -> Nullable<Text>,
        created_at -> BigInt,
        revision -> Integer,
    }
}

diesel::table! {
    registries (id) {
        id -> BigInt,
        owner_id -> Nullable<BigInt>,
        name -> Text,
        kind -> Text,
        endpoint -> Text,
        scheme -> Text,
        skip_tls_verify -> Bool,
        ca_bundle_pem -> Nullable<Text>,
        exclusive -> Bool,
        resting_reason -> Nullable<Text>,
        created_at -> BigInt,
        revision -> Integer,
    }
}

diesel::table! {
    registry_hosts (registry_id, position) {
        registry_id -> BigInt,
        position -> Integer,
        host -> Text,
    }
}

diesel::table! {
    registry_credentials (registry_id) {
        registry_id -> BigInt,
        username -> Text,
        sealed -> Binary,
        key_id -> Text,
        rotated_at -> BigInt,
        expires_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    registry_health (registry_id) {
        registry_id -> BigInt,
        status -> Text,
        checked_at -> BigInt,
        reason -> Nullable<Text>,
        latency_ms -> Nullable<Integer>,
        version -> Nullable<Text>,
        warnings -> Text,
    }
}

diesel::table! {
    retired_hosts (host, owner_id) {
        host -> Text,
        owner_id -> BigInt,
        retired_at -> BigInt,
    }
}

diesel::table! {
    spaces (id) {
        id -> BigInt,
        registry_id -> BigInt,
        upstream_id -> Nullable<Text>,
        path -> Text,
        upstream_visibility -> Nullable<Text>,
        declared_visibility -> Nullable<Text>,
        public -> Bool,
        proxy_cache -> Bool,
        declared -> Bool,
        present -> Bool,
        repository_count -> BigInt,
        binding_count -> BigInt,
        visibility_changed_at -> Nullable<BigInt>,
        walked_at -> Nullable<BigInt>,
        first_seen_at -> BigInt,
        revision -> Integer,
    }
}

diesel::table! {
    repositories (id) {
        id -> BigInt,
        space_id -> BigInt,
        path -> Text,
        pull_count -> Nullable<BigInt>,
        updated_at -> Nullable<BigInt>,
        declared -> Bool,
        walk -> Nullable<BigInt>,
        tag_count -> BigInt,
        latest_tag -> Nullable<Text>,
        latest_digest -> Nullable<Text>,
        latest_media_type -> Nullable<Text>,
        latest_size -> Nullable<BigInt>,
        latest_platforms -> Nullable<Text>,
        latest_pushed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    tags (repository_id, name) {
        repository_id -> BigInt,
        name -> Text,
        digest -> Text,
        media_type -> Nullable<Text>,
        size -> Nullable<BigInt>,
        platforms -> Text,
        pushed_at -> BigInt,
    }
}

diesel::table! {
    namespaces (id) {
        id -> BigInt,
        cluster_id -> BigInt,
        name -> Text,
        uid -> Text,
        workspace_id -> Nullable<BigInt>,
        first_seen_at -> BigInt,
        gone_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    bindings (id) {
        id -> BigInt,
        space_id -> BigInt,
        workspace_id -> BigInt,
        scope -> Nullable<Text>,
        reason -> Nullable<Text>,
        created_at -> BigInt,
        created_by -> Text,
        not_before -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
        revision -> Integer,
    }
}

diesel::table! {
    exemptions (id) {
        id -> BigInt,
        cluster_id -> BigInt,
        namespace -> Text,
        uid -> Text,
        reason -> Text,
        expires_at -> BigInt,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    idempotency_keys (principal, key) {
        principal -> Text,
        key -> Text,
        fingerprint -> Text,
        made -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    replicas (cluster_id, name) {
        cluster_id -> BigInt,
        name -> Text,
        revision_number -> BigInt,
        revision_token -> BigInt,
        confirmed_at -> BigInt,
        namespaces_synced -> Bool,
        certificate_expires_at -> Nullable<BigInt>,
        ready -> Bool,
        seen_at -> BigInt,
    }
}

diesel::table! {
    leases (task) {
        task -> Text,
        holder -> Nullable<Text>,
        term -> BigInt,
        beat -> BigInt,
    }
}

diesel::table! {
    installation (id) {
        id -> BigInt,
        data_key_id -> Text,
    }
}

diesel::joinable!(registries -> workspaces (owner_id));
diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        display_name -> Nullable<Text>,
        email -> Nullable<Text>,
        origin -> Text,
        platform_role -> Text,
        password -> Nullable<Text>,
        one_time -> Bool,
        disabled -> Bool,
        created_at -> BigInt,
        revision -> Integer,
    }
}

diesel::table! {
    user_groups (id) {
        id -> BigInt,
        name -> Text,
    }
}

diesel::table! {
    group_users (group_id, user_id) {
        group_id -> BigInt,
        user_id -> BigInt,
    }
}

diesel::table! {
    memberships (id) {
        id -> BigInt,
        workspace_id -> BigInt,
        user_id -> Nullable<BigInt>,
        group_id -> Nullable<BigInt>,
        role -> Text,
    }
}

diesel::table! {
    sessions (hash) {
        hash -> Text,
        user_id -> BigInt,
        started_at -> BigInt,
        seen_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> BigInt,
        handle -> Text,
        hash -> Text,
        user_id -> BigInt,
        name -> Text,
        scopes -> Text,
        workspace_id -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    sign_in_failures (subject) {
        subject -> Text,
        failures -> Integer,
        last_at -> BigInt,
    }
}

diesel::joinable!(group_users -> user_groups (group_id));
diesel::joinable!(group_users -> users (user_id));
diesel::joinable!(registry_hosts -> registries (registry_id));
diesel::joinable!(registry_credentials -> registries (registry_id));
diesel::joinable!(registry_health -> registries (registry_id));
diesel::joinable!(spaces -> registries (registry_id));
diesel::joinable!(repositories -> spaces (space_id));
diesel::joinable!(tags -> repositories (repository_id));
diesel::joinable!(namespaces -> clusters (cluster_id));
diesel::joinable!(namespaces -> workspaces (workspace_id));
diesel::joinable!(bindings -> spaces (space_id));
diesel::joinable!(bindings -> workspaces (workspace_id));
diesel::joinable!(exemptions -> clusters (cluster_id));
diesel::joinable!(syncs -> registries (registry_id));

diesel::allow_tables_to_appear_in_same_query!(
    revision,
    clusters,
    workspaces,
    registries,
    registry_hosts,
    registry_credentials,
    registry_health,
    retired_hosts,
    spaces,
    repositories,
    tags,
    namespaces,
    bindings,
    exemptions,
    syncs,
    audit_events,
    decisions,
    idempotency_keys,
    replicas,
    leases,
    installation,
    users,
    user_groups,
    group_users,
    memberships,
    sessions,
    api_tokens,
    sign_in_failures,
);
