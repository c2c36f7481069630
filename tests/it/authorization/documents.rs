//! What is asked for each row. A document names what it is asked about by variables, which the target fills.

/// A question.
pub(super) struct Document {
    /// `Type.field`, as the row names it.
    pub(super) field: &'static str,
    /// `own`, `foreign`, `missing`, or `-` where nothing is named.
    pub(super) target: &'static str,
    pub(super) text: String,
    /// Whether what it names can only be the caller's own.
    pub(super) is_own_business: bool,
}

/// The variables that a document may use, with their types.
const VARIABLES: [(&str, &str); 13] = [
    ("workspace", "ID!"),
    ("space", "ID!"),
    ("registry", "ID!"),
    ("binding", "ID!"),
    ("repository", "ID!"),
    ("namespace", "ID!"),
    ("user", "ID!"),
    ("token", "ID!"),
    ("name", "String!"),
    ("ns", "String!"),
    ("image", "String!"),
    ("fresh", "String!"),
    ("endpoint", "URL!"),
];

/// Questions without a target.
const ALONE: &[(&str, &str)] = &[
    ("Query.viewer", "viewer { user { label: name } }"),
    ("Query.workspaces", "workspaces { nodes { label: name } }"),
    ("Query.namespaces", "namespaces { nodes { label: name } }"),
    ("Query.registries", "registries { nodes { label: name } }"),
    ("Query.bindings", "bindings { nodes { space { label: name } } }"),
    ("Query.clusters", "clusters { nodes { label: name } }"),
    ("Query.retiredHosts", "retiredHosts"),
    ("Query.users", "users { nodes { label: name } }"),
    ("Query.apiTokens", "apiTokens { nodes { label: name } }"),
    (
        "Query.auditEvents",
        "auditEvents(first: 1, filter: { action: \"workspace.create\" }) { nodes { label: action } }",
    ),
    ("AuditEvent.sourceIp", "auditEvents(first: 1, filter: { action: \"workspace.create\" }) { nodes { sourceIp } }"),
    ("Mutation.createWorkspace", "createWorkspace(input: { name: $fresh }) { workspace { id } userErrors { code } }"),
    (
        "Mutation.releaseHost",
        "releaseHost(input: { host: \"nobodys.example\", reason: \"r\" }) { host userErrors { code } }",
    ),
    ("Mutation.createUser", "createUser(input: { name: $fresh }) { user { id } userErrors { code } }"),
    (
        "Mutation.createApiToken",
        "createApiToken(input: { name: \"t\", scopes: [READ], expiresAt: \"2026-12-31T00:00:00Z\" }) { token { id } userErrors { code } }",
    ),
    (
        "Mutation.registerRegistry",
        "registerRegistry(input: { name: $fresh, endpoint: $endpoint }) { registry { id } userErrors { code } }",
    ),
];

/// Questions about something of one's own, of others, and about what is not there.
const ABOUT: &[(&str, &str)] = &[
    ("Query.node", "node(id: $workspace) { ... on Workspace { label: name } }"),
    (
        "Query.nodes",
        "nodes(ids: [$space, $binding]) { ... on RegistrySpace { label: name } ... on Binding { space { label: name } } }",
    ),
    ("Query.workspace", "workspace(by: { name: $name }) { label: name }"),
    ("Query.namespace", "namespace(by: { name: { cluster: \"test\", name: $ns } }) { label: name }"),
    ("Query.registry", "registry(by: { id: $registry }) { label: name }"),
    (
        "Query.selectableImages",
        "selectableImages(namespace: { name: { cluster: \"test\", name: $ns } }) { nodes { repository { label: path } } }",
    ),
    (
        "Query.selectableSpaces",
        "selectableSpaces(namespace: { name: { cluster: \"test\", name: $ns } }) { nodes { label: name } }",
    ),
    (
        "Query.explainImage",
        "explainImage(namespace: { name: { cluster: \"test\", name: $ns } }, reference: $image) { label: reason }",
    ),
    (
        "Workspace.members",
        "node(id: $workspace) { ... on Workspace { members { nodes { subject { ... on User { label: name } } } } } }",
    ),
    ("Registry.credential", "node(id: $registry) { ... on Registry { credential { label: username } } }"),
    ("Registry.version", "node(id: $registry) { ... on Registry { label: version } }"),
    ("Registry.warnings", "node(id: $registry) { ... on Registry { warnings } }"),
    ("RegistrySpace.bindingCount", "node(id: $space) { ... on RegistrySpace { label: bindingCount } }"),
    (
        "RegistrySpace.repositories",
        "node(id: $space) { ... on RegistrySpace { repositories { nodes { label: path } } } }",
    ),
    (
        "RegistrySpace.bindings",
        "node(id: $space) { ... on RegistrySpace { bindings { nodes { workspace { label: name } } } } }",
    ),
    ("Repository.tags", "node(id: $repository) { ... on Repository { tags { nodes { label: name } } } }"),
    ("Registry.spaces", "node(id: $registry) { ... on Registry { spaces { nodes { label: name } } } }"),
    (
        "Mutation.bindSpaces",
        "bindSpaces(input: { pairs: { spaceIds: [$space], workspaceIds: [$workspace] } }) { createdCount userErrors { code } }",
    ),
    (
        "Mutation.unbindSpaces",
        "unbindSpaces(input: { pairs: { spaceIds: [$space], workspaceIds: [$workspace] }, dryRun: true }) { removedCount userErrors { code } }",
    ),
    (
        "Mutation.assignNamespaces",
        "assignNamespaces(input: { assignment: { namespaces: [{ cluster: \"test\", name: $ns }], workspaceId: $workspace } }) { assignedCount userErrors { code } }",
    ),
    (
        "Mutation.setSpaceVisibility",
        "setSpaceVisibility(input: { spaceId: $space, visibility: PRIVATE, reason: \"r\" }) { space { id } userErrors { code } }",
    ),
    ("Mutation.revokeApiToken", "revokeApiToken(input: { tokenId: $token }) { revokedTokenId userErrors { code } }"),
    ("Mutation.syncRegistry", "syncRegistry(input: { registryId: $registry }) { sync { id } userErrors { code } }"),
    (
        "Mutation.registerRegistry",
        "registerRegistry(input: { name: $fresh, endpoint: $endpoint, ownerWorkspaceId: $workspace }) { registry { id } userErrors { code } }",
    ),
    (
        "Mutation.updateRegistry",
        "updateRegistry(input: { registryId: $registry, revision: 99, name: \"n\" }) { registry { id } userErrors { code } }",
    ),
    (
        "Mutation.removeRegistry",
        "removeRegistry(input: { registryId: $registry, revision: 99 }) { removedRegistryId userErrors { code } }",
    ),
    (
        "Mutation.setRegistryExclusive",
        "setRegistryExclusive(input: { registryId: $registry, exclusive: false }) { registry { id } userErrors { code } }",
    ),
    (
        "Mutation.declareSpace",
        "declareSpace(input: { registryId: $registry, path: \"p\" }) { space { id } userErrors { code } }",
    ),
    (
        "Mutation.declareRepositories",
        "declareRepositories(input: { registryId: $registry, paths: [\"p/q\"] }) { addedCount userErrors { code } }",
    ),
    (
        "Mutation.testRegistry",
        "testRegistry(input: { endpoint: $endpoint, ownerWorkspaceId: $workspace }) { ok userErrors { code } }",
    ),
    (
        "Mutation.updateWorkspace",
        "updateWorkspace(input: { workspaceId: $workspace, revision: 99, displayName: \"d\" }) { workspace { id } userErrors { code } }",
    ),
    (
        "Mutation.changeWorkspaceMembers",
        "changeWorkspaceMembers(input: { workspaceId: $workspace, remove: [{ user: \"other\" }] }) { workspace { id } userErrors { code } }",
    ),
];

/// Questions about a user, who is nobody's own.
const USERS: &[(&str, &str)] = &[
    (
        "Mutation.updateUser",
        "updateUser(input: { userId: $user, revision: 99, email: \"e\" }) { user { id } userErrors { code } }",
    ),
    ("Mutation.resetPassword", "resetPassword(input: { userId: $user }) { user { id } userErrors { code } }"),
];

/// All of them.
pub(super) fn documents() -> Vec<Document> {
    let alone = ALONE.iter().map(|(field, text)| document(field, "-", text, true));
    let about = ABOUT
        .iter()
        .flat_map(|(field, text)| ["own", "foreign", "missing"].map(|target| document(field, target, text, false)));
    let users =
        USERS.iter().flat_map(|(field, text)| ["foreign", "missing"].map(|target| document(field, target, text, true)));
    alone.chain(about).chain(users).collect()
}

fn document(field: &'static str, target: &'static str, selection: &str, is_own_business: bool) -> Document {
    let operation = if field.starts_with("Mutation.") { "mutation" } else { "query" };
    let used = VARIABLES.iter().filter(|(name, _)| selection.contains(&format!("${name}")));
    let declared: Vec<_> = used.map(|(name, ty)| format!("${name}: {ty}")).collect();
    let declared = if declared.is_empty() { String::new() } else { format!("({})", declared.join(", ")) };
    Document { field, target, text: format!("{operation}{declared} {{ {selection} }}"), is_own_business }
}
