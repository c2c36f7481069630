//! The fake's own door, under `/fake/`, for what a real Harbor takes by other ways: pushing an image without a
//! registry client, planting a seed, and changing a credential. No real Harbor has these paths.

use serde::Deserialize;
use serde_json::json;

use crate::harbor::answer::Answer;
use crate::harbor::asked::Asked;
use crate::harbor::project::Push;
use crate::harbor::seed::Seed;
use crate::harbor::world::{Fault, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pushed {
    repository: String,
    #[serde(default)]
    image: Push,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credential {
    name: String,
    secret: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    path: String,
    status: u16,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// Answers `POST /fake/push`, `/fake/seed`, `/fake/credential` and `/fake/fail`.
pub(super) fn answer(world: &mut World, asked: &Asked, segments: &[&str]) -> Answer {
    match (asked.method.as_str(), segments) {
        ("POST", ["push"]) => with(asked, |Pushed { repository, image }| {
            world.push_artifact(&repository, &image).map_or_else(
                || Answer::not_found(&format!("the project of {repository}")),
                |digest| Answer::json(&json!({ "digest": digest })),
            )
        }),
        ("POST", ["seed"]) => with(asked, |seed: Seed| {
            seed.plant(world);
            Answer::empty(204)
        }),
        ("POST", ["credential"]) => with(asked, |Credential { name, secret }| {
            world.set_credential(&name, &secret);
            Answer::empty(204)
        }),
        ("POST", ["fail"]) => with(asked, |Failure { path, status, times }| {
            (0..times).for_each(|_| world.fail_next(&path, Fault::status(status)));
            Answer::empty(204)
        }),
        _ => Answer::no_path(&asked.path),
    }
}

fn with<T: for<'de> Deserialize<'de>>(asked: &Asked, run: impl FnOnce(T) -> Answer) -> Answer {
    serde_json::from_slice(&asked.body).map_or_else(|error| Answer::bad_request(&error.to_string()), run)
}
