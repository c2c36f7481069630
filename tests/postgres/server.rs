//! The database server away while pods are created: no decision changes by it, none fails, and everything recovers by itself.

use crate::database::Server;
use crate::harness::platform::Options;
use crate::outage::Scene;

// Case: PRO-8
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_has_ended_changes_and_fails_no_decision() {
    let server = Server::start();
    let mut scene = Scene::start(Options { database: Some(server.schema()), ..Options::default() }).await;
    scene.bind_for_a_while().await;
    server.stop();
    scene.endure(|| server.resume()).await;
}
