//! A description of a Harbor's contents, read from a file: projects, their repositories, the images in them, and robots.

use serde::{Deserialize, Serialize};

use crate::harbor::account::Account;
use crate::harbor::project::Push;
use crate::harbor::world::World;

/// What a fake Harbor starts with, beside `library` and `admin`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Seed {
    /// Projects.
    pub projects: Vec<SeedProject>,
    /// Robots that may read everything.
    pub sync_robots: Vec<SeedRobot>,
}

/// A project of a seed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedProject {
    /// Its name.
    pub name: String,
    /// Whether everybody may read it.
    pub public: bool,
    /// Its repositories.
    pub repositories: Vec<SeedRepository>,
}

/// A repository of a seed.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedRepository {
    /// Its name below the project.
    pub name: String,
    /// The images in it.
    pub images: Vec<Push>,
}

/// A robot of a seed; its user name is `robot$` and this name.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeedRobot {
    /// The name without the prefix.
    pub name: String,
    /// The password.
    pub secret: String,
}

impl std::fmt::Debug for SeedRobot {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SeedRobot").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Seed {
    /// Makes everything that is described.
    pub fn plant(&self, world: &mut World) {
        for project in &self.projects {
            if world.project_named(&project.name).is_none() {
                world.create_project(&project.name, if project.public { "true" } else { "false" });
            }
            for repository in &project.repositories {
                let name = format!("{}/{}", project.name, repository.name);
                repository.images.iter().for_each(|image| {
                    world.push_artifact(&name, image);
                });
            }
        }
        for robot in &self.sync_robots {
            world.set_account(Account::sync_robot(&robot.name, &robot.secret));
        }
    }
}
