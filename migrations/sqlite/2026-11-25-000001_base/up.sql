-- Ids are never given out twice, so that an id in the audit, in a log or in a client's cache never comes to mean another
-- thing: AUTOINCREMENT. Instants are microseconds since 1970-01-01T00:00:00Z.

-- The state of the policy data. The token tells two databases apart that reached the same number.
CREATE TABLE revision (
    id INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
    number INTEGER NOT NULL,
    token INTEGER NOT NULL
) STRICT;
INSERT INTO revision (id, number, token) VALUES (1, 0, random());

CREATE TABLE clusters (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    mode TEXT NOT NULL CHECK (mode IN ('ENFORCE', 'WARN', 'AUDIT', 'OFF')),
    unknown_registries TEXT NOT NULL CHECK (unknown_registries IN ('ALLOW', 'WARN', 'DENY')),
    unnamed_hosts TEXT NOT NULL CHECK (unnamed_hosts IN ('ALLOW', 'WARN', 'DENY')),
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE workspaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT,
    external_id TEXT UNIQUE,
    mode TEXT CHECK (mode IN ('ENFORCE', 'WARN', 'AUDIT', 'OFF')),
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Without an owner it is the platform's. A workspace that owns a registry cannot be removed, so that its hosts are retired
-- in the open and not on the side.
CREATE TABLE registries (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    owner_id INTEGER REFERENCES workspaces (id) ON DELETE RESTRICT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('HARBOR', 'DISTRIBUTION')),
    endpoint TEXT NOT NULL,
    scheme TEXT NOT NULL CHECK (scheme IN ('https', 'http')),
    skip_tls_verify INTEGER NOT NULL CHECK (skip_tls_verify IN (0, 1)),
    ca_bundle_pem TEXT,
    exclusive INTEGER NOT NULL CHECK (exclusive IN (0, 1)),
    resting_reason TEXT,
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX registries_name_for_owner ON registries (coalesce(owner_id, 0), name);
CREATE INDEX registries_owner ON registries (owner_id);

CREATE TABLE registry_hosts (
    registry_id INTEGER NOT NULL REFERENCES registries (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    host TEXT NOT NULL,
    PRIMARY KEY (registry_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX registry_hosts_host ON registry_hosts (host);

CREATE TABLE registry_credentials (
    registry_id INTEGER PRIMARY KEY NOT NULL REFERENCES registries (id) ON DELETE CASCADE,
    username TEXT NOT NULL,
    sealed BLOB NOT NULL,
    key_id TEXT NOT NULL,
    rotated_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;

CREATE TABLE registry_health (
    registry_id INTEGER PRIMARY KEY NOT NULL REFERENCES registries (id) ON DELETE CASCADE,
    status TEXT NOT NULL CHECK (status IN ('HEALTHY', 'DEGRADED', 'UNREACHABLE', 'UNAUTHORIZED', 'UNKNOWN')),
    checked_at INTEGER NOT NULL,
    reason TEXT,
    latency_ms INTEGER,
    version TEXT,
    warnings TEXT NOT NULL
) STRICT;

-- An owner of 0 is the platform. No foreign key: a host stays retired when the workspace that had it is removed.
CREATE TABLE retired_hosts (
    host TEXT NOT NULL,
    owner_id INTEGER NOT NULL,
    retired_at INTEGER NOT NULL,
    PRIMARY KEY (host, owner_id)
) STRICT, WITHOUT ROWID;

-- `public` is what follows for decisions from the two visibilities; the program works it out, and it is kept for lists.
CREATE TABLE spaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    registry_id INTEGER NOT NULL REFERENCES registries (id) ON DELETE CASCADE,
    upstream_id TEXT,
    path TEXT NOT NULL,
    upstream_visibility TEXT CHECK (upstream_visibility IN ('PUBLIC', 'PRIVATE')),
    declared_visibility TEXT CHECK (declared_visibility IN ('PUBLIC', 'PRIVATE')),
    public INTEGER NOT NULL CHECK (public IN (0, 1)),
    proxy_cache INTEGER NOT NULL CHECK (proxy_cache IN (0, 1)),
    present INTEGER NOT NULL CHECK (present IN (0, 1)),
    repository_count INTEGER NOT NULL DEFAULT 0,
    binding_count INTEGER NOT NULL DEFAULT 0,
    visibility_changed_at INTEGER,
    walked_at INTEGER,
    first_seen_at INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX spaces_upstream_id ON spaces (registry_id, upstream_id) WHERE upstream_id IS NOT NULL;
CREATE UNIQUE INDEX spaces_present_path ON spaces (registry_id, path) WHERE present = 1;
CREATE INDEX spaces_path ON spaces (path, id);
CREATE INDEX spaces_of_registry ON spaces (registry_id, path, id);
CREATE INDEX spaces_by_visibility ON spaces (public, path, id);
CREATE INDEX spaces_by_repositories ON spaces (repository_count, path, id);
CREATE INDEX spaces_by_bindings ON spaces (binding_count, path, id);

-- The newest tag is kept with its repository, so that the picker reads one row for each of its own.
CREATE TABLE repositories (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    space_id INTEGER NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    pull_count INTEGER,
    updated_at INTEGER,
    declared INTEGER NOT NULL CHECK (declared IN (0, 1)),
    walk INTEGER,
    tag_count INTEGER NOT NULL DEFAULT 0,
    latest_tag TEXT,
    latest_digest TEXT,
    latest_media_type TEXT,
    latest_size INTEGER,
    latest_platforms TEXT,
    latest_pushed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX repositories_in_space ON repositories (space_id, path);
-- With the space, so that the walk by path reads no row that the reader may not use.
CREATE INDEX repositories_path ON repositories (path, id, space_id);

CREATE TABLE tags (
    repository_id INTEGER NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    media_type TEXT,
    size INTEGER,
    platforms TEXT NOT NULL,
    -- The smallest integer where nobody knows, so that it sorts before every instant.
    pushed_at INTEGER NOT NULL,
    PRIMARY KEY (repository_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_push ON tags (repository_id, pushed_at, name);

CREATE TABLE namespaces (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    cluster_id INTEGER NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    uid TEXT NOT NULL,
    workspace_id INTEGER REFERENCES workspaces (id) ON DELETE SET NULL,
    first_seen_at INTEGER NOT NULL,
    gone_at INTEGER,
    -- The mapping ends with the namespace.
    CHECK (gone_at IS NULL OR workspace_id IS NULL)
) STRICT;
CREATE UNIQUE INDEX namespaces_uid ON namespaces (cluster_id, uid);
CREATE UNIQUE INDEX namespaces_present_name ON namespaces (cluster_id, name) WHERE gone_at IS NULL;
CREATE INDEX namespaces_workspace ON namespaces (workspace_id) WHERE workspace_id IS NOT NULL;

CREATE TABLE bindings (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    space_id INTEGER NOT NULL REFERENCES spaces (id) ON DELETE CASCADE,
    workspace_id INTEGER NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    scope TEXT,
    reason TEXT,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    not_before INTEGER,
    expires_at INTEGER,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX bindings_pair ON bindings (space_id, workspace_id);
CREATE INDEX bindings_workspace ON bindings (workspace_id);

-- Kept by the database, because bindings also go with the workspaces and registries that are removed.
CREATE TRIGGER bindings_made AFTER INSERT ON bindings BEGIN
    UPDATE spaces SET binding_count = binding_count + 1, revision = revision + 1 WHERE id = NEW.space_id;
END;
CREATE TRIGGER bindings_removed AFTER DELETE ON bindings BEGIN
    UPDATE spaces SET binding_count = binding_count - 1, revision = revision + 1 WHERE id = OLD.space_id;
END;

CREATE TABLE exemptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    cluster_id INTEGER NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    namespace TEXT NOT NULL,
    uid TEXT NOT NULL,
    reason TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX exemptions_uid ON exemptions (cluster_id, uid);

CREATE TABLE syncs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    registry_id INTEGER NOT NULL REFERENCES registries (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    cause TEXT NOT NULL CHECK (cause IN ('MANUAL', 'SCHEDULE', 'WEBHOOK', 'STARTUP')),
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    spaces_seen INTEGER NOT NULL DEFAULT 0,
    spaces_total INTEGER,
    repositories_seen INTEGER NOT NULL DEFAULT 0,
    repositories_total INTEGER,
    requests_per_kilosecond INTEGER,
    estimated_end_at INTEGER,
    error TEXT
) STRICT;
CREATE INDEX syncs_registry ON syncs (registry_id, id);

-- No foreign keys: a record outlives what it speaks of.
CREATE TABLE audit_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    auth_method TEXT NOT NULL,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id INTEGER,
    subject_label TEXT NOT NULL,
    workspace_id INTEGER,
    details TEXT,
    source_ip TEXT,
    request_id TEXT NOT NULL,
    outcome TEXT NOT NULL
) STRICT;
CREATE INDEX audit_events_subject ON audit_events (subject_kind, subject_id, id);
CREATE INDEX audit_events_workspace ON audit_events (workspace_id, id) WHERE workspace_id IS NOT NULL;
CREATE TRIGGER audit_events_never_change BEFORE UPDATE ON audit_events BEGIN
    SELECT RAISE(ABORT, 'a record of the audit is never changed');
END;
CREATE TRIGGER audit_events_never_go BEFORE DELETE ON audit_events BEGIN
    SELECT RAISE(ABORT, 'a record of the audit is never removed');
END;

-- No foreign keys: a record outlives what it speaks of.
CREATE TABLE decisions (
    id TEXT PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL,
    cluster TEXT NOT NULL,
    namespace TEXT NOT NULL,
    namespace_uid TEXT,
    workspace_id INTEGER,
    operation TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('ALLOW', 'DENY')),
    mode TEXT CHECK (mode IN ('ENFORCE', 'WARN', 'AUDIT', 'OFF')),
    action TEXT NOT NULL CHECK (action IN ('ADMITTED', 'WARNED', 'AUDITED', 'DENIED')),
    dry_run INTEGER NOT NULL CHECK (dry_run IN (0, 1)),
    revision_number INTEGER NOT NULL,
    revision_token INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_at ON decisions (at, id);
CREATE INDEX decisions_namespace ON decisions (namespace_uid, at, id);

CREATE TABLE idempotency_keys (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    made INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_expiry ON idempotency_keys (expires_at);
