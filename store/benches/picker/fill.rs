//! The SQL that fills a database: a registry with spaces, in each repositories, in each tags.

/// How large it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) spaces: u32,
    /// In each space.
    pub(crate) repositories: u32,
    /// In each repository.
    pub(crate) tags: u32,
}

/// A part of half of the paths, and a part of one.
pub(crate) const COMMON: &str = "service";
pub(crate) const RARE: &str = "zanzibar";

/// The statements for SQLite, or else for PostgreSQL.
pub(crate) fn statements(size: Size, is_sqlite: bool) -> Vec<String> {
    let Size { spaces, repositories, tags } = size;
    let all = spaces * repositories;
    let series = |count: u32| {
        if is_sqlite {
            let counted = format!("SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1");
            format!("(WITH RECURSIVE n(i) AS ({counted}) SELECT i FROM n)")
        } else {
            format!("(SELECT i FROM generate_series(0, {count} - 1) AS i)")
        }
    };
    let number = |value: &str| {
        if is_sqlite { format!("printf('%03d', {value})") } else { format!("to_char({value}, 'FM000')") }
    };
    let (no, yes) = if is_sqlite { ("0", "1") } else { ("false", "true") };
    let word = format!("CASE WHEN i = {all} / 2 THEN '{RARE}' WHEN i % 2 = 0 THEN '{COMMON}' ELSE 'worker' END");
    vec![
        format!(
            "INSERT INTO registries (id, name, kind, endpoint, scheme, skip_tls_verify, exclusive, created_at) \
             VALUES (1, 'harbor', 'HARBOR', 'https://harbor.example', 'https', {no}, {no}, 1)"
        ),
        "INSERT INTO registry_hosts (registry_id, position, host) VALUES (1, 0, 'harbor.example')".to_owned(),
        format!(
            "INSERT INTO spaces (id, registry_id, upstream_id, path, upstream_visibility, public, proxy_cache, present, \
             repository_count, first_seen_at) SELECT i + 1, 1, i + 1, 'space-' || {}, 'PRIVATE', {no}, {no}, {yes}, \
             {repositories}, 1 FROM {} AS n",
            number("i"),
            series(spaces)
        ),
        format!(
            "INSERT INTO repositories (id, space_id, path, updated_at, declared, tag_count, latest_tag, latest_digest, \
             latest_platforms, latest_pushed_at) SELECT i + 1, i / {repositories} + 1, 'space-' || {} || '/' || {word} || '-' \
             || {}, i, {no}, {tags}, '1.0', 'sha256:0', '[\"linux/amd64\"]', i FROM {} AS n",
            number(&format!("i / {repositories}")),
            number(&format!("i % {repositories}")),
            series(all)
        ),
        format!(
            "INSERT INTO tags (repository_id, name, digest, size, platforms, pushed_at) \
             SELECT i / {tags} + 1, '1.' || (i % {tags}), 'sha256:' || i, 4096, '[\"linux/amd64\"]', i FROM {} AS n",
            series(all * tags)
        ),
    ]
}
