//! Lists below the nodes of other lists, as a client pages through them: each gives the pages that it gives when it is asked
//! for alone, and no page of another.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wharfinger_fakes::harbor::{FakeHarbor, Options, Push};

use crate::world::{ADMIN, World};

/// A list, the type of the nodes that it is below, and how a document asks for it below all of them. `LIST` stands for it.
struct Nested {
    list: &'static str,
    parent: &'static str,
    document: &'static str,
}

const LISTS: [Nested; 7] = [
    Nested { list: "spaces", parent: "Registry", document: "{ registries(first: 9) { nodes { id LIST } } }" },
    Nested {
        list: "repositories",
        parent: "RegistrySpace",
        document: "{ registries(first: 9) { nodes { spaces(first: 9) { nodes { id LIST } } } } }",
    },
    Nested {
        list: "tags",
        parent: "Repository",
        document: "{ registries(first: 4) { nodes { spaces(first: 5) { nodes { repositories(first: 5) { nodes { id LIST } } } } } } }",
    },
    Nested {
        list: "bindings",
        parent: "RegistrySpace",
        document: "{ registries(first: 9) { nodes { spaces(first: 9) { nodes { id LIST } } } } }",
    },
    Nested { list: "namespaces", parent: "Workspace", document: "{ workspaces(first: 9) { nodes { id LIST } } }" },
    Nested { list: "bindings", parent: "Workspace", document: "{ workspaces(first: 9) { nodes { id LIST } } }" },
    Nested {
        list: "associatedRegistries",
        parent: "Workspace",
        document: "{ workspaces(first: 9) { nodes { id LIST } } }",
    },
];

impl Nested {
    /// The list under the name `list`, two nodes of it.
    fn field(&self) -> String {
        let node = if self.list == "tags" { "name" } else { "id" };
        let list = self.list;
        format!(
            "list: {list}(first: 2, after: $after) {{ totalCount nodes {{ {node} }} pageInfo {{ hasNextPage \
             hasPreviousPage startCursor endCursor }} }}"
        )
    }

    /// The page of the list of every parent, by the parents' ids.
    async fn below_all(&self, world: &World, after: &Value) -> BTreeMap<String, Value> {
        let document = format!("query($after: String) {}", self.document.replace("LIST", &self.field()));
        let data = world.platform.graphql(&document, json!({ "after": after })).await;
        let mut pages = BTreeMap::new();
        collect(data, &mut pages);
        pages
    }

    /// The page of the list of one parent, which is asked for alone.
    async fn alone(&self, world: &World, parent: &str, after: &Value) -> Value {
        let document = format!(
            "query($id: ID!, $after: String) {{ node(id: $id) {{ ... on {} {{ {} }} }} }}",
            self.parent,
            self.field()
        );
        world.platform.graphql(&document, json!({ "id": parent, "after": after })).await["node"]["list"].take()
    }

    /// Pages through the list of every parent in both ways. Gives how many pages there are.
    async fn assert_alike(&self, world: &World) -> usize {
        let first = self.below_all(world, &Value::Null).await;
        let mut turned = first.len();
        for (parent, page) in &first {
            let mut page = page.clone();
            assert_eq!(page, self.alone(world, parent, &Value::Null).await, "{}", self.list);
            let mut seen = page["nodes"].as_array().unwrap().len();
            while page["pageInfo"]["hasNextPage"] == true {
                let after = page["pageInfo"]["endCursor"].take();
                let mut all = self.below_all(world, &after).await;
                page = all.remove(parent).expect("the parent is there");
                assert_eq!(page, self.alone(world, parent, &after).await, "{}", self.list);
                self.assert_nothing_beside(&all, &first);
                seen += page["nodes"].as_array().unwrap().len();
                turned += 1;
            }
            assert_eq!(page["totalCount"], seen, "{} below {parent}", self.list);
        }
        turned
    }

    /// After a cursor of another parent's list come no nodes, and the numbers are right all the same.
    fn assert_nothing_beside(&self, all: &BTreeMap<String, Value>, first: &BTreeMap<String, Value>) {
        assert_eq!(all.len() + 1, first.len());
        for (parent, page) in all {
            assert_eq!(page["nodes"], json!([]), "{} below {parent}", self.list);
            assert_eq!(page["totalCount"], first[parent]["totalCount"], "{} below {parent}", self.list);
        }
    }
}

/// Finds the lists in an answer, and the ids beside them.
fn collect(data: Value, pages: &mut BTreeMap<String, Value>) {
    match data {
        Value::Object(mut fields) => {
            if let Some(list) = fields.remove("list") {
                pages.insert(fields["id"].as_str().unwrap().to_owned(), list);
            } else {
                fields.into_iter().for_each(|(_, value)| collect(value, pages));
            }
        }
        Value::Array(values) => values.into_iter().for_each(|value| collect(value, pages)),
        _ => {}
    }
}

/// A Harbor with five projects, each with a different number of repositories, of which each has another number of tags.
async fn harbor() -> FakeHarbor {
    let harbor = FakeHarbor::start(Options::default()).await.unwrap();
    for project in 0..5 {
        harbor.create_project(&format!("space-{project}"), if project == 0 { "true" } else { "false" });
        for repository in 0..project {
            for tag in 0..=(project + repository) % 5 {
                let path = format!("space-{project}/app-{repository}");
                harbor.push_artifact(&path, &Push::tagged([format!("v{tag}").as_str()])).unwrap();
            }
        }
    }
    harbor
}

/// Adds a second registry of the platform, three workspaces with namespaces and bindings, and two with three associations
/// each.
async fn plant(world: &World, harbors: &[FakeHarbor]) {
    let platform = &world.platform;
    let registry = platform.register("second", "HARBOR", &harbors[0].url(), Some(ADMIN)).await;
    let mut spaces = Vec::new();
    for name in ["space-0", "space-1", "space-2", "space-3", "space-4"] {
        spaces.push(platform.space(&registry, name).await);
    }
    let mut workspaces = Vec::new();
    for (index, name) in ["w-0", "w-1", "w-2"].into_iter().enumerate() {
        let workspace = platform.workspace(name).await;
        for number in 0..=2 * index {
            let namespace = format!("ns-{index}-{number}");
            world.kube.create(&namespace).unwrap();
            platform.assign(&namespace, Some(&workspace)).await;
        }
        let bound: Vec<_> = spaces.iter().skip(index).map(String::as_str).collect();
        platform.bind(&bound, &[&workspace]).await;
        workspaces.push(workspace);
    }
    for (index, (harbor, owner)) in harbors[1..].iter().zip([0, 0, 0, 1, 1, 1]).enumerate() {
        // Nobody may associate what the platform has, on another port or not: here it goes by another name.
        let url = harbor.url().replace("127.0.0.1", "localhost");
        associate(world, &format!("own-{index}"), &url, &workspaces[owner]).await;
    }
}

async fn associate(world: &World, name: &str, url: &str, workspace: &str) {
    let query = "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) {
        registry { id } userErrors { code message path } } }";
    let credential = json!({ "username": ADMIN.0, "secret": ADMIN.1 });
    let input = json!({ "name": name, "endpoint": url, "credential": credential, "ownerWorkspaceId": workspace });
    let data = world.platform.graphql(query, json!({ "input": input })).await;
    assert_eq!(data["registerRegistry"]["userErrors"], json!([]));
    world.platform.wait_for_walk(data["registerRegistry"]["registry"]["id"].as_str().unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_lists_give_the_same_pages_as_each_list_alone() {
    let world = World::start().await;
    let mut harbors = Vec::new();
    for _ in 0..7 {
        harbors.push(harbor().await);
    }
    plant(&world, &harbors).await;
    let lists = world.platform.graphql("{ registries { totalCount } workspaces { totalCount } }", json!({})).await;
    assert_eq!(lists, json!({ "registries": { "totalCount": 8 }, "workspaces": { "totalCount": 3 } }));
    for nested in LISTS {
        let parents = nested.below_all(&world, &Value::Null).await.len();
        let pages = nested.assert_alike(&world).await;
        assert!(parents > 2 && pages > parents, "{} below {parents} has {pages} pages", nested.list);
    }
}
