//! What users do with a running product, in their words: register, create, assign, bind, pick, ask why, create a pod.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::platform::{CLUSTER, Platform};

/// How long a first walk through a small registry, or the sight of a namespace, may take.
const SOON: Duration = Duration::from_mins(1);

/// What the webhook answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer(pub(crate) Value);

impl Answer {
    /// Whether the object was let in.
    pub(crate) fn allowed(&self) -> bool {
        self.0["allowed"].as_bool().expect("a review's answer says allowed")
    }

    /// The message of a denial.
    pub(crate) fn message(&self) -> &str {
        self.0["status"]["message"].as_str().unwrap_or_default()
    }
}

impl Platform {
    /// Registers a registry and waits until its first walk has succeeded. Gives its id.
    pub(crate) async fn register(&self, name: &str, kind: &str, url: &str, credential: Option<(&str, &str)>) -> String {
        let credential = credential.map(|(username, secret)| json!({ "username": username, "secret": secret }));
        let input = json!({ "name": name, "kind": kind, "endpoint": url, "credential": credential });
        let query = "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) {
            registry { id } userErrors { code message path } } }";
        let data = self.graphql(query, json!({ "input": input })).await;
        assert_eq!(data["registerRegistry"]["userErrors"], json!([]));
        let id = data["registerRegistry"]["registry"]["id"].as_str().unwrap().to_owned();
        self.wait_for_walk(&id).await;
        id
    }

    /// Asks for a walk and waits until it has succeeded.
    pub(crate) async fn sync(&self, registry: &str) {
        let query = "mutation($id: ID!) { syncRegistry(input: { registryId: $id }) { userErrors { message } } }";
        let data = self.graphql(query, json!({ "id": registry })).await;
        assert_eq!(data["syncRegistry"]["userErrors"], json!([]));
        self.wait_for_walk(registry).await;
    }

    /// Waits until the last walk of a registry has ended, and fails unless it succeeded.
    pub(crate) async fn wait_for_walk(&self, registry: &str) {
        let query = "query($id: ID!) { node(id: $id) { ... on Registry { lastSync { state error } } } }";
        let started = Instant::now();
        loop {
            let data = self.graphql(query, json!({ "id": registry })).await;
            let sync = &data["node"]["lastSync"];
            match sync["state"].as_str() {
                Some("SUCCEEDED") => return,
                Some("FAILED" | "CANCELLED") => panic!("the walk failed: {sync}"),
                _ => assert!(started.elapsed() < SOON, "the walk does not end: {sync}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Makes a workspace. Gives its id.
    pub(crate) async fn workspace(&self, name: &str) -> String {
        let query = "mutation($name: String!) { createWorkspace(input: { name: $name }) {
            workspace { id } userErrors { message } } }";
        let data = self.graphql(query, json!({ "name": name })).await;
        assert_eq!(data["createWorkspace"]["userErrors"], json!([]));
        data["createWorkspace"]["workspace"]["id"].as_str().unwrap().to_owned()
    }

    /// The names of all workspaces.
    pub(crate) async fn workspaces(&self) -> Vec<String> {
        let query = "query($after: String) { workspaces(first: 100, after: $after) {
            nodes { name } pageInfo { hasNextPage endCursor } } }";
        let (mut names, mut after) = (Vec::new(), Value::Null);
        loop {
            let list = self.graphql(query, json!({ "after": after })).await["workspaces"].take();
            let nodes = list["nodes"].as_array().unwrap();
            names.extend(nodes.iter().map(|node| node["name"].as_str().unwrap().to_owned()));
            if list["pageInfo"]["hasNextPage"] == false {
                return names;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
    }

    /// Waits until the namespace is known, then assigns it to the workspace (or to none).
    pub(crate) async fn assign(&self, namespace: &str, workspace: Option<&str>) {
        self.wait_for_namespace(namespace).await;
        let query = "mutation($input: AssignNamespacesInput!) { assignNamespaces(input: $input) {
            assignedCount userErrors { code message } } }";
        let names = json!([{ "cluster": CLUSTER, "name": namespace }]);
        let input = json!({ "assignment": { "namespaces": names, "workspaceId": workspace } });
        let data = self.graphql(query, json!({ "input": input })).await;
        assert_eq!(data["assignNamespaces"]["userErrors"], json!([]));
    }

    /// Waits until the API has the namespace. Gives its UID.
    pub(crate) async fn wait_for_namespace(&self, namespace: &str) -> String {
        let query = "query($by: NamespaceRef!) { namespace(by: $by) { uid } }";
        let by = json!({ "name": { "cluster": CLUSTER, "name": namespace } });
        let started = Instant::now();
        loop {
            let data = self.graphql(query, json!({ "by": by })).await;
            if let Some(uid) = data["namespace"]["uid"].as_str() {
                return uid.to_owned();
            }
            assert!(started.elapsed() < SOON, "namespace {namespace} is not seen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The id of a space.
    pub(crate) async fn space(&self, registry: &str, path: &str) -> String {
        let query = "query($id: ID!, $search: String!) { node(id: $id) { ... on Registry {
            spaces(first: 100, filter: { search: $search }) { nodes { id name present } } } } }";
        let data = self.graphql(query, json!({ "id": registry, "search": path })).await;
        let nodes = data["node"]["spaces"]["nodes"].as_array().unwrap();
        let found = nodes.iter().find(|space| space["name"] == path && space["present"] == true);
        found.unwrap_or_else(|| panic!("no space {path} in {data}"))["id"].as_str().unwrap().to_owned()
    }

    /// Binds every space to every workspace. Gives the payload.
    pub(crate) async fn bind(&self, spaces: &[&str], workspaces: &[&str]) -> Value {
        let query = "mutation($input: BindSpacesInput!) { bindSpaces(input: $input) {
            createdCount results { outcome space { name } workspace { name } } userErrors { code message path } } }";
        let input = json!({ "pairs": { "spaceIds": spaces, "workspaceIds": workspaces } });
        self.graphql(query, json!({ "input": input })).await["bindSpaces"].take()
    }

    /// Ends the binding of every space to every workspace. Gives the payload.
    pub(crate) async fn unbind(&self, spaces: &[&str], workspaces: &[&str]) -> Value {
        let query = "mutation($input: UnbindSpacesInput!) { unbindSpaces(input: $input) {
            removedCount results { outcome } userErrors { code message path } } }";
        let input = json!({ "pairs": { "spaceIds": spaces, "workspaceIds": workspaces } });
        self.graphql(query, json!({ "input": input })).await["unbindSpaces"].take()
    }

    /// The paths of all images that a namespace may select, page by page.
    pub(crate) async fn selectable(&self, namespace: &str) -> Vec<String> {
        let query =
            "query($ns: NamespaceRef!, $after: String) { selectableImages(namespace: $ns, first: 100, after: $after) {
            nodes { repository { path } } pageInfo { hasNextPage endCursor } } }";
        let by = json!({ "name": { "cluster": CLUSTER, "name": namespace } });
        let (mut paths, mut after) = (Vec::new(), Value::Null);
        loop {
            let data = self.graphql(query, json!({ "ns": by, "after": after })).await;
            let list = &data["selectableImages"];
            let nodes = list["nodes"].as_array().unwrap();
            paths.extend(nodes.iter().map(|node| node["repository"]["path"].as_str().unwrap().to_owned()));
            if list["pageInfo"]["hasNextPage"] != true {
                return paths;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
    }

    /// Why an image can or cannot be used.
    pub(crate) async fn explain(&self, namespace: &str, reference: &str) -> Value {
        let query = "query($ns: NamespaceRef!, $ref: String!) { explainImage(namespace: $ns, reference: $ref) {
            selectable admissible reason cause { kind outcome message remedy { action } } checks { kind outcome message } } }";
        let by = json!({ "name": { "cluster": CLUSTER, "name": namespace } });
        self.graphql(query, json!({ "ns": by, "ref": reference })).await["explainImage"].take()
    }

    /// What the webhook says to the creation of a pod with these images.
    pub(crate) async fn create_pod(&self, namespace: &str, images: &[&str]) -> Answer {
        Answer(self.review(&creation(namespace, images)).await)
    }
}

/// The review of the creation of a pod, as an API server sends it.
pub(crate) fn creation(namespace: &str, images: &[&str]) -> Value {
    let containers: Vec<_> = images
        .iter()
        .enumerate()
        .map(|(index, image)| json!({ "name": format!("c{index}"), "image": image }))
        .collect();
    let kind = json!({ "group": "", "version": "v1", "kind": "Pod" });
    let resource = json!({ "group": "", "version": "v1", "resource": "pods" });
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "5f2a7a7e-0000-4000-8000-000000000001",
            "kind": kind, "requestKind": kind, "resource": resource, "requestResource": resource,
            "name": "p", "namespace": namespace, "operation": "CREATE",
            "userInfo": { "username": "somebody", "groups": ["system:authenticated"] },
            "object": {
                "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": "p", "namespace": namespace },
                "spec": { "containers": containers }
            },
            "oldObject": null, "dryRun": false, "options": null
        }
    })
}
