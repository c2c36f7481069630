//! Signing in from outside: the administrator of the first start, users whom it makes, their sessions and tokens, and what
//! ends each of them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::platform::{PASSWORD, Platform};
use crate::harness::session::Session;
use crate::world::World;

const VIEWER: &str =
    "{ viewer { user { name } platformRole authMethod memberships { nodes { workspace { name } role } } } }";

/// The code of the first error of an answer.
fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

/// Makes a user as the administrator. Gives its id and its one-time password.
pub(crate) async fn create_user(platform: &Platform, admin: &Session, input: Value) -> (String, String) {
    let query = "mutation($input: CreateUserInput!) { createUser(input: $input) {
        user { id } oneTimePassword userErrors { message } } }";
    let (_, answer) = platform.ask_in(admin, query, json!({ "input": input })).await;
    let made = &answer["data"]["createUser"];
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text(&made["user"]["id"]), text(&made["oneTimePassword"]))
}

async fn administrator(platform: &Platform) -> Session {
    platform.sign_in("admin", PASSWORD, None).await.unwrap()
}

// Case: API-24
#[tokio::test(flavor = "multi_thread")]
async fn the_first_password_is_in_a_private_file_alone_and_opens_only_the_way_to_another() {
    let world = World::start().await;
    let platform = &world.platform;
    let file = platform.data().join("admin-password");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let once = fs::read_to_string(&file).unwrap();
    let once = once.trim();
    let log = platform.log();
    assert!(!log.contains(once) && !log.contains(PASSWORD) && log.contains("admin-password"), "{log}");
    // The harness has set another one meanwhile.
    assert_eq!(platform.sign_in("admin", once, None).await.unwrap_err().0, 401);

    let admin = administrator(platform).await;
    let (_, first) = create_user(platform, &admin, json!({ "name": "ada" })).await;
    let (status, answer) = platform.sign_in("ada", &first, None).await.unwrap_err();
    assert_eq!((status, code(&answer)), (403, "NEW_PASSWORD_NEEDED"));
    for (new, word) in
        [("short", "too short"), (&*first, "the one you have"), (&*"x".repeat(1025), "too long"), ("", "too short")]
    {
        let (status, answer) = platform.sign_in("ada", &first, Some(new)).await.unwrap_err();
        assert_eq!((status, code(&answer)), (400, "BAD_USER_INPUT"));
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(word), "{answer}");
    }
    let ada = platform.sign_in("ada", &first, Some("another password")).await.unwrap();
    let (_, answer) = platform.ask_in(&ada, VIEWER, json!({})).await;
    let viewer = &answer["data"]["viewer"];
    assert_eq!((&viewer["user"]["name"], &viewer["authMethod"]), (&json!("ada"), &json!("PASSWORD")), "{answer}");
    assert_eq!((&viewer["platformRole"], &viewer["memberships"]["nodes"]), (&json!("NONE"), &json!([])));
    assert_eq!(platform.sign_in("ada", &first, Some("yet another one")).await.unwrap_err().0, 401);
}

// Case: API-20
#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlives_a_restart_and_ends_when_its_user_signs_out_or_in_again() {
    let mut world = World::start().await;
    let admin = administrator(&world.platform).await;
    world.platform.stop().await;
    world.platform.run().await;
    let platform = &world.platform;
    let asked = async |session: &Session| platform.ask_in(session, VIEWER, json!({})).await.0;
    assert_eq!(asked(&admin).await, 200);

    let url = format!("http://{}/session", platform.addresses().api);
    let again = platform.http().post(&url).header("x-csrf", "1").header("cookie", &admin.cookie);
    let again = again.json(&json!({ "name": "admin", "password": PASSWORD })).send().await.unwrap();
    let cookie = again.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    let new = Session { cookie: cookie.split(';').next().unwrap().to_owned() };
    assert_ne!(new.cookie, admin.cookie);
    assert_eq!((asked(&admin).await, asked(&new).await), (401, 200), "whoever had the old id has nothing");

    let out = platform.http().delete(&url).header("x-csrf", "1").header("cookie", &new.cookie).send().await.unwrap();
    assert_eq!(out.status(), 204);
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(asked(&new).await, 401);
}

// Case: API-2
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_good_for_pages_of_this_origin_alone() {
    let world = World::start().await;
    let platform = &world.platform;
    let admin = administrator(platform).await;
    let api = platform.addresses().api;
    let before = platform.workspaces().await;
    let body = json!({ "query": "mutation { createWorkspace(input: { name: \"forged\" }) { userErrors { code } } }" });
    let ask = || platform.http().post(format!("http://{api}/graphql")).header("cookie", &admin.cookie).json(&body);
    let forged = [
        ask(),
        ask().header("x-csrf", "1").header("origin", "https://evil.example"),
        ask().header("x-csrf", "1").header("origin", "null"),
        ask().header("x-csrf", "1").header("sec-fetch-site", "cross-site"),
        ask().header("x-csrf", "1").header("sec-fetch-site", "same-site"),
    ];
    for request in forged {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert_eq!(code(&answer.json().await.unwrap()), "FORBIDDEN");
    }
    // Nor can a page of another site sign somebody in or out.
    let form = json!({ "name": "admin", "password": PASSWORD });
    let url = format!("http://{api}/session");
    for request in [platform.http().post(&url).json(&form), platform.http().delete(&url)] {
        let answer = request.header("cookie", &admin.cookie).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert!(answer.headers().get("set-cookie").is_none());
    }
    assert_eq!(platform.workspaces().await, before);
    let own =
        ask().header("x-csrf", "1").header("origin", format!("http://{api}")).header("sec-fetch-site", "same-origin");
    assert_eq!(own.send().await.unwrap().status(), 200);
    assert_eq!(platform.workspaces().await, ["forged"]);
}

// Case: API-24
#[tokio::test(flavor = "multi_thread")]
async fn whoever_guesses_waits_and_learns_nothing_and_a_reset_lets_the_administrator_in() {
    let mut world = World::start().await;
    let platform = &world.platform;
    let refused = async |name: &str| platform.sign_in(name, "a wrong password", None).await.unwrap_err();
    let mut told = Vec::new();
    for name in ["admin", "nobody", "admin", "nobody", "admin"] {
        let (status, mut answer) = refused(name).await;
        answer["errors"][0]["extensions"]["requestId"].take();
        assert_eq!(status, 401);
        told.push(answer);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "a name that is there is answered as one that is not: {told:?}");
    for name in ["admin", "somebody"] {
        let (status, answer) = platform.sign_in(name, PASSWORD, None).await.unwrap_err();
        assert_eq!((status, code(&answer)), (429, "RATE_LIMITED"), "the right password, from this address");
        let wait = answer["errors"][0]["extensions"]["retryAfterMs"].as_i64().unwrap();
        assert!((800_000..=901_000).contains(&wait), "{answer}");
    }
    // The token was made before and still opens.
    platform.graphql(VIEWER, json!({})).await;

    world.platform.stop().await;
    let mut reset = Command::new(env!("CARGO_BIN_EXE_wharfinger"));
    reset.args(["admin", "reset", "--output", "json", "--data-directory"]).arg(world.platform.data());
    reset.env_remove("DATABASE_URL").envs(world.platform.database().map(|url| ("DATABASE_URL", url)));
    let output = reset.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let once = fs::read_to_string(told["file"].as_str().unwrap()).unwrap();
    assert!(!String::from_utf8_lossy(&output.stdout).contains(once.trim()));
    world.platform.run().await;
    world.platform.forget_failures().await;
    world.platform.sign_in("admin", once.trim(), Some("a new password")).await.unwrap();
}

// Case: API-29
#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_disabled_loses_sessions_and_tokens_at_once_and_the_last_administrator_stays() {
    let world = World::start().await;
    let platform = &world.platform;
    let admin = administrator(platform).await;
    let (id, first) = create_user(platform, &admin, json!({ "name": "ada", "platformRole": "AUDITOR" })).await;
    let ada = platform.sign_in("ada", &first, Some("another password")).await.unwrap();
    let token = platform.token_of(&ada, &["READ"]).await;
    let by_token = async || platform.ask_by(&token, VIEWER, json!({})).await.0;
    assert_eq!((platform.ask_in(&ada, VIEWER, json!({})).await.0, by_token().await), (200, 200));

    let query = "mutation($input: UpdateUserInput!) { updateUser(input: $input) {
        user { id revision disabled } userErrors { code message } } }";
    let update = async |input: Value| platform.ask_in(&admin, query, json!({ "input": input })).await.1;
    let stale = update(json!({ "userId": id, "revision": 9, "disabled": true })).await;
    assert_eq!(stale["data"]["updateUser"]["userErrors"][0]["code"], "STALE_REVISION");
    let done = update(json!({ "userId": id, "revision": 1, "disabled": true })).await;
    assert_eq!(done["data"]["updateUser"]["user"], json!({ "id": id, "revision": 2, "disabled": true }));
    assert_eq!((platform.ask_in(&ada, VIEWER, json!({})).await.0, by_token().await), (401, 401));
    assert_eq!(platform.sign_in("ada", "another password", None).await.unwrap_err().0, 401);

    let (_, answer) = platform.ask_in(&admin, "{ viewer { user { id revision } } }", json!({})).await;
    let own = &answer["data"]["viewer"]["user"];
    for change in [json!({ "disabled": true }), json!({ "platformRole": "AUDITOR" })] {
        let mut input = json!({ "userId": own["id"], "revision": own["revision"] });
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = update(input).await;
        assert_eq!(refused["data"]["updateUser"]["userErrors"][0]["code"], "IN_USE", "{refused}");
    }
    assert_eq!(platform.ask_in(&admin, VIEWER, json!({})).await.0, 200);
}

// Case: API-19
#[tokio::test(flavor = "multi_thread")]
async fn a_token_does_what_its_scopes_and_its_owner_may_and_nothing_once_it_is_revoked() {
    let world = World::start().await;
    let platform = &world.platform;
    let admin = administrator(platform).await;
    let reader = platform.token_of(&admin, &["READ"]).await;
    let create = "mutation($name: String!) { createWorkspace(input: { name: $name }) { userErrors { code } } }";
    assert_eq!(platform.ask_by(&reader, "{ workspaces { totalCount } }", json!({})).await.0, 200);
    let (_, answer) = platform.ask_by(&reader, create, json!({ "name": "w" })).await;
    assert_eq!(code(&answer), "FORBIDDEN", "{answer}");
    // No token makes tokens or users, however much it may do.
    let all = platform.token();
    for query in [
        "mutation { createApiToken(input: { name: \"x\", scopes: [READ], expiresAt: \"2027-01-01T00:00:00Z\" }) { secret } }",
        "mutation { createUser(input: { name: \"x\" }) { oneTimePassword } }",
    ] {
        assert_eq!(code(&platform.ask_by(all, query, json!({})).await.1), "FORBIDDEN", "{query}");
    }
    let listed = "{ apiTokens(first: 1) { nodes { id prefix scopes lastUsedAt } totalCount } }";
    let (_, answer) = platform.ask_in(&admin, listed, json!({})).await;
    let newest = &answer["data"]["apiTokens"]["nodes"][0];
    assert!(reader.starts_with(newest["prefix"].as_str().unwrap()), "{answer}");
    assert_eq!((&newest["scopes"], newest["lastUsedAt"].is_string()), (&json!(["READ"]), true));
    let revoke =
        "mutation($id: ID!) { revokeApiToken(input: { tokenId: $id }) { revokedTokenId userErrors { code } } }";
    let (_, answer) = platform.ask_in(&admin, revoke, json!({ "id": newest["id"] })).await;
    assert_eq!(answer["data"]["revokeApiToken"]["revokedTokenId"], newest["id"], "{answer}");
    assert_eq!(platform.ask_by(&reader, VIEWER, json!({})).await.0, 401);
    let (_, answer) = platform.ask_in(&admin, revoke, json!({ "id": newest["id"] })).await;
    assert_eq!(answer["data"]["revokeApiToken"]["userErrors"][0]["code"], "NOT_FOUND");
    for expires in ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"] {
        let query =
            "mutation($at: DateTime!) { createApiToken(input: { name: \"x\", scopes: [READ], expiresAt: $at }) {
            secret userErrors { code path } } }";
        let (_, answer) = platform.ask_in(&admin, query, json!({ "at": expires })).await;
        let error = &answer["data"]["createApiToken"]["userErrors"][0];
        assert_eq!((&error["code"], &error["path"]), (&json!("INVALID"), &json!(["expiresAt"])), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_run_by_its_members_each_within_the_own_role() {
    let world = World::start().await;
    let platform = &world.platform;
    let admin = administrator(platform).await;
    let (own, foreign) = (platform.workspace("wa").await, platform.workspace("wb").await);
    let (_, ada) = create_user(platform, &admin, json!({ "name": "ada", "groups": ["leads"] })).await;
    let (_, bob) = create_user(platform, &admin, json!({ "name": "bob" })).await;
    let ada = platform.sign_in("ada", &ada, Some("another password")).await.unwrap();
    let bob = platform.sign_in("bob", &bob, Some("another password")).await.unwrap();
    let change = "mutation($input: ChangeWorkspaceMembersInput!) { changeWorkspaceMembers(input: $input) {
        workspace { members { nodes { subject { __typename ... on User { name } ... on Group { name } } role source } } }
        userErrors { code message path } } }";
    let by =
        async |session: &Session, input: Value| platform.ask_in(session, change, json!({ "input": input })).await.1;
    assert_eq!(code(&by(&ada, json!({ "workspaceId": own })).await), "FORBIDDEN", "a member of nothing");

    // The administrator makes a group its administrators, and one of them a viewer of the other workspace.
    let lead = json!({ "subject": { "group": "leads" }, "role": "ADMIN" });
    by(&admin, json!({ "workspaceId": own, "set": [lead] })).await;
    let viewer = json!({ "subject": { "user": "ada" }, "role": "VIEWER" });
    by(&admin, json!({ "workspaceId": foreign, "set": [viewer] })).await;

    let editor = json!({ "subject": { "user": "bob" }, "role": "EDITOR" });
    let done = by(&ada, json!({ "workspaceId": own, "set": [editor] })).await;
    let members = &done["data"]["changeWorkspaceMembers"]["workspace"]["members"]["nodes"];
    let expected = json!([
        { "subject": { "__typename": "Group", "name": "leads" }, "role": "ADMIN", "source": "LOCAL" },
        { "subject": { "__typename": "User", "name": "bob" }, "role": "EDITOR", "source": "LOCAL" },
    ]);
    assert_eq!(members, &expected, "{done}");
    let refused = by(&ada, json!({ "workspaceId": foreign, "set": [editor] })).await;
    assert_eq!(refused["data"]["changeWorkspaceMembers"]["userErrors"][0]["code"], "NOT_ALLOWED", "{refused}");
    let nobody = json!({ "subject": { "user": "nobody" }, "role": "VIEWER" });
    let refused = by(&ada, json!({ "workspaceId": own, "set": [viewer, nobody] })).await;
    let error = &refused["data"]["changeWorkspaceMembers"]["userErrors"][0];
    assert_eq!((&error["code"], &error["path"]), (&json!("NOT_FOUND"), &json!(["set", "1", "user"])), "{refused}");
    assert_eq!(code(&by(&bob, json!({ "workspaceId": own, "remove": [{ "user": "bob" }] })).await), "FORBIDDEN");

    // Of two callers each sees the own workspaces, and the members only where it manages them.
    let names = async |session: &Session| {
        let (_, answer) = platform.ask_in(session, "{ workspaces { nodes { name viewerRole } } }", json!({})).await;
        answer["data"]["workspaces"]["nodes"].clone()
    };
    assert_eq!(names(&bob).await, json!([{ "name": "wa", "viewerRole": "EDITOR" }]));
    let both = json!([{ "name": "wa", "viewerRole": "ADMIN" }, { "name": "wb", "viewerRole": "VIEWER" }]);
    assert_eq!(names(&ada).await, both);
    let listed = "query($id: ID!) { node(id: $id) { ... on Workspace { members { totalCount } } } }";
    assert_eq!(code(&platform.ask_in(&bob, listed, json!({ "id": own })).await.1), "FORBIDDEN");
    assert_eq!(platform.ask_in(&bob, listed, json!({ "id": foreign })).await.1["data"]["node"], Value::Null);

    let left = by(&ada, json!({ "workspaceId": own, "remove": [{ "user": "bob" }] })).await;
    assert_eq!(left["data"]["changeWorkspaceMembers"]["userErrors"], json!([]), "{left}");
    assert_eq!(names(&bob).await, json!([]), "at once");
}
