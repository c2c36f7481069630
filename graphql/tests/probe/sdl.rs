//! How the schema prints, which `schema.graphql` and everything generated from it rest on.

use async_graphql::futures_util::stream::{self, Stream};
use async_graphql::parser::parse_schema;
use async_graphql::{
    EmptyMutation, EmptySubscription, Enum, ID, InputObject, InputValueError, InputValueResult, Interface, Object,
    OneofObject, SDLExportOptions, Scalar, ScalarType, Schema, SimpleObject, Union, Value,
};

/// In a module of their own: each becomes a unit struct that no binding or derived field in its scope may be named as.
pub(crate) mod directive {
    use async_graphql::TypeDirective;

    use super::Access;

    /// Who may use a field.
    #[TypeDirective(location = "FieldDefinition")]
    pub(crate) fn access(to: Vec<Access>) {}

    /// Static price of a field.
    #[TypeDirective(location = "FieldDefinition")]
    pub(crate) fn cost(value: i32) {}
}

#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub(crate) enum Access {
    Auditor,
    Admin,
}

struct Url;

/// An absolute http(s) URL without credentials.
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Url {
    fn parse(value: Value) -> InputValueResult<Self> {
        Err(InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::String(String::new())
    }
}

/// Anything refetchable.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "&ID"))]
enum Node {
    Space(Space),
}

/// A "space".
///
/// In two paragraphs.
#[derive(SimpleObject)]
struct Space {
    id: ID,
    /// Its own word.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor]))]
    name: String,
    #[graphql(deprecation = "use name")]
    title: Option<String>,
}

/// By id or by name.
#[derive(OneofObject)]
enum SpaceRef {
    Id(ID),
    Named(NameRef),
}

#[derive(OneofObject)]
enum NameRef {
    Short(String),
    Full(FullName),
}

#[derive(InputObject)]
struct FullName {
    #[graphql(default = "default")]
    cluster: String,
    name: String,
    #[graphql(default)]
    aliases: Vec<String>,
    #[graphql(default_with = "Access::Admin")]
    access: Access,
    reason: Option<String>,
}

#[derive(SimpleObject)]
struct Group {
    id: ID,
}

#[derive(Union)]
enum Either {
    Space(Space),
    Group(Group),
}

struct Query;

#[Object]
impl Query {
    /// With two directives, in the order written.
    #[graphql(
        directive = directive::access::apply(vec![Access::Admin]),
        directive = directive::cost::apply(20),
    )]
    async fn space(&self, #[graphql(name = "by")] _by: SpaceRef) -> Option<Space> {
        None
    }

    #[graphql(directive = directive::cost::apply(2))]
    async fn spaces(
        &self,
        #[graphql(name = "first", default = 20)] _first: Option<i32>,
        #[graphql(name = "after", desc = "A cursor.")] _after: Option<String>,
    ) -> Vec<Space> {
        Vec::new()
    }

    async fn node(&self, #[graphql(name = "id")] _id: ID) -> Option<Node> {
        None
    }

    /// One sentence
    /// over two lines.
    async fn either(&self) -> Option<Either> {
        None
    }

    async fn endpoint(&self) -> Url {
        Url
    }
}

struct Subscription;

#[async_graphql::Subscription]
impl Subscription {
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn spaces_changed(&self) -> impl Stream<Item = ID> {
        stream::empty()
    }
}

/// The options that the committed schema is printed with.
fn options() -> SDLExportOptions {
    SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items()
        .prefer_single_line_descriptions()
        .include_specified_by()
        .use_space_ident()
}

fn print(options: SDLExportOptions) -> String {
    Schema::new(Query, EmptyMutation, Subscription).sdl_with_options(options)
}

#[test]
fn prints_directives_one_ofs_scalars_defaults_and_descriptions() {
    let printed = print(options());
    assert_eq!(printed, include_str!("printed.graphql"));
    parse_schema(&printed).expect("the library reads what it prints");
}

#[test]
fn leaves_a_scalar_unspecified_without_the_option() {
    let printed = print(SDLExportOptions::new());
    assert!(printed.contains("scalar URL\n"), "{printed}");
}

struct Unescaped;

#[Object]
impl Unescaped {
    /// A backslash \d in one line.
    async fn backslash(&self) -> i32 {
        1
    }

    /// Three """ quotes
    /// in a block.
    async fn quotes(&self) -> i32 {
        1
    }

    #[graphql(deprecation = "say \"no\"")]
    async fn reason(&self) -> i32 {
        1
    }
}

/// Deviates: none of the three is escaped, so what is printed is no schema. Descriptions and deprecation reasons of
/// this room hold no backslash, no three quotes, and a reason no quote at all.
#[test]
fn escapes_neither_backslashes_nor_quotes_in_reasons() {
    let printed = Schema::new(Unescaped, EmptyMutation, EmptySubscription).sdl_with_options(options());
    assert!(printed.contains(r#"  "A backslash \d in one line.""#), "{printed}");
    assert!(printed.contains(r#"  Three """ quotes"#), "{printed}");
    assert!(printed.contains(r#"@deprecated(reason: "say "no"")"#), "{printed}");
    assert!(parse_schema(&printed).is_err(), "{printed}");
}
