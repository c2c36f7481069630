//! The tables brought up to date from the command line, and what is for the embedded database only.

use std::process::{Command, Output};

use serde_json::Value;

use crate::database;

fn run(arguments: &[&str], url: Option<&str>) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_wharfinger"));
    command.args(arguments).arg("--data-directory").arg(directory.path()).env_remove("DATABASE_URL");
    command.envs(url.map(|url| ("DATABASE_URL", url))).output().unwrap()
}

#[test]
fn tables_are_brought_up_to_date_once_and_the_second_time_there_is_nothing_to_do() {
    let url = database::url();
    for place in [Some(&*url), None] {
        let output = run(&["migrate", "--output", "json"], place);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(told["applied"].as_array().unwrap().len() >= 2, "{told}");
    }
    let again = run(&["migrate"], Some(&url));
    assert_eq!(String::from_utf8_lossy(&again.stdout), "the tables of the PostgreSQL database are up to date\n");
}

#[test]
fn a_server_that_is_away_is_told_without_its_password() {
    let output = run(&["migrate"], Some("postgres://wharfinger:hush@127.0.0.1:1/x?sslmode=disable"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("PostgreSQL") && told.contains("refused") && !told.contains("hush"), "{told}");
}

#[test]
fn backup_and_restore_say_that_they_are_for_the_embedded_database() {
    for arguments in [["backup", "--to", "x"], ["restore", "--from", "x"]] {
        let output = run(&arguments, Some("postgres://wharfinger:hush@127.0.0.1:1/x"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("DATABASE_URL") && told.contains("pg_dump") && !told.contains("hush"), "{told}");
    }
}
