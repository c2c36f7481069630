//! How much one request may ask for. The document is weighed before the library sees it: what it costs by the prices of the
//! schema, how deep it goes, and how large it is with every fragment written out.

mod tokens;
mod weight;

use async_graphql::Variables;
use async_graphql::parser::types::{ExecutableDocument, FragmentDefinition, OperationDefinition};
use async_graphql::registry::Registry;

use self::weight::{Scales, Weight};

/// The most points that a request may cost: a page of 100 rows with some 20 fields.
pub const COST: u32 = 2_000;

/// How deep fields may be nested.
const DEPTH: u64 = 12;

/// How many fields may be given another name.
const ALIASES: u64 = 30;

/// How many fields an operation may begin with.
const ROOT_FIELDS: u64 = 10;

/// How many fields and fragments there may be with every fragment written out; protects what walks the document later.
const SELECTIONS: u64 = 4_000;

/// How many directives may stand in one place: at a field, a fragment, a variable or the operation itself.
const DIRECTIVES: u64 = 10;

/// How many items a list may have that a client sends.
pub(crate) const ITEMS: usize = 500;

/// How deep the schema itself may be asked for: as deep as the usual tools do, which follow nine wrappings of a type.
const INTROSPECTION_DEPTH: u64 = 20;

/// How often a question about the schema may go from a type to other types; more grows without bound.
const INTROSPECTION_LISTS: u64 = 2;

/// How many words and signs a document may have.
const TOKENS: usize = 4_000;

/// Refuses a text with too many words before it is parsed.
pub(crate) fn check_text(text: &str) -> Result<(), String> {
    within("words and signs", tokens::count(text) as u64, TOKENS as u64)
}

/// Refuses a document of which any operation is too much. Gives what the one costs that is meant, in points.
pub(crate) fn check(
    registry: &Registry,
    document: &ExecutableDocument,
    meant: &OperationDefinition,
    variables: &Variables,
) -> Result<u64, String> {
    document.operations.iter().try_fold(0, |cost, (_, operation)| {
        let operation: &OperationDefinition = &operation.node;
        let fragment = |name: &str| -> Option<&FragmentDefinition> { document.fragments.get(name).map(|it| &it.node) };
        let weight = Scales::new(registry, operation, &fragment, variables).weigh()?;
        check_weight(&weight)?;
        Ok(if std::ptr::eq(operation, meant) { weight.cost } else { cost })
    })
}

fn check_weight(weight: &Weight) -> Result<(), String> {
    within("fields with fragments written out", weight.selections, SELECTIONS)?;
    within("levels of fields", weight.depth, DEPTH)?;
    within("aliases", weight.aliases, ALIASES)?;
    within("fields at the root", weight.fields, ROOT_FIELDS)?;
    within("directives in one place", weight.directives, DIRECTIVES)?;
    within("levels of introspection", weight.introspection, INTROSPECTION_DEPTH)?;
    within("steps from type to type in introspection", weight.type_lists, INTROSPECTION_LISTS)?;
    within("points of cost", weight.cost, u64::from(COST))
}

fn within(what: &str, found: u64, limit: u64) -> Result<(), String> {
    if found <= limit {
        return Ok(());
    }
    Err(format!("the request has {found} {what}, and {limit} are the most; ask for less at a time"))
}
