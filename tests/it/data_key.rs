//! The data key from outside: a server that has another one than the database does not start, until it is told to.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::world::World;

// Case: API-18
#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_data_key_does_not_start_until_its_key_is_adopted() {
    let options = crate::place::options();
    let mut world = World::start_with(options.clone()).await;
    let platform = &mut world.platform;
    platform.workspace("wa").await;
    platform.stop().await;
    let (file, lost) = (platform.data().join("data-key"), "5a".repeat(32));
    let key = fs::read_to_string(&file).unwrap();
    fs::write(&file, &lost).unwrap();
    let (code, told) = platform.fail().await;
    assert_eq!(code, Some(2), "{told}");
    for word in ["another data key", "adopt-data-key"] {
        assert!(told.contains(word), "{told}");
    }
    assert!(!told.contains(&lost) && !told.contains(key.trim()), "{told}");

    // The right key again, and everything is as it was.
    fs::write(&file, &key).unwrap();
    platform.run().await;
    assert_eq!(platform.workspaces().await, ["wa"]);
    platform.stop().await;

    fs::write(&file, &lost).unwrap();
    let mut adopt = Command::new(env!("CARGO_BIN_EXE_wharfinger"));
    adopt.args(["adopt-data-key", "--output", "json", "--data-directory"]).arg(platform.data());
    adopt.env_remove("DATABASE_URL").envs(options.database.iter().map(|url| ("DATABASE_URL", url)));
    for first in [true, false] {
        let output = adopt.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told.get("before").is_some(), first, "{told}");
    }
    platform.run().await;
    assert_eq!(platform.workspaces().await, ["wa"]);
}
