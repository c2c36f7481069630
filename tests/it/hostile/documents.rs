//! Documents that ask for too much or go in circles: each is refused before anything of it is executed.

use std::fmt::Write;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::scene::{Attack, Refusal, Scene};

const CREATE: &str = "createWorkspace(input: { name: \"forged\" }) { userErrors { code } }";

/// How long a refusal may take on a busy machine. What is executed in earnest takes longer than any of these.
const SOON: Duration = Duration::from_secs(5);

const fn too_much(words: &'static str) -> Refusal {
    Refusal::document("COST_EXCEEDED", words)
}

const fn invalid(words: &'static str) -> Refusal {
    Refusal::document("VALIDATION_FAILED", words)
}

/// A field so many times, each under another name.
fn aliases(count: usize, field: &str) -> String {
    (0..count).fold(String::new(), |mut text, at| {
        write!(text, "a{at}: {field} ").unwrap();
        text
    })
}

/// Many fields at once.
fn wide() -> Vec<Attack> {
    let root = ["bindings", "clusters", "namespaces", "registries", "workspaces"]
        .map(|list| format!("{list}(first: 0) {{ totalCount }}"));
    let document = |what: &str, text: String, refusal| Attack::document(what, &text, &json!({}), refusal);
    vec![
        document(
            "390 names for a field",
            format!("{{ viewer {{ {} }} }}", aliases(390, "platformRole")),
            too_much("390 aliases, and 30 are the most"),
        ),
        document("31 names", format!("{{ viewer {{ {} }} }}", aliases(31, "platformRole")), too_much("31 aliases")),
        document(
            "names behind fragments",
            format!("{{ viewer {{ ...F ...F ...F ...F }} }} fragment F on Viewer {{ {} }}", aliases(8, "platformRole")),
            too_much("32 aliases"),
        ),
        document(
            "11 mutations",
            format!("mutation {{ {} }}", aliases(11, CREATE)),
            too_much("11 fields at the root, and 10 are the most"),
        ),
        document(
            "fields at the root without other names",
            format!("{{ {} }}", root.join(" ").repeat(3)),
            too_much("15 fields at the root"),
        ),
        document(
            "fields at the root behind fragments",
            format!("{{ ...F ...F ...F }} fragment F on Query {{ {} }}", root.join(" ")),
            too_much("15 fields at the root"),
        ),
        document(
            "a field four thousand times",
            format!("{{ viewer {{ {} }} }}", "id ".repeat(4_000)),
            too_much("words and signs"),
        ),
        document(
            "operations that are not meant",
            format!("query A {{ viewer {{ platformRole }} }} query B {{ {} }}", aliases(11, "viewer { platformRole }")),
            invalid("operationName"),
        ),
    ]
}

/// Many directives, in every place that takes one.
fn directives() -> Vec<Attack> {
    let many = "@include(if: true) ".repeat(11);
    let places = [
        format!("{{ viewer {{ platformRole {many} }} }}"),
        format!("{{ viewer {many} {{ platformRole }} }}"),
        format!("{{ viewer {{ ... {many} {{ platformRole }} }} }}"),
        format!("{{ viewer {{ ...F {many} }} }} fragment F on Viewer {{ platformRole }}"),
        format!("{{ viewer {{ ...F }} }} fragment F on Viewer {many} {{ platformRole }}"),
        format!("query {many} {{ viewer {{ platformRole }} }}"),
        format!("query($a: Int {many}) {{ workspaces(first: $a) {{ totalCount }} }}"),
    ];
    let attack =
        |text: &String| Attack::document(text.clone(), text, &json!({}), too_much("11 directives in one place"));
    let mut attacks: Vec<_> = places.iter().map(attack).collect();
    let two = "{ viewer { platformRole @include(if: true) @include(if: true) } }";
    attacks.push(Attack::document("a directive twice", two, &json!({}), invalid("")));
    let fields = "a: platformRole @skip(if: false) ".repeat(600);
    attacks.push(Attack::document(
        "directives everywhere",
        &format!("{{ viewer {{ {fields} }} }}"),
        &json!({}),
        too_much("words and signs"),
    ));
    attacks
}

/// Deep documents.
fn deep() -> Vec<Attack> {
    let mut thirteen = "id".to_owned();
    for _ in 0..6 {
        thirteen = format!("owner {{ associatedRegistries(first: 0) {{ nodes {{ {thirteen} }} }} }}");
    }
    let nested = |open: &str, inner: &str, count: usize| format!("{}{inner}{}", open.repeat(count), "}".repeat(count));
    let document = |what: &str, text: String, refusal| Attack::document(what, &text, &json!({}), refusal);
    let chain = (1..400).fold("fragment F0 on Viewer { platformRole }".to_owned(), |mut text, at| {
        write!(text, " fragment F{at} on Viewer {{ ...F{} }}", at - 1).unwrap();
        text
    });
    let mut doubling = "fragment F0 on Viewer { platformRole }".to_owned();
    for at in 1..30 {
        write!(doubling, " fragment F{at} on Viewer {{ {} }}", format!("...F{} ", at - 1).repeat(8)).unwrap();
    }
    vec![
        document(
            "many levels",
            format!("{{ registry(by: {{ name: \"harbor\" }}) {{ {thirteen} }} }}"),
            too_much("levels of fields, and 12 are the most"),
        ),
        document(
            "a thousand levels of what is not there",
            format!("{{ {} }}", nested("viewer {", "id", 1_000)),
            too_much(""),
        ),
        document(
            "fragments in fragments without a name",
            format!("{{ viewer {{ {} }} }}", nested("... {", "platformRole", 1_000)),
            too_much(""),
        ),
        document("a chain of fragments", format!("{{ viewer {{ ...F399 }} }} {chain}"), too_much("")),
        document(
            "fragments that double",
            format!("{{ viewer {{ ...F29 }} }} {doubling}"),
            too_much("fields with fragments written out, and 4000 are the most"),
        ),
        document(
            "types of types",
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".to_owned(),
            too_much("steps from type to type"),
        ),
        document(
            "nested lists",
            format!("{{ workspaces(first: {}1{}) {{ totalCount }} }}", "[".repeat(900), "]".repeat(900)),
            too_much(""),
        ),
    ]
}

/// Documents without end.
fn circles() -> Vec<Attack> {
    let ring = (0..30).fold(String::new(), |mut text, at| {
        write!(text, " fragment F{at} on Viewer {{ platformRole ...F{} }}", (at + 1) % 30).unwrap();
        text
    });
    let circle = too_much("contains itself");
    let document = |what: &str, text: &str, refusal| Attack::document(what, text, &json!({}), refusal);
    vec![
        document("a fragment in itself", "{ viewer { ...A } } fragment A on Viewer { ...A }", circle),
        document(
            "two fragments in each other",
            "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
            circle,
        ),
        document("a ring of fragments", &format!("{{ viewer {{ ...F0 }} }} {ring}"), circle),
        document(
            "a ring at the root",
            "{ ...A } fragment A on Query { viewer { platformRole } ...B } fragment B on Query { ...A }",
            circle,
        ),
        document(
            "a ring that nobody uses",
            "{ viewer { platformRole } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
            invalid(""),
        ),
        document(
            "a ring on what is not there",
            "{ nothing { ...A } } fragment A on Nothing { nothing { ...A } }",
            circle,
        ),
        document(
            "a ring below a mutation",
            &format!(
                "mutation {{ {} }} fragment A on CreateWorkspacePayload {{ ...A }}",
                CREATE.replace("userErrors", "...A userErrors")
            ),
            circle,
        ),
    ]
}

/// Lists in lists, counted by what the variables say.
fn costly() -> Vec<Attack> {
    let lists = "registries(first: $n) { nodes { spaces(first: $n) { nodes { name repositoryCount } } } }";
    let cost = too_much("points of cost, and 2000 are the most");
    let given = |what: &str, head: &str, variables: Value| {
        Attack::document(what, &format!("query({head}) {{ {lists} }}"), &variables, cost)
    };
    let ids = json!({ "ids": vec!["AQEAAAAAAAAAAQ"; 100] });
    vec![
        given("a variable", "$n: Int!", json!({ "n": 100 })),
        given("the default of a variable", "$n: Int = 100", json!({})),
        given("a variable in place of a small default", "$n: Int = 1", json!({ "n": 100 })),
        given("more than a page", "$n: Int!", json!({ "n": 2_147_483_647 })),
        given("a variable that is left out, whose lists have twenty rows each", "$n: Int", json!({}))
            .with_document("query($n: Int) { registries(first: $n) { nodes { spaces(first: $n) { nodes { repositories(first: $n) { nodes { path } } } } } } }"),
        Attack::document("literals", &format!("{{ {} }}", lists.replace("$n", "100")), &json!({}), cost),
        Attack::document(
            "a hundred objects with lists",
            "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Registry { spaces { nodes { name } } } } }",
            &ids,
            cost,
        ),
        Attack::document(
            "lists behind fragments",
            "query($n: Int!) { registries(first: $n) { ...A } } fragment A on RegistryConnection { nodes { ...B } }
             fragment B on Registry { spaces(first: $n) { nodes { name repositoryCount } } }",
            &json!({ "n": 100 }),
            cost,
        ),
        Attack::document("a list under ten names", &format!("{{ {} }}", aliases(10, "workspaces(first: 100) { nodes { id name displayName } }")), &json!({}), cost),
    ]
}

impl Attack {
    /// The same with another document.
    fn with_document(self, query: &str) -> Self {
        let mut body: Value = serde_json::from_slice(&self.body).unwrap();
        body["query"] = query.into();
        Self { body: body.to_string().into_bytes(), ..self }
    }
}

/// Documents with faults by the hundred: what is told of them is short.
fn faulty() -> Vec<Attack> {
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().join(" ");
    let document = |what: &str, text: String, refusal| Attack::document(what, &text, &json!({}), refusal);
    let viewer = "viewer { platformRole }";
    vec![
        document(
            "fields that are not there",
            format!("{{ viewer {{ {} }} }}", many(1_900, &|at| format!("platformRol{at}"))),
            invalid("Unknown field"),
        ),
        document(
            "variables that nobody uses",
            format!("query({}) {{ {viewer} }}", many(900, &|at| format!("$v{at}: Int"))),
            invalid("is not used"),
        ),
        document(
            "fragments that nobody uses",
            format!("{{ {viewer} }} {}", many(500, &|at| format!("fragment F{at} on Viewer {{ id }}"))),
            invalid(""),
        ),
        document(
            "fragments that are not there",
            format!("{{ viewer {{ {} }} }}", many(1_900, &|at| format!("...F{at}"))),
            invalid("Unknown fragment"),
        ),
        document(
            "one name for two fields, in every pair",
            format!("{{ viewer {{ {} authMethod: platformRole }} }}", "authMethod ".repeat(1_900)),
            invalid(""),
        ),
        document(
            "operations by the hundred",
            many(500, &|at| format!("query Q{at} {{ {viewer} }}")),
            invalid("operationName"),
        ),
    ]
}

/// All of them.
pub(super) fn all() -> Vec<Attack> {
    [wide(), directives(), deep(), circles(), faulty(), costly()].concat()
}

// Case: API-4, API-5, API-6
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_asks_for_too_much_is_refused_before_it_is_executed() {
    let scene = Scene::start().await;
    scene
        .withstand(async {
            for attack in all() {
                let started = Instant::now();
                scene.assert_refused(&attack).await;
                assert!(started.elapsed() < SOON, "{}: {:?}", attack.what, started.elapsed());
            }
        })
        .await;
}
