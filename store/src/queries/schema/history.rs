//! The tables of what has happened: walks, the audit trail, decisions.

diesel::table! {
    syncs (id) {
        id -> BigInt,
        registry_id -> BigInt,
        state -> Text,
        cause -> Text,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        spaces_seen -> Integer,
        spaces_total -> Nullable<Integer>,
        repositories_seen -> Integer,
        repositories_total -> Nullable<Integer>,
        requests_per_kilosecond -> Nullable<Integer>,
        estimated_end_at -> Nullable<BigInt>,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    audit_events (id) {
        id -> BigInt,
        at -> BigInt,
        actor -> Text,
        auth_method -> Text,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<BigInt>,
        subject_label -> Text,
        workspace_id -> Nullable<BigInt>,
        details -> Nullable<Text>,
        source_ip -> Nullable<Text>,
        request_id -> Text,
        outcome -> Text,
    }
}

diesel::table! {
    decisions (id) {
        id -> Text,
        at -> BigInt,
        cluster -> Text,
        namespace -> Text,
        namespace_uid -> Nullable<Text>,
        workspace_id -> Nullable<BigInt>,
        operation -> Text,
        verdict -> Text,
        mode -> Nullable<Text>,
        action -> Text,
        dry_run -> Bool,
        revision_number -> BigInt,
        revision_token -> BigInt,
        body -> Text,
    }
}
