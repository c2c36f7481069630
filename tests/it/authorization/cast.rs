//! Who asks, and of what: two workspaces, each with a namespace, a space that is bound to it and a registry that it has
//! associated, and callers with every role in the one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use wharfinger_fakes::harbor::{FakeHarbor, Options as HarborOptions, Push};

use super::documents::Document;
use crate::harness::platform::PASSWORD;
use crate::harness::session::Session;
use crate::world::{ADMIN, World};

/// Those who ask, in the order of the columns: the platform's administrator and an auditor; an administrator, an editor and a
/// viewer of the own workspace; an administrator of the foreign one; a user without any role; a token of the administrator's
/// that only reads; nobody.
pub(super) const CALLERS: [&str; 9] =
    ["admin", "auditor", "lead", "editor", "viewer", "neighbour", "outsider", "reader", "anonymous"];

/// The platform and its callers.
pub(super) struct Cast {
    world: World,
    sessions: BTreeMap<&'static str, Session>,
    reader: String,
    ids: BTreeMap<String, String>,
    _harbors: Vec<FakeHarbor>,
}

impl Cast {
    pub(super) async fn start() -> Self {
        let world = World::start().await;
        let mut cast = Self {
            world,
            sessions: BTreeMap::new(),
            reader: String::new(),
            ids: BTreeMap::new(),
            _harbors: Vec::new(),
        };
        cast.place().await;
        cast.hire().await;
        cast
    }

    /// Puts everything in its place, as the administrator.
    async fn place(&mut self) {
        let Self { world, ids, _harbors: harbors, .. } = self;
        let platform = &world.platform;
        for (target, workspace, namespace, space) in
            [("own", "wa", "ns-a", "team-a"), ("foreign", "wb", "ns-b", "team-b")]
        {
            let id = platform.workspace(workspace).await;
            platform.assign(namespace, Some(&id)).await;
            let space = platform.space(&world.registry, space).await;
            platform.bind(&[&space], &[&id]).await;
            let harbor = FakeHarbor::start(HarborOptions::default()).await.unwrap();
            harbor.create_project("mine", "false");
            harbor.push_artifact("mine/app", &Push::tagged(["1.0"])).unwrap();
            let registry =
                associate(world, &id, &format!("{workspace}-harbor"), &harbor.url().replace("127.0.0.1", "localhost"))
                    .await;
            harbors.push(harbor);
            let query = "query($space: ID!, $workspace: ID!) {
                bindings(filter: { spaceId: $space, workspaceId: $workspace }) { nodes { id } }
                space: node(id: $space) { ... on RegistrySpace { repositories { nodes { id } } } }
                workspace: node(id: $workspace) { ... on Workspace { namespaces { nodes { id } } } } }";
            let data = platform.graphql(query, json!({ "space": space, "workspace": id })).await;
            let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{data}")).to_owned();
            for (noun, value) in [
                ("workspace", id.clone()),
                ("space", space.clone()),
                ("registry", registry),
                ("binding", text(&data["bindings"]["nodes"][0]["id"])),
                ("repository", text(&data["space"]["repositories"]["nodes"][0]["id"])),
                ("namespace", text(&data["workspace"]["namespaces"]["nodes"][0]["id"])),
            ] {
                ids.insert(format!("{noun} {target}"), value);
            }
        }
        ids.insert("registry platform".to_owned(), world.registry.clone());
    }

    /// Makes the users, and lets each sign in.
    async fn hire(&mut self) {
        let platform = &self.world.platform;
        let admin = platform.sign_in("admin", PASSWORD, None).await.unwrap();
        for (name, role) in [
            ("auditor", "AUDITOR"),
            ("lead", "NONE"),
            ("editor", "NONE"),
            ("viewer", "NONE"),
            ("neighbour", "NONE"),
            ("outsider", "NONE"),
            ("other", "NONE"),
        ] {
            let query = "mutation($name: String!, $role: PlatformRole!) {
                createUser(input: { name: $name, platformRole: $role }) { user { id } oneTimePassword } }";
            let (_, answer) = platform.ask_in(&admin, query, json!({ "name": name, "role": role })).await;
            let made = &answer["data"]["createUser"];
            let first = made["oneTimePassword"].as_str().unwrap_or_else(|| panic!("{answer}"));
            let session = platform.sign_in(name, first, Some("a password of theirs")).await.unwrap();
            self.ids.insert(format!("user {name}"), made["user"]["id"].as_str().unwrap().to_owned());
            self.sessions.insert(name, session);
        }
        for (workspace, name, role) in [
            ("workspace own", "lead", "ADMIN"),
            ("workspace own", "editor", "EDITOR"),
            ("workspace own", "viewer", "VIEWER"),
            ("workspace foreign", "neighbour", "ADMIN"),
        ] {
            let query = "mutation($id: ID!, $name: String!, $role: WorkspaceRole!) {
                changeWorkspaceMembers(input: { workspaceId: $id, set: [{ subject: { user: $name }, role: $role }] }) {
                    userErrors { message } } }";
            let variables = json!({ "id": self.ids[workspace], "name": name, "role": role });
            let (_, answer) = platform.ask_in(&admin, query, variables).await;
            assert_eq!(answer["data"]["changeWorkspaceMembers"]["userErrors"], json!([]), "{answer}");
        }
        self.reader = platform.token_of(&admin, &["READ"]).await;
        self.sessions.insert("admin", admin);
    }

    /// What comes of a document when this caller asks.
    pub(super) async fn outcome(&self, caller: &str, document: &Document) -> String {
        let platform = &self.world.platform;
        let mut variables = self.variables(caller, document);
        if document.text.contains("$token") {
            variables["token"] = self.token(caller, document.target).await.into();
        }
        let (status, answer) = match caller {
            "reader" => platform.ask_by(&self.reader, &document.text, variables).await,
            "anonymous" => platform.ask_nobody(&document.text, variables).await,
            _ => platform.ask_in(&self.sessions[caller], &document.text, variables).await,
        };
        told(status, &answer)
    }

    /// The id of a token, of the caller's own or of somebody else's, that is good until it is revoked.
    async fn token(&self, caller: &str, target: &str) -> String {
        let platform = &self.world.platform;
        let owner = match target {
            "own" => self.sessions.get(caller).unwrap_or(&self.sessions["admin"]),
            _ => &self.sessions["other"],
        };
        platform.token_of(owner, &["READ"]).await;
        let (_, answer) = platform.ask_in(owner, "{ apiTokens(first: 1) { nodes { id } } }", json!({})).await;
        let id =
            answer["data"]["apiTokens"]["nodes"][0]["id"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        if target == "missing" { missing(&id) } else { id }
    }

    /// The ids that the document names, of its target, and a name that nobody has used.
    fn variables(&self, caller: &str, document: &Document) -> Value {
        let id = |noun: &str| match document.target {
            "missing" => missing(&self.ids[&format!("{noun} own")]),
            target => self.ids.get(&format!("{noun} {target}")).cloned().unwrap_or_default(),
        };
        json!({
            "workspace": id("workspace"), "space": id("space"), "registry": id("registry"), "binding": id("binding"),
            "repository": id("repository"), "namespace": id("namespace"),
            "name": match document.target { "foreign" => "wb", "missing" => "wx", _ => "wa" },
            "ns": match document.target { "foreign" => "ns-b", "missing" => "ns-x", _ => "ns-a" },
            "image": match document.target {
                "foreign" => self.world.image("team-b/app:1.0"),
                "missing" => self.world.image("team-x/app:1.0"),
                _ => self.world.image("team-a/app:1.0"),
            },
            "user": match document.target { "missing" => missing(&self.ids["user other"]), _ => self.ids["user other"].clone() },
            "fresh": format!("{caller}-new"),
            "endpoint": endpoint(caller, document.target),
        })
    }
}

/// The address of a registry that nobody else enters. It is of this machine, which refuses at once: no name has to be looked up.
fn endpoint(caller: &str, target: &str) -> String {
    let place = |all: &[&str], one: &str| 1 + all.iter().position(|other| *other == one).expect("it is one of them");
    let target = place(&["-", "own", "foreign", "missing"], target);
    format!("https://127.{}.{target}.1:1", place(&CALLERS, caller))
}

/// Associates a registry with a workspace, as the administrator.
async fn associate(world: &World, workspace: &str, name: &str, url: &str) -> String {
    let query = "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) {
        registry { id } userErrors { message } } }";
    let credential = json!({ "username": ADMIN.0, "secret": ADMIN.1 });
    let input = json!({ "name": name, "kind": "HARBOR", "endpoint": url, "credential": credential, "ownerWorkspaceId": workspace });
    let data = world.platform.graphql(query, json!({ "input": input })).await;
    let id = data["registerRegistry"]["registry"]["id"].as_str().unwrap_or_else(|| panic!("{data}")).to_owned();
    world.platform.wait_for_walk(&id).await;
    id
}

/// An id of the same kind as this one, of an object that is not there: a bit of its number is another.
fn missing(id: &str) -> String {
    let (head, tail) = id.split_at(10);
    format!("{head}B{}", &tail[1..])
}

/// The outcome in a word: the code of an error, `!` and the code of what is to be put right, `null`, the labels that were
/// given, `-` for a list without any, or `yes`.
fn told(status: u16, answer: &Value) -> String {
    if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
        return if status == 401 { "401".to_owned() } else { code.to_owned() };
    }
    let Some(value) = answer["data"].as_object().and_then(|data| data.values().next()) else {
        return format!("{status}?");
    };
    let is_null =
        value.as_array().map_or(value.is_null(), |items| !items.is_empty() && items.iter().all(Value::is_null));
    if is_null {
        return "null".to_owned();
    }
    if let Some(code) = value["userErrors"][0]["code"].as_str() {
        return format!("!{code}");
    }
    let mut labels = BTreeSet::new();
    let is_labelled = collect(value, &mut labels);
    let is_empty = *value == json!([]) || answer.to_string().contains("\"nodes\":[]");
    match (labels.is_empty(), is_labelled || is_empty) {
        (true, true) => "-".to_owned(),
        (true, false) => "yes".to_owned(),
        (false, _) => labels.into_iter().collect::<Vec<_>>().join("+"),
    }
}

fn collect(value: &Value, labels: &mut BTreeSet<String>) -> bool {
    let items: Vec<(&str, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, value)| (name.as_str(), value)).collect(),
        Value::Array(items) => items.iter().map(|item| ("", item)).collect(),
        _ => Vec::new(),
    };
    let mut found = false;
    for (name, value) in items {
        match (name, value) {
            ("label", Value::Null) => {}
            ("label", Value::String(label)) => {
                labels.insert(label.replace(' ', "_"));
                found = true;
            }
            ("label", other) => {
                labels.insert(other.to_string());
                found = true;
            }
            _ => found |= collect(value, labels),
        }
    }
    found
}
