//! Robot accounts: making, reading, changing, renewing and deleting them, with the refusals that their rules give.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::digest::sha256;
use crate::harbor::account::{Account, Grant, Rights, Robot, Scope};
use crate::harbor::answer::Answer;
use crate::harbor::asked::Asked;
use crate::harbor::instant::written;
use crate::harbor::listing::list;
use crate::harbor::projects::is_name;
use crate::harbor::world::World;

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    name: String,
    #[serde(default)]
    level: String,
    #[serde(default)]
    duration: i64,
    #[serde(default)]
    description: String,
    #[serde(default)]
    disable: bool,
    #[serde(default)]
    permissions: Vec<Permission>,
}

#[derive(Deserialize)]
struct Permission {
    kind: String,
    namespace: String,
    access: Vec<Access>,
}

#[derive(Deserialize)]
struct Access {
    resource: String,
    action: String,
}

/// The actions that exist; a right with another one is refused.
const ACTIONS: [&str; 10] = ["read", "list", "create", "update", "delete", "pull", "push", "stop", "start", "operate"];

/// `POST /robots`.
pub(super) fn create(world: &mut World, asked: &Asked) -> Answer {
    let wish: Wish = match serde_json::from_slice(&asked.body) {
        Ok(wish) => wish,
        Err(error) => return Answer::unprocessable(&format!("parsing robot body from \"\" failed, because {error}")),
    };
    let grants = match checked(world, asked, &wish) {
        Ok(grants) => grants,
        Err(refusal) => return refusal,
    };
    let project_level = wish.level == "project";
    let place =
        wish.permissions.first().filter(|_| project_level).map(|permission| format!("{}+", permission.namespace));
    let name = format!("robot${}{}", place.unwrap_or_default(), wish.name);
    let id = world.next_id("robot");
    if world.accounts.contains(&name) {
        return Answer::conflict(&format!("robot account 0:{} already exists", wish.name));
    }
    let created = world.now();
    let secret = secret(&name, created);
    let (description, duration) = (wish.description, wish.duration);
    let robot = Robot { id, project_level, description, duration, created, grants };
    let answer = json!({
        "creation_time": written(created), "expires_at": expiry(&robot), "id": id, "name": name, "secret": secret,
    });
    world.set_account(Account { name, secret, disabled: false, rights: Rights::Robot(robot) });
    Answer::created(201, &answer).with("location", format!("/api/v2.0/robots/{id}"))
}

/// 32 characters with a capital letter, a small one and a digit.
fn secret(name: &str, created: i64) -> String {
    let digest = sha256(format!("{name} {created}").as_bytes());
    format!("Ra1{}", digest.chars().skip(7).take(29).collect::<String>())
}

fn checked(world: &World, asked: &Asked, wish: &Wish) -> Result<Vec<Grant>, Answer> {
    if !asked.caller.is_authenticated() {
        return Err(Answer::unauthorized());
    }
    if !asked.caller.may("robot:create") {
        return Err(Answer::forbidden(asked.caller.name()));
    }
    if !is_name(&wish.name) {
        return Err(Answer::bad_request("robot name is not in lower case or contains illegal characters"));
    }
    if wish.duration == 0 || wish.duration < -1 {
        let rule = "duration must be either -1(Never) or a positive integer";
        return Err(Answer::bad_request(&format!("bad request error duration input: {}, {rule}", wish.duration)));
    }
    if wish.permissions.is_empty() {
        return Err(Answer::bad_request("bad request empty permission"));
    }
    if wish.level == "project" && wish.permissions.len() > 1 {
        return Err(Answer::bad_request("bad request permission"));
    }
    let grants: Vec<Grant> =
        wish.permissions.iter().map(|permission| grant(world, permission)).collect::<Result<_, _>>()?;
    if asked.caller.robot().is_some_and(|maker| !grants.iter().all(|grant| covers(maker, grant))) {
        let rule =
            "permission scope is invalid. It must be equal to or more restrictive than the creator robot's permissions";
        return Err(Answer::error(403, "DENIED", &format!("{rule}: {}", asked.caller.name())));
    }
    Ok(grants)
}

/// Whether a robot has everything that it wants to grant to another.
fn covers(maker: &Robot, wanted: &Grant) -> bool {
    let reaches = |scope: Scope| match wanted.scope {
        Scope::Project(_) => scope == wanted.scope || scope == Scope::AllProjects,
        Scope::System | Scope::AllProjects => scope == wanted.scope,
    };
    let has = |pair: &String| maker.grants.iter().any(|grant| reaches(grant.scope) && grant.access.contains(pair));
    wanted.access.iter().all(has)
}

fn grant(world: &World, permission: &Permission) -> Result<Grant, Answer> {
    let unknown = permission.access.iter().find(|access| !ACTIONS.contains(&access.action.as_str()));
    if let Some(Access { resource, action }) = unknown {
        return Err(Answer::bad_request(&format!("bad request permission: {resource}:{action}")));
    }
    let scope = match (permission.kind.as_str(), permission.namespace.as_str()) {
        ("system", _) => Scope::System,
        (_, "*") => Scope::AllProjects,
        (_, name) => {
            let missing = || Answer::not_found(&format!("project {name}"));
            Scope::Project(world.project_named(name).ok_or_else(missing)?.id)
        }
    };
    let access = permission.access.iter().map(|access| format!("{}:{}", access.resource, access.action)).collect();
    Ok(Grant { scope, access })
}

/// Seconds since the epoch, or -1.
fn expiry(robot: &Robot) -> i64 {
    if robot.duration < 0 { -1 } else { robot.created / 1000 + robot.duration * 86_400 }
}

fn row(world: &World, account: &Account, robot: &Robot) -> Value {
    let permission = |grant: &Grant| {
        let (kind, namespace) = match grant.scope {
            Scope::System => ("system", "/".to_owned()),
            Scope::AllProjects => ("project", "*".to_owned()),
            Scope::Project(id) => ("project", world.project(id).map(|p| p.name.clone()).unwrap_or_default()),
        };
        let pairs = grant.access.iter().filter_map(|pair| pair.split_once(':'));
        let access: Vec<Value> =
            pairs.map(|(resource, action)| json!({ "resource": resource, "action": action })).collect();
        json!({ "access": access, "kind": kind, "namespace": namespace })
    };
    let mut row = json!({
        "creation_time": written(robot.created), "creator_ref": 1, "creator_type": "local", "disable": account.disabled,
        "duration": robot.duration, "editable": true, "expires_at": expiry(robot), "id": robot.id,
        "level": if robot.project_level { "project" } else { "system" }, "name": account.name,
        "permissions": robot.grants.iter().map(permission).collect::<Vec<_>>(), "update_time": written(robot.created),
    });
    if !robot.description.is_empty() {
        row["description"] = json!(robot.description);
    }
    row
}

/// `GET /robots`: those of the system, or of a project when `q` says which.
pub(super) fn all(world: &World, asked: &Asked) -> Answer {
    if !asked.caller.is_authenticated() {
        return Answer::unauthorized();
    }
    if !asked.caller.may("robot:list") {
        return Answer::forbidden(asked.caller.name());
    }
    let query = asked.param("q").unwrap_or_default();
    let project_level = query.contains("Level=project");
    let project = query.split(',').find_map(|term| term.strip_prefix("ProjectID=")).and_then(|id| id.parse().ok());
    if project_level && project.is_none() {
        return Answer::bad_request("must with project ID when to query project robots");
    }
    let wanted = |robot: &Robot| {
        let here = |grant: &Grant| project.is_some_and(|id| grant.scope == Scope::Project(id));
        robot.project_level == project_level && (!project_level || robot.grants.iter().any(here))
    };
    let robots = world.accounts.iter().filter_map(|account| account.as_robot().map(|robot| (account, robot)));
    let rows = robots.filter(|(_, robot)| wanted(robot)).map(|(account, robot)| row(world, account, robot)).collect();
    list(asked, rows)
}

/// `GET`, `PUT`, `PATCH` and `DELETE /robots/{id}`.
pub(super) fn one(world: &mut World, asked: &Asked, id: &str) -> Answer {
    let action = match asked.method.as_str() {
        "GET" => "robot:read",
        "DELETE" => "robot:delete",
        _ => "robot:update",
    };
    if !asked.caller.is_authenticated() {
        return Answer::unauthorized();
    }
    if !asked.caller.may(action) {
        return Answer::forbidden("forbidden");
    }
    let number = id.parse().unwrap_or_default();
    let Some(account) = world.accounts.robot(number).cloned() else {
        return Answer::not_found(&format!("robot {id}"));
    };
    match asked.method.as_str() {
        "DELETE" => {
            world.accounts.remove(&account.name);
            Answer::empty(200)
        }
        "PUT" => replace(world, asked, &account),
        "PATCH" => renew(world, asked, &account),
        _ => account.as_robot().map_or_else(|| Answer::empty(404), |robot| Answer::json(&row(world, &account, robot))),
    }
}

fn replace(world: &mut World, asked: &Asked, account: &Account) -> Answer {
    let Ok(wish) = serde_json::from_slice::<Wish>(&asked.body) else {
        return Answer::unprocessable("parsing robot body from \"\" failed");
    };
    let grants: Result<Vec<Grant>, Answer> =
        wish.permissions.iter().map(|permission| grant(world, permission)).collect();
    let grants = match grants {
        Ok(grants) => grants,
        Err(refusal) => return refusal,
    };
    if let Some(known) = world.accounts.get_mut(&account.name) {
        known.disabled = wish.disable;
        if let Rights::Robot(robot) = &mut known.rights {
            robot.grants = grants;
            robot.duration = wish.duration;
        }
    }
    Answer::empty(200)
}

/// A new secret: the caller's, when it is strong enough, or a made one.
fn renew(world: &mut World, asked: &Asked, account: &Account) -> Answer {
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
    let now = world.now();
    let Some(wanted) = body.get("secret").and_then(Value::as_str) else {
        let secret = secret(&account.name, now);
        world.set_credential(&account.name, &secret);
        return Answer::json(&json!({ "secret": secret }));
    };
    let has = |test: fn(&char) -> bool| wanted.chars().any(|letter| test(&letter));
    let strong = has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit);
    if !(8..=128).contains(&wanted.len()) || !strong {
        let rule = "the secret must be 8-128, inclusively, characters long with at least 1 uppercase letter, ";
        return Answer::bad_request(&format!("{rule}1 lowercase letter and 1 number"));
    }
    world.set_credential(&account.name, wanted);
    Answer::json(&json!({}))
}
