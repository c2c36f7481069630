//! Two replicas on one database: what is changed on one is in force on the other, whatever happens to what they tell each
//! other by, and when one ends the other does what it did for both.

mod pair;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use self::pair::{Pair, leases_held};
use crate::harness::platform::PASSWORD;
use crate::outage::within;

/// How long a change may take to be in force on the other replica. The aim is a second; a busy machine is given more.
const SOON: Duration = Duration::from_secs(8);

/// How long what one replica does for both may rest when that one ends.
const TAKE_OVER: Duration = Duration::from_mins(1);

/// Binds on one replica and ends the binding on the other, time and again; each time the other follows.
async fn change_by_turns(pair: &Pair, times: usize) {
    let image = pair.world.image("team-a/app:1.0");
    for turn in 0..times {
        let (changing, following) = if turn % 2 == 0 { (pair.one(), &pair.other) } else { (&pair.other, pair.one()) };
        changing.bind(&[&pair.space], &[&pair.workspace]).await;
        assert!(changing.create_pod("ns-a", &[&image]).await.allowed(), "in force where it was made");
        within(SOON, || async { following.create_pod("ns-a", &[&image]).await.allowed() }).await;
        following.unbind(&[&pair.space], &[&pair.workspace]).await;
        assert!(!following.create_pod("ns-a", &[&image]).await.allowed(), "in force where it was made");
        within(SOON, || async { !changing.create_pod("ns-a", &[&image]).await.allowed() }).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_one_replica_is_in_force_on_the_other_with_notifications_and_without() {
    let pair = Pair::start().await;
    change_by_turns(&pair, 20).await;
    pair.run("ALTER TABLE {}.revision DISABLE TRIGGER revision_told");
    change_by_turns(&pair, 6).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cut_connections_change_no_decision_and_are_made_anew() {
    let pair = Pair::start().await;
    let (public, private) = (pair.world.image("pub/app:1.0"), pair.world.image("team-b/app:1.0"));
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(4) {
        pair.cut_connections();
        // A change that is cut off is answered as such or done; either way the replicas go on.
        for replica in [pair.one(), &pair.other] {
            let query =
                "mutation($s: [ID!]!, $w: [ID!]!) { bindSpaces(input: { pairs: { spaceIds: $s, workspaceIds: $w } }) {
                createdCount } }";
            let answer = replica.ask(query, json!({ "s": [pair.space], "w": [pair.workspace] })).await;
            let code = &answer["errors"][0]["extensions"]["code"];
            assert!(code.is_null() || code == "UPSTREAM_UNAVAILABLE", "{answer}");
            assert!(replica.create_pod("ns-a", &[&public]).await.allowed());
            assert!(!replica.create_pod("ns-a", &[&private]).await.allowed());
        }
    }
    pair.one().unbind(&[&pair.space], &[&pair.workspace]).await;
    change_by_turns(&pair, 4).await;
}

/// A restored database has an earlier number, and tells nobody of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_put_back_to_an_earlier_state_is_followed_by_every_replica() {
    let pair = Pair::start().await;
    let image = pair.world.image("team-a/app:1.0");
    pair.run("CREATE TABLE {}.kept AS SELECT number, token FROM {}.revision");
    pair.one().bind(&[&pair.space], &[&pair.workspace]).await;
    within(SOON, || async { pair.other.create_pod("ns-a", &[&image]).await.allowed() }).await;
    pair.run(
        "BEGIN; SET LOCAL search_path TO {}; ALTER TABLE {}.revision DISABLE TRIGGER ALL; DELETE FROM {}.bindings; \
         UPDATE {}.revision SET number = kept.number, token = kept.token FROM {}.kept; COMMIT",
    );
    for replica in [pair.one(), &pair.other] {
        within(SOON, || async { !replica.create_pod("ns-a", &[&image]).await.allowed() }).await;
    }
    change_by_turns(&pair, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_write_at_once_lose_nothing_and_agree() {
    let pair = Pair::start().await;
    let create = async |replica: &crate::harness::platform::Platform, name: String| -> bool {
        let query = "mutation($name: String!) { createWorkspace(input: { name: $name }) { userErrors { code } } }";
        let data = replica.graphql(query, json!({ "name": name })).await;
        let errors = data["createWorkspace"]["userErrors"].as_array().unwrap().clone();
        assert!(errors.is_empty() || errors[0]["code"] == "TAKEN", "{data}");
        errors.is_empty()
    };
    let before = pair.revision().await;
    for number in 0..10 {
        let same = || format!("same-{number}");
        let done = tokio::join!(
            create(pair.one(), format!("one-{number}")),
            create(&pair.other, format!("other-{number}")),
            create(pair.one(), same()),
            create(&pair.other, same()),
        );
        assert!(done.0 && done.1 && (done.2 != done.3), "{done:?}");
    }
    assert_eq!(pair.revision().await, before + 30, "every change has a number of its own");
    let count = async |replica: &crate::harness::platform::Platform| -> Value {
        replica.graphql("{ workspaces(first: 1) { totalCount } }", json!({})).await["workspaces"]["totalCount"].take()
    };
    assert_eq!(count(pair.one()).await, 31);
    assert_eq!(count(&pair.other).await, 31);
}

/// How many replicas are ready, as the other one says.
async fn ready(pair: &Pair) -> usize {
    let told = pair.replicas_told_by_the_other().await;
    told.iter().filter(|replica| replica["ready"] == true).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_replica_that_works_for_both_is_killed_the_other_goes_on() {
    let mut pair = Pair::start().await;
    assert_eq!((leases_held(pair.one()).await, leases_held(&pair.other).await), (2, 0));
    within(SOON, || async { ready(&pair).await == 2 }).await;
    let told = pair.replicas_told_by_the_other().await;
    assert_eq!(told.len(), 2, "{told:?}");
    for replica in &told {
        assert_eq!((&replica["ready"], &replica["namespacesSynced"]), (&json!(true), &json!(true)), "{told:?}");
        assert!(replica["snapshotAge"].as_f64().unwrap() < 10.0 && replica["certificateExpiresAt"].is_string());
        assert!(replica["policyRevision"].is_string() && replica["name"].is_string(), "{told:?}");
    }
    // Asked for on the one that does not walk, done by the one that does.
    pair.other.sync(&pair.world.registry).await;
    pair.world.kube.create("early").unwrap();
    let uid = pair.other.wait_for_namespace("early").await;

    pair.world.platform.kill();
    pair.world.kube.create("late").unwrap();
    let late = pair.other.wait_for_namespace("late").await;
    assert_ne!(late, uid);
    assert_eq!(leases_held(&pair.other).await, 2);
    pair.other.sync(&pair.world.registry).await;
    within(TAKE_OVER, || async { ready(&pair).await == 1 }).await;

    // It comes back and follows; the other leaves in good order, and nobody has to wait for its leases.
    pair.world.platform.run().await;
    assert_eq!((leases_held(pair.one()).await, leases_held(&pair.other).await), (0, 2));
    pair.other.stop().await;
    within(TAKE_OVER, || async { leases_held(pair.one()).await == 2 }).await;
    pair.world.kube.create("last").unwrap();
    pair.one().wait_for_namespace("last").await;
}

// Case: API-19
// Case: API-20
#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_on_one_replica_is_known_to_the_other_until_it_ends_on_either() {
    let pair = Pair::start().await;
    let (one, other) = (pair.one(), &pair.other);
    let viewer = "{ viewer { user { name } } }";
    let session = one.sign_in("admin", PASSWORD, None).await.unwrap();
    let token = one.token_of(&session, &["READ"]).await;
    for replica in [one, other] {
        let (status, answer) = replica.ask_in(&session, viewer, json!({})).await;
        assert_eq!((status, &answer["data"]["viewer"]["user"]["name"]), (200, &json!("admin")), "{answer}");
        assert_eq!(replica.ask_by(&token, viewer, json!({})).await.0, 200);
    }
    let (_, answer) = other.ask_in(&session, "{ apiTokens(first: 1) { nodes { id } } }", json!({})).await;
    let revoke = "mutation($id: ID!) { revokeApiToken(input: { tokenId: $id }) { revokedTokenId } }";
    other.ask_in(&session, revoke, json!({ "id": answer["data"]["apiTokens"]["nodes"][0]["id"] })).await;
    assert_eq!(one.ask_by(&token, viewer, json!({})).await.0, 401, "revoked on the other, and ended at once here");
    let url = format!("http://{}/session", other.addresses().api);
    let ended = other.http().delete(url).header("cookie", &session.cookie).header("x-csrf", "1").send().await.unwrap();
    assert!(ended.status().is_success(), "{ended:?}");
    assert_eq!(one.ask_in(&session, viewer, json!({})).await.0, 401, "signed out on the other");
}
