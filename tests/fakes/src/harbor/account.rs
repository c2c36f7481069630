//! Who calls the fake Harbor, and what they may do: an administrator, members of projects, and robots with grants. A
//! credential that is wrong, disabled or expired makes its caller anonymous, which is the trap that clients fall into.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::harbor::project::Project;

/// Where a robot's grant holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole system, written `/`.
    System,
    /// Every project, written `*`.
    AllProjects,
    /// One project, remembered by its id.
    Project(i64),
}

/// Pairs of resource and action that a robot has somewhere.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Where.
    pub scope: Scope,
    /// What, as `resource:action`.
    pub access: Vec<String>,
}

impl Grant {
    /// A grant of these `resource:action` pairs.
    pub fn new<const N: usize>(scope: Scope, access: [&str; N]) -> Self {
        Self { scope, access: access.map(str::to_owned).to_vec() }
    }
}

/// What an account may do.
#[derive(Debug, Clone)]
pub enum Rights {
    /// Everything.
    Admin,
    /// To read these projects.
    Member(Vec<i64>),
    /// What a robot was granted.
    Robot(Robot),
}

/// A robot account.
#[derive(Debug, Clone)]
pub struct Robot {
    /// Its number.
    pub id: i64,
    /// Whether it was made inside one project.
    pub project_level: bool,
    /// Free text.
    pub description: String,
    /// Days, or -1 for ever.
    pub duration: i64,
    /// Milliseconds since the epoch.
    pub created: i64,
    /// What it may do.
    pub grants: Vec<Grant>,
}

/// An account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user name, a robot's prefix included.
    pub name: String,
    /// The password.
    pub secret: String,
    /// True when its credential counts for nothing.
    pub disabled: bool,
    /// What it may do.
    pub rights: Rights,
}

impl Account {
    /// An administrator.
    pub fn admin(name: &str, secret: &str) -> Self {
        Self { name: name.to_owned(), secret: secret.to_owned(), disabled: false, rights: Rights::Admin }
    }

    /// A user who may read these projects.
    pub fn member(name: &str, secret: &str, projects: Vec<i64>) -> Self {
        Self { name: name.to_owned(), secret: secret.to_owned(), disabled: false, rights: Rights::Member(projects) }
    }

    /// A system robot, named `robot$` and the name.
    pub fn robot(name: &str, secret: &str, grants: Vec<Grant>) -> Self {
        let (description, created) = (String::new(), 0);
        let robot = Robot { id: 0, project_level: false, description, duration: -1, created, grants };
        let (name, secret) = (format!("robot${name}"), secret.to_owned());
        Self { name, secret, disabled: false, rights: Rights::Robot(robot) }
    }

    /// The least that a robot needs to read every project, its repositories and its artifacts.
    pub fn sync_robot(name: &str, secret: &str) -> Self {
        let reading =
            ["project:read", "repository:list", "repository:read", "artifact:list", "artifact:read", "tag:list"];
        let grants = vec![Grant::new(Scope::System, ["project:list"]), Grant::new(Scope::AllProjects, reading)];
        Self::robot(name, secret, grants)
    }

    /// The robot, when it is one.
    pub(super) fn as_robot(&self) -> Option<&Robot> {
        if let Rights::Robot(robot) = &self.rights { Some(robot) } else { None }
    }
}

/// The accounts by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Accounts(BTreeMap<String, Account>);

impl Accounts {
    pub(super) fn set(&mut self, account: Account) {
        self.0.insert(account.name.clone(), account);
    }

    pub(super) fn set_secret(&mut self, name: &str, secret: &str) {
        if let Some(account) = self.0.get_mut(name) {
            secret.clone_into(&mut account.secret);
        }
    }

    pub(super) fn disable(&mut self, name: &str) {
        if let Some(account) = self.0.get_mut(name) {
            account.disabled = true;
        }
    }

    pub(super) fn forget_project(&mut self, project: i64) {
        for account in self.0.values_mut() {
            if let Rights::Robot(robot) = &mut account.rights {
                robot.grants.retain(|grant| grant.scope != Scope::Project(project));
            }
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Account> {
        self.0.values()
    }

    pub(super) fn robot(&self, id: i64) -> Option<&Account> {
        self.0.values().find(|account| account.as_robot().is_some_and(|robot| robot.id == id))
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Account> {
        self.0.get_mut(name)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// The account whose name and secret these are. Everything else is anonymous.
    pub(super) fn caller(&self, basic: Option<(String, String)>) -> Caller {
        let known = basic.and_then(|(name, secret)| {
            self.0.get(&name).filter(|account| account.secret == secret && !account.disabled)
        });
        Caller(known.cloned())
    }
}

/// Who a request comes from; `None` is anonymous.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Option<Account>);

/// What everybody may do in a public project.
const PUBLIC: [&str; 7] = [
    "project:read",
    "repository:list",
    "repository:read",
    "repository:pull",
    "artifact:list",
    "artifact:read",
    "tag:list",
];

impl Caller {
    pub(super) fn is_authenticated(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn is_admin(&self) -> bool {
        self.0.as_ref().is_some_and(|account| matches!(account.rights, Rights::Admin))
    }

    pub(super) fn robot(&self) -> Option<&Robot> {
        self.0.as_ref().and_then(Account::as_robot)
    }

    pub(super) fn name(&self) -> &str {
        self.0.as_ref().map_or("", |account| &account.name)
    }

    fn rights(&self) -> Option<&Rights> {
        self.0.as_ref().map(|account| &account.rights)
    }

    /// Whether a system right (`resource:action`) is there.
    pub(super) fn may(&self, right: &str) -> bool {
        let granted = |grant: &Grant| grant.scope == Scope::System && grant.access.iter().any(|has| has == right);
        self.is_admin() || self.robot().is_some_and(|robot| robot.grants.iter().any(granted))
    }

    /// Whether a right is there in the project with this id, whether or not there is such a project.
    pub(super) fn may_in(&self, right: &str, id: i64, project: Option<&Project>) -> bool {
        if project.is_some_and(Project::is_public) && PUBLIC.contains(&right) {
            return true;
        }
        match self.rights() {
            None => false,
            Some(Rights::Admin) => true,
            Some(Rights::Member(projects)) => projects.contains(&id) && PUBLIC.contains(&right),
            Some(Rights::Robot(robot)) => robot.grants.iter().any(|grant| {
                (grant.scope == Scope::AllProjects || grant.scope == Scope::Project(id))
                    && grant.access.iter().any(|has| has == right)
            }),
        }
    }

    /// Whether a list of projects has this one. The list of somebody without a right to all goes by the exact text
    /// `true`, unlike every other answer.
    pub(super) fn lists(&self, project: &Project) -> bool {
        self.may("project:list") || self.sees(project)
    }

    /// Whether the list of all repositories has those of this project.
    pub(super) fn sees(&self, project: &Project) -> bool {
        let robot_sees = |robot: &Robot| {
            let orphan = !robot.project_level && robot.grants.is_empty();
            let granted =
                |grant: &Grant| matches!(grant.scope, Scope::AllProjects) || grant.scope == Scope::Project(project.id);
            orphan || robot.grants.iter().any(granted)
        };
        project.public == "true"
            || match self.rights() {
                None => false,
                Some(Rights::Admin) => true,
                Some(Rights::Member(projects)) => projects.contains(&project.id),
                Some(Rights::Robot(robot)) => robot_sees(robot),
            }
    }

    /// The roles that a project's JSON tells its reader.
    pub(super) fn roles(&self) -> Value {
        if self.is_admin() { json!([1]) } else { Value::Null }
    }
}
