//! The fields of the published schema.

use std::collections::BTreeMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

/// What every list has alike, and what comes with a payload.
const ALIKE: [&str; 5] = ["Connection", "Edge", "Payload", "PageInfo", "UserError"];

/// Every field of an object, as `Type.field`, and whether only some roles may use it.
pub(super) fn fields() -> BTreeMap<String, bool> {
    let mut fields = BTreeMap::new();
    for definition in parse_schema(wharfinger_graphql::sdl()).expect("the schema is one").definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let (TypeKind::Object(object), name) = (&ty.node.kind, ty.node.name.node.as_str()) else { continue };
        if ALIKE.iter().any(|alike| name.ends_with(alike)) {
            continue;
        }
        for field in &object.fields {
            let is_guarded = field.node.directives.iter().any(|directive| directive.node.name.node == "access");
            fields.insert(format!("{name}.{}", field.node.name.node), is_guarded);
        }
    }
    fields
}

/// The fields that a line such as `Workspace: id name` names.
pub(super) fn plain(line: &str) -> Vec<String> {
    let Some((ty, fields)) = line.split_once(':').filter(|_| !line.starts_with('#')) else { return Vec::new() };
    fields.split_whitespace().map(|field| format!("{ty}.{field}")).collect()
}
