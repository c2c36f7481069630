//! Every place of the published schema in which a client can send something. They are found in the schema itself, so that a
//! new one is attacked as well, or fails the test that does not know how.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::scene::Scene;

/// The endings of names that say of what an id is, and the type of that. The longer ones come first.
const NOUNS: [(&str, &str); 11] = [
    ("repository", "Repository"),
    ("namespace", "Namespace"),
    ("workspace", "Workspace"),
    ("registry", "Registry"),
    ("binding", "Binding"),
    ("cluster", "Cluster"),
    ("space", "RegistrySpace"),
    ("sync", "Sync"),
    ("token", "ApiToken"),
    ("user", "User"),
    ("subject", ANYTHING),
];

/// The type of an id that may be of anything.
const ANYTHING: &str = "Node";

/// One id of each type that has ids.
pub(super) struct Ids(BTreeMap<String, String>);

impl Ids {
    /// Asks for them.
    pub(super) async fn of(scene: &Scene) -> Self {
        let query = "{
            registries(first: 1) { nodes { id lastSync { id } spaces(first: 1, filter: { search: \"team-a\" }) { nodes { id repositories(first: 1) { nodes { id } } } } } }
            workspaces(first: 1) { nodes { id } } namespaces(first: 1) { nodes { id } }
            bindings(first: 1) { nodes { id } } clusters(first: 1) { nodes { id } }
            users(first: 1) { nodes { id } } apiTokens(first: 1) { nodes { id } } auditEvents(first: 1) { nodes { id } } }";
        let data = scene.platform().graphql(query, json!({})).await;
        let change = "mutation($id: ID!) { changeWorkspaceMembers(input: {
            workspaceId: $id, set: [{ subject: { group: \"hostile\" }, role: VIEWER }] }) {
            workspace { members { nodes { subject { ... on Group { id } } } } } } }";
        let workspace = &data["workspaces"]["nodes"][0];
        let changed = scene.platform().graphql(change, json!({ "id": workspace["id"] })).await;
        let member = &changed["changeWorkspaceMembers"]["workspace"]["members"]["nodes"][0];
        let registry = &data["registries"]["nodes"][0];
        let space = &registry["spaces"]["nodes"][0];
        let found = [
            ("Registry", registry),
            ("RegistrySpace", space),
            ("Repository", &space["repositories"]["nodes"][0]),
            ("Sync", &registry["lastSync"]),
            ("Workspace", workspace),
            ("Namespace", &data["namespaces"]["nodes"][0]),
            ("Binding", &data["bindings"]["nodes"][0]),
            ("Cluster", &data["clusters"]["nodes"][0]),
            ("User", &data["users"]["nodes"][0]),
            ("ApiToken", &data["apiTokens"]["nodes"][0]),
            ("AuditEvent", &data["auditEvents"]["nodes"][0]),
            ("Group", &member["subject"]),
        ];
        let id = |object: &Value| object["id"].as_str().unwrap_or_else(|| panic!("no id in {data}")).to_owned();
        Self(found.map(|(kind, object)| (kind.to_owned(), id(object))).into())
    }

    /// The types and their ids.
    pub(super) fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// A place that takes a value: an argument of a field, or a part of one.
#[derive(Clone)]
pub(super) struct Place {
    /// The type that has the field.
    pub(super) parent: String,
    pub(super) field: FieldDefinition,
    /// The names on the way from the argument to the value.
    pub(super) path: Vec<String>,
    /// The type that has the value: an input, or the parent for an argument itself.
    owner: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}({})", self.parent, self.field.name.node, self.path.join("."))
    }
}

impl Place {
    /// Of what it takes ids: a type, or `None` for any.
    pub(super) fn kind(&self) -> Option<&'static str> {
        let name = self.path.last().expect("an argument has a name");
        let kind = kind_of(&self.owner, name).unwrap_or_else(|| panic!("{self}: say in NOUNS of what it takes ids"));
        Some(kind).filter(|kind| *kind != ANYTHING)
    }
}

/// An instant a month ahead: a binding and a token may end then.
fn soon() -> String {
    #[expect(clippy::disallowed_methods, reason = "the product reads the same clock")]
    let soon = DateTime::<Utc>::from(SystemTime::now() + Duration::from_hours(30 * 24));
    soon.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Of what a value of this name is an id; `None` when nobody knows.
fn kind_of(owner: &str, name: &str) -> Option<&'static str> {
    let noun = match name {
        "id" | "ids" => match owner.strip_suffix("Ref") {
            Some(noun) => noun,
            None => return Some(ANYTHING),
        },
        _ => name.strip_suffix("Id").or_else(|| name.strip_suffix("Ids"))?,
    };
    let noun = noun.to_lowercase();
    NOUNS.iter().find(|(ending, _)| noun.ends_with(ending)).map(|(_, kind)| *kind)
}

/// The published schema.
pub(super) struct Schema {
    types: BTreeMap<String, TypeDefinition>,
}

impl Schema {
    pub(super) fn read() -> Self {
        let definitions = parse_schema(wharfinger_graphql::sdl()).unwrap().definitions;
        let types = definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(ty) => Some((ty.node.name.node.to_string(), ty.node)),
            _ => None,
        });
        Self { types: types.collect() }
    }

    /// The types of which every object has an id.
    pub(super) fn nodes(&self) -> Vec<&str> {
        let is_node = |ty: &TypeDefinition| match &ty.kind {
            TypeKind::Object(object) => object.implements.iter().any(|name| name.node == "Node"),
            _ => false,
        };
        self.types.iter().filter(|(_, ty)| is_node(ty)).map(|(name, _)| name.as_str()).collect()
    }

    /// The places whose value has such a name and type.
    pub(super) fn places(&self, wanted: impl Fn(&str, &Type) -> bool) -> Vec<Place> {
        let mut found = Vec::new();
        for (parent, ty) in &self.types {
            let TypeKind::Object(object) = &ty.kind else { continue };
            for field in &object.fields {
                let place = Place {
                    parent: parent.clone(),
                    field: field.node.clone(),
                    path: Vec::new(),
                    owner: parent.clone(),
                };
                for argument in &field.node.arguments {
                    self.descend(&place, &argument.node, &wanted, &mut found);
                }
            }
        }
        found
    }

    fn descend(
        &self,
        above: &Place,
        input: &InputValueDefinition,
        wanted: &impl Fn(&str, &Type) -> bool,
        found: &mut Vec<Place>,
    ) {
        let mut place = above.clone();
        place.path.push(input.name.node.to_string());
        assert!(place.path.len() < 10, "{place}: the input contains itself");
        if wanted(&input.name.node, &input.ty.node) {
            found.push(place.clone());
        }
        base(&input.ty.node).clone_into(&mut place.owner);
        if let Some(TypeKind::InputObject(object)) = self.types.get(&place.owner).map(|ty| &ty.kind) {
            for field in &object.fields {
                self.descend(&place, &field.node, wanted, found);
            }
        }
    }

    /// A document and its variables that send this value in a place, beside what must be sent; or, when it is to be full, beside
    /// all that can be sent and is no id.
    pub(super) fn request(
        &self,
        place: &Place,
        value: &Value,
        full: bool,
        ids: &Ids,
        selection: &str,
    ) -> (String, Value) {
        let (mut heads, mut arguments, mut variables) = (Vec::new(), Vec::new(), Map::new());
        for argument in place.field.arguments.iter().map(|it| &it.node) {
            let name = argument.name.node.as_str();
            let given = if name == place.path[0] {
                self.along(argument, &place.path[1..], value, full, ids)
            } else if is_sent(argument, full) {
                self.sample(&place.parent, argument, full, ids)
            } else {
                continue;
            };
            heads.push(format!("${name}: {}", argument.ty.node));
            arguments.push(format!("{name}: ${name}"));
            variables.insert(name.to_owned(), given);
        }
        let field = format!("{}({}) {selection}", place.field.name.node, arguments.join(" "));
        let document = match place.parent.as_str() {
            "Query" => format!("query({}) {{ {field} }}", heads.join(" ")),
            "Mutation" => format!("mutation({}) {{ {field} }}", heads.join(" ")),
            "Viewer" => format!("query({}) {{ viewer {{ {field} }} }}", heads.join(" ")),
            parent => {
                let id = ids.0.get(parent).unwrap_or_else(|| panic!("{place}: no way leads there"));
                variables.insert("parent".to_owned(), json!(id));
                format!(
                    "query($parent: ID! {}) {{ node(id: $parent) {{ ... on {parent} {{ {field} }} }} }}",
                    heads.join(" ")
                )
            }
        };
        (document, Value::Object(variables))
    }

    /// What is asked of a field when nothing of it matters.
    pub(super) fn selection(&self, place: &Place) -> &'static str {
        match self.types.get(base(&place.field.ty.node)).map(|ty| &ty.kind) {
            Some(TypeKind::Object(object))
                if object.fields.iter().any(|field| field.node.name.node == "userErrors") =>
            {
                "{ userErrors { code message path } }"
            }
            Some(TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_)) => "{ __typename }",
            _ => "",
        }
    }

    /// The value with everything around it. A list of one is made of it where it is to be a list and is none.
    fn along(&self, input: &InputValueDefinition, rest: &[String], value: &Value, full: bool, ids: &Ids) -> Value {
        let owner = base(&input.ty.node);
        let inner = match (rest.split_first(), self.types.get(owner).map(|ty| &ty.kind)) {
            (Some((next, rest)), Some(TypeKind::InputObject(object))) => {
                let fields = object.fields.iter().map(|field| &field.node).filter_map(|field| {
                    let name = field.name.node.to_string();
                    let sent = if name == *next {
                        self.along(field, rest, value, full, ids)
                    } else if !self.is_one_of(owner) && is_sent(field, full) {
                        self.sample(owner, field, full, ids)
                    } else {
                        return None;
                    };
                    Some((name, sent))
                });
                Value::Object(fields.collect())
            }
            _ => value.clone(),
        };
        if is_list(&input.ty.node) && !inner.is_array() { json!([inner]) } else { inner }
    }

    /// A value that could be right.
    fn sample(&self, owner: &str, input: &InputValueDefinition, full: bool, ids: &Ids) -> Value {
        let (name, ty) = (input.name.node.as_str(), base(&input.ty.node));
        let one = match (ty, self.types.get(ty).map(|ty| &ty.kind)) {
            ("ID", _) => {
                let kind = kind_of(owner, name).filter(|kind| *kind != ANYTHING);
                json!(ids.0[kind.unwrap_or("Registry")])
            }
            ("Int", _) => json!(1),
            ("Boolean", _) => json!(false),
            ("DateTime", _) => json!(soon()),
            ("URL", _) => json!("http://127.0.0.1:1"),
            ("String" | "Revision", _) => json!("x"),
            (_, Some(TypeKind::Enum(values))) => json!(values.values[0].node.value.node),
            (_, Some(TypeKind::InputObject(object))) => {
                let one_of = self.is_one_of(ty);
                let wanted = object.fields.iter().filter(|field| one_of || is_sent(&field.node, full));
                let sent =
                    wanted.map(|field| (field.node.name.node.to_string(), self.sample(ty, &field.node, full, ids)));
                Value::Object(sent.take(if one_of { 1 } else { usize::MAX }).collect())
            }
            _ => panic!("{owner}.{name}: say what a {ty} may look like"),
        };
        if is_list(&input.ty.node) { json!([one]) } else { one }
    }

    /// Values that could be right in a place, so many of them.
    pub(super) fn samples(&self, place: &Place, count: usize, ids: &Ids) -> Value {
        let owner = place.owner.as_str();
        let name = place.path.last().expect("an argument has a name");
        let input = match &self.types[owner].kind {
            TypeKind::InputObject(object) => object.fields.iter().find(|field| field.node.name.node == *name),
            _ => place.field.arguments.iter().find(|argument| argument.node.name.node == *name),
        };
        let sample = self.sample(owner, &input.expect("it is there").node, false, ids);
        Value::Array(vec![sample[0].clone(); count])
    }

    fn is_one_of(&self, name: &str) -> bool {
        self.types[name].directives.iter().any(|directive| directive.node.name.node == "oneOf")
    }
}

/// Whether something is sent although it is not what the request is about. A cursor and a certificate are not: nothing that is
/// made up could be right.
fn is_sent(input: &InputValueDefinition, full: bool) -> bool {
    let required = !input.ty.node.nullable && input.default_value.is_none();
    let could_be_right =
        base(&input.ty.node) != "ID" && input.name.node != "after" && !input.name.node.ends_with("Pem");
    required || (full && could_be_right)
}

pub(super) fn is_list(ty: &Type) -> bool {
    matches!(ty.base, BaseType::List(_))
}

/// The name of a type without the marks of lists and of what is never null.
pub(super) fn base(ty: &Type) -> &str {
    match &ty.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => base(inner),
    }
}
