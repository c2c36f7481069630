-- What each replica last said of itself, for each cluster it serves. Nothing is decided by it.
CREATE TABLE replicas (
    cluster_id BIGINT NOT NULL REFERENCES clusters (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    revision_number BIGINT NOT NULL,
    revision_token BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL,
    namespaces_synced BOOL NOT NULL,
    certificate_expires_at BIGINT,
    ready BOOL NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (cluster_id, name)
) WITHOUT ROWID;

-- The task that one replica at a time may do, and who it is: a new term with every new holder, a beat with every renewal.
CREATE TABLE leases (
    task TEXT PRIMARY KEY NOT NULL,
    holder TEXT,
    term BIGINT NOT NULL,
    beat BIGINT NOT NULL
) WITHOUT ROWID;
