//! The data key from outside: a server that has another one than the database does not start, until it is told to.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::world::{ADMIN, World};

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

/// Runs the command on the database of the platform.
fn rekey(world: &World, options: &crate::harness::platform::Options, arguments: &[&str]) -> Output {
    let mut rekey = Command::new(env!("CARGO_BIN_EXE_wharfinger"));
    rekey.args(["rekey", "--output", "json", "--data-directory"]).arg(world.platform.data()).args(arguments);
    rekey.env_remove("DATABASE_URL").envs(options.database.iter().map(|url| ("DATABASE_URL", url)));
    let output = rekey.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for secret in [ADMIN.1, key(&world.platform.data().join("data-key")).as_str()] {
        assert!(!told.contains(secret), "{told}");
    }
    output
}

fn key(file: &Path) -> String {
    fs::read_to_string(file).unwrap().trim().to_owned()
}

/// What a command printed that did what it was asked for.
fn done(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

// Case: API-18
#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_sealed_with_another_data_key_and_need_not_be_entered_again() {
    let options = crate::place::options();
    let mut world = World::start_with(options.clone()).await;
    world.platform.stop().await;
    let (file, next) = (world.platform.data().join("data-key"), world.platform.data().join("data-key.next"));
    let first = key(&file);
    let told = done(&rekey(&world, &options, &[]));
    assert_eq!(told["credentials"], 1, "{told}");
    let (second, kept) = (key(&file), told["kept"].as_str().unwrap());
    assert!(second != first && !next.exists(), "{told}");
    assert_eq!((key(Path::new(kept)), kept.ends_with(told["before"].as_str().unwrap())), (first.clone(), true));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    world.platform.run().await;
    // The walk signs in with the stored credential.
    world.platform.sync(&world.registry).await;
    world.platform.stop().await;

    // Cut off after the database has the new key: no server starts until the rest is done.
    fs::rename(&file, &next).unwrap();
    fs::rename(kept, &file).unwrap();
    let (code, told) = world.platform.fail().await;
    assert_eq!(code, Some(2), "{told}");
    let told = done(&rekey(&world, &options, &[]));
    assert_eq!((told["credentials"].as_u64(), told.get("before")), (Some(0), None), "{told}");
    assert_eq!(key(&file), second);
    world.platform.run().await;
    world.platform.sync(&world.registry).await;
    world.platform.stop().await;

    // A key that is given.
    let given = world.platform.data().join("given");
    for (text, works) in [("short".to_owned(), false), ("5a".repeat(32), true)] {
        fs::write(&given, text).unwrap();
        fs::set_permissions(&given, fs::Permissions::from_mode(0o600)).unwrap();
        let output = rekey(&world, &options, &["--new-key", given.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(if works { 0 } else { 2 }));
        assert_eq!(key(&file), if works { "5a".repeat(32) } else { second.clone() });
    }
    world.platform.run().await;
    world.platform.sync(&world.registry).await;
}
