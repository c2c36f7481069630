//! Addresses at which no registry may be, and what may be learned by trying them.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};

use crate::outage::within;
use crate::world::World;

const TEST: &str =
    "mutation($input: TestRegistryInput!) { testRegistry(input: $input) { ok userErrors { code message path } } }";

const REGISTER: &str = "mutation($input: RegisterRegistryInput!) { registerRegistry(input: $input) {
    registry { id } userErrors { code message } } }";

/// A platform on which registries of the platform may be on this machine, and associated ones where this says.
async fn start(associated: &str) -> World {
    let mut place = crate::place::options();
    place.environment.extend([
        ("WHARFINGER_REGISTRIES_NETWORKS", "127.0.0.0/8,::1/128".to_owned()),
        ("WHARFINGER_REGISTRIES_ASSOCIATED_NETWORKS", associated.to_owned()),
    ]);
    World::start_with(place).await
}

/// The first error of a payload.
fn error<'a>(answer: &'a Value, field: &str) -> &'a Value {
    &answer["data"][field]["userErrors"][0]
}

// Case: API-12
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_where_no_registry_may_be() {
    let world = start("192.0.2.0/24").await;
    let platform = &world.platform;
    let seen = world.harbor.seen().len();
    for (endpoint, words) in [
        ("http://169.254.169.254/latest".to_owned(), "metadata"),
        ("http://[::ffff:169.254.169.254]".to_owned(), "metadata"),
        ("http://[fd00:ec2::254]".to_owned(), "metadata"),
        ("http://10.1.2.3".to_owned(), "private network"),
        ("http://[fe80::1]".to_owned(), "link-local"),
        ("http://224.0.0.1".to_owned(), "multicast"),
        ("http://0.0.0.0".to_owned(), "unspecified"),
        ("http://0xa9fea9fe".to_owned(), "metadata"),
        (world.kube.url(), "API server"),
        (world.kube.url().replace("127.0.0.1", "localhost"), "API server"),
    ] {
        let answer = platform.ask(TEST, json!({ "input": { "endpoint": endpoint } })).await;
        let error = error(&answer, "testRegistry");
        assert_eq!(error["code"], "ADDRESS_NOT_ALLOWED", "{endpoint}: {answer}");
        assert!(error["message"].as_str().unwrap().contains(words), "{endpoint}: {answer}");
    }
    // What the platform may reach an association may not, by whatever name, tried or stored.
    let (lead, workspace) = world.lead().await;
    for url in [world.harbor.url(), world.harbor.url().replace("127.0.0.1", "localhost")] {
        let input = json!({ "endpoint": url, "ownerWorkspaceId": workspace });
        let (_, answer) = platform.ask_in(&lead, TEST, json!({ "input": input })).await;
        let error = error(&answer, "testRegistry");
        assert_eq!(error["code"], "ADDRESS_NOT_ALLOWED", "{answer}");
        assert!(!error["message"].as_str().unwrap().contains("127.0.0.1"), "{answer}");
    }
    assert_eq!(world.harbor.seen().len(), seen, "the Harbor was not asked");
}

// Case: API-15
#[tokio::test(flavor = "multi_thread")]
async fn the_administrator_of_a_workspace_draws_no_map_of_the_network() {
    let world = start("127.0.0.0/8").await;
    let platform = &world.platform;
    let (lead, workspace) = world.lead().await;
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let open = platform.addresses().metrics;
    let mut told = Vec::new();
    for place in [closed.to_string(), open.to_string()] {
        let input = json!({ "endpoint": format!("http://{place}"), "ownerWorkspaceId": workspace });
        let (_, answer) = platform.ask_in(&lead, TEST, json!({ "input": input })).await;
        told.push(error(&answer, "testRegistry").clone());
    }
    assert_eq!(told[0]["code"], "UNREACHABLE", "{told:?}");
    assert_eq!(told[0], told[1], "a closed port, and one at which something else answers");

    // What is stored of an association tells no more.
    for (name, place) in
        [("closed", format!("localhost:{}", closed.port())), ("open", format!("localhost:{}", open.port()))]
    {
        let input = json!({ "name": name, "endpoint": format!("http://{place}"), "ownerWorkspaceId": workspace });
        let (_, answer) = platform.ask_in(&lead, REGISTER, json!({ "input": input })).await;
        let id = answer["data"]["registerRegistry"]["registry"]["id"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let query = "query($id: ID!) { node(id: $id) { ... on Registry { health { reason } lastSync { error } } } }";
        let asked = async || platform.ask_in(&lead, query, json!({ "id": id })).await.1["data"]["node"].take();
        within(Duration::from_mins(1), async || asked().await["lastSync"]["error"].is_string()).await;
        let words = asked().await.to_string();
        assert!(words.contains("no registry of this kind answers there as it should"), "{words}");
        assert!(!words.contains(&place), "{words}");
    }
}
