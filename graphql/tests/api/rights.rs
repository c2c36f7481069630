//! What the schema says of rights is what the table of rights says, and what is enforced.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, TypeKind, TypeSystemDefinition};
use serde_json::json;
use wharfinger_domain::caller::{AuthMethod, Caller, PlatformRole, WorkspaceRole};
use wharfinger_domain::id::WorkspaceId;
use wharfinger_domain::rights::{Access, Action};

use crate::world::World;

/// Each field with `@access`, and the actions of which it needs one.
const FIELDS: &[(&str, &[Action])] = &[
    ("AuditEvent.sourceIp", &[Action::ReadUsers]),
    ("Mutation.assignNamespaces", &[Action::AssignNamespaces]),
    ("Mutation.bindSpaces", &[Action::BindSpaces]),
    ("Mutation.changeWorkspaceMembers", &[Action::ManageMembers]),
    ("Mutation.createUser", &[Action::ManageUsers]),
    ("Mutation.createWorkspace", &[Action::ManageWorkspaces]),
    ("Mutation.declareRepositories", &[Action::ManageRegistry, Action::ManageAssociatedRegistry]),
    ("Mutation.declareSpace", &[Action::ManageRegistry, Action::ManageAssociatedRegistry]),
    ("Mutation.registerRegistry", &[Action::ManageRegistry, Action::ManageAssociatedRegistry]),
    ("Mutation.releaseHost", &[Action::ReleaseHosts]),
    ("Mutation.removeRegistry", &[Action::ManageRegistry, Action::ManageAssociatedRegistry]),
    ("Mutation.resetPassword", &[Action::ManageUsers]),
    ("Mutation.setRegistryExclusive", &[Action::SetExclusive]),
    ("Mutation.setSpaceVisibility", &[Action::SetVisibility]),
    ("Mutation.syncRegistry", &[Action::ManageRegistry, Action::ManageAssociatedRegistry]),
    ("Mutation.testRegistry", &[Action::ManageRegistry, Action::ManageAssociatedRegistry]),
    ("Mutation.unbindSpaces", &[Action::BindSpaces]),
    ("Mutation.updateRegistry", &[Action::ManageRegistry, Action::ManageAssociatedRegistry]),
    ("Mutation.updateUser", &[Action::ManageUsers]),
    ("Mutation.updateWorkspace", &[Action::RenameWorkspace]),
    ("Query.auditEvents", &[Action::ReadAudit]),
    ("Query.clusters", &[Action::ReadClusters]),
    ("Query.retiredHosts", &[Action::ReadRetiredHosts]),
    ("Query.users", &[Action::ReadUsers]),
    ("Registry.credential", &[Action::ReadCredentialStatus]),
    ("Registry.version", &[Action::ReadAllSpaces, Action::ManageAssociatedRegistry]),
    ("Registry.warnings", &[Action::ReadAllSpaces, Action::ManageAssociatedRegistry]),
    ("RegistrySpace.bindingCount", &[Action::CountBindings]),
    ("Workspace.members", &[Action::ReadMembers]),
];

fn word(access: Access) -> &'static str {
    match access {
        Access::Admin => "ADMIN",
        Access::Auditor => "AUDITOR",
        Access::WorkspaceAdmin => "WORKSPACE_ADMIN",
        Access::WorkspaceMember => "WORKSPACE_MEMBER",
        Access::Viewer => "VIEWER",
    }
}

/// The roles that a field's directive names, sorted; `None` without a directive.
fn printed(field: &FieldDefinition) -> Option<Vec<String>> {
    let directive = field.directives.iter().find(|directive| directive.node.name.node == "access")?;
    let to = directive.node.get_argument("to").unwrap().node.clone().into_json().unwrap();
    let mut roles: Vec<_> = to.as_array().unwrap().iter().map(|role| role.as_str().unwrap().to_owned()).collect();
    roles.sort();
    Some(roles)
}

#[test]
fn the_directives_say_what_the_table_of_rights_says() {
    let mut found = Vec::new();
    for definition in parse_schema(wharfinger_graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let TypeKind::Object(object) = &ty.node.kind else { continue };
        for field in &object.fields {
            let place = format!("{}.{}", ty.node.name.node, field.node.name.node);
            if let Some(roles) = printed(&field.node) {
                found.push((place, roles));
            }
        }
    }
    let mut expected: Vec<_> = FIELDS
        .iter()
        .map(|(place, actions)| {
            let lines = actions.iter().flat_map(|action| action.allowed_to());
            let mut roles: Vec<_> = lines.map(|access| word(*access).to_owned()).collect();
            roles.sort();
            roles.dedup();
            ((*place).to_owned(), roles)
        })
        .collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

fn somebody() -> Caller {
    Caller::new("m", AuthMethod::LocalAdmin, PlatformRole::None, [(WorkspaceId(2), WorkspaceRole::Admin)])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_may_never_do_is_forbidden() {
    let world = World::start().await;
    world.plant_harbor(&[("team", false)], Vec::new()).await;
    let spaces = world.spaces("harbor").await;
    let workspaces = world.ids("workspaces").await;
    let variables = json!({ "space": spaces["team"], "workspace": workspaces["wa"] });
    for document in [
        "{ clusters { totalCount } }",
        "mutation { createWorkspace(input: { name: \"w\" }) { userErrors { code } } }",
        "mutation($space: ID!, $workspace: ID!) { bindSpaces(input: { pairs: { spaceIds: [$space], workspaceIds: [$workspace] } }) { createdCount } }",
        "mutation($space: ID!) { setSpaceVisibility(input: { spaceId: $space, visibility: PRIVATE, reason: \"r\" }) { userErrors { code } } }",
        "mutation { registerRegistry(input: { name: \"r\", endpoint: \"https://r.example\" }) { userErrors { code } } }",
        "mutation { assignNamespaces(input: { assignment: { namespaces: [] } }) { assignedCount } }",
        "{ registry(by: { name: \"harbor\" }) { credential { configured } } }",
        "{ registry(by: { name: \"harbor\" }) { warnings } }",
        "{ registry(by: { name: \"harbor\" }) { version } }",
    ] {
        let answer = world.ask_as(somebody(), document, variables.clone()).await;
        assert_eq!(crate::world::code(&answer), "FORBIDDEN", "{document}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_visible_is_null_like_what_does_not_exist() {
    let world = World::start().await;
    world.plant_harbor(&[("team", false)], Vec::new()).await;
    let workspaces = world.ids("workspaces").await;
    let spaces = world.spaces("harbor").await;
    let document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } workspace(by: { name: \"wa\" }) { id } workspaces { totalCount } namespaces { totalCount } bindings { totalCount } }";
    let ids = json!({ "ids": [workspaces["wa"], spaces["team"], workspaces["wb"]] });
    let answer = world.ask_as(somebody(), document, ids).await;
    assert_eq!(answer["errors"], json!([]));
    assert_eq!(answer["data"]["nodes"], json!([null, null, { "id": workspaces["wb"] }]));
    assert_eq!(answer["data"]["workspace"], json!(null));
    assert_eq!(answer["data"]["workspaces"]["totalCount"], 1);
    assert_eq!(answer["data"]["namespaces"]["totalCount"], 0);
    assert_eq!(answer["data"]["bindings"]["totalCount"], 0);
}
