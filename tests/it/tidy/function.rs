//! Finds the functions of a Rust file, with their lengths, and tells which of them are resolvers or handlers.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, ItemFn, ItemImpl, Signature, TraitItemFn};

use super::handler;

/// The attributes of the GraphQL library that make the methods of an impl resolvers.
const RESOLVING: &[&str] = &["Object", "ComplexObject", "Subscription"];

/// One function with a body.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// Where its signature begins, counted from one.
    pub(super) line: usize,
    /// From the first line of the signature to the closing brace, both counted; documentation and attributes are not.
    pub(super) lines: usize,
    /// A method in an impl that the GraphQL library makes an object of.
    pub(super) is_resolver: bool,
    /// An async function that takes what axum extracts, or that answers a response.
    pub(super) is_handler: bool,
}

/// All functions of a file, those inside others too. Panics on a file that is not Rust, naming it.
pub(super) fn functions(text: &str, path: &str) -> Vec<Function> {
    let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}:{}: {error}", error.span().start().line));
    let mut finder = Finder { found: Vec::new(), resolving: false };
    finder.visit_file(&file);
    finder.found
}

struct Finder {
    found: Vec<Function>,
    /// Whether the impl being visited is an object of the GraphQL library.
    resolving: bool,
}

impl Finder {
    fn add(&mut self, signature: &Signature, body: &Block, is_resolver: bool) {
        let line = signature.span().start().line;
        self.found.push(Function {
            name: signature.ident.to_string(),
            line,
            lines: body.span().end().line + 1 - line,
            is_resolver,
            is_handler: handler::is_handler(signature),
        });
    }
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.add(&item.sig, &item.block, false);
        visit::visit_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(body) = &item.default {
            self.add(&item.sig, body, false);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.add(&item.sig, &item.block, self.resolving);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let outer = std::mem::replace(&mut self.resolving, item.attrs.iter().any(is_resolving));
        visit::visit_item_impl(self, item);
        self.resolving = outer;
    }
}

fn is_resolving(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| RESOLVING.iter().any(|name| segment.ident == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "
#[Object]
impl Query {
    /// Documentation and attributes are not counted.
    #[graphql(name = \"spaces\")]
    async fn spaces(
        &self,
    ) -> i32 {
        1
    }
}

#[async_graphql::ComplexObject(cache_control(max_age = 1))]
impl Space { fn one_line(&self) {} }

impl Space {
    fn plain(&self) {
        fn inner() {
        }
    }
}

async fn live(State(gate): State<Gate>) -> StatusCode { gate.status() }
";

    fn find(name: &str) -> Function {
        let mut found = functions(SAMPLE, "sample.rs");
        found.retain(|function| function.name == name);
        found.pop().expect("the sample has it")
    }

    #[test]
    fn counts_from_the_signature_to_the_closing_brace() {
        assert_eq!((find("spaces").line, find("spaces").lines), (6, 5));
        assert_eq!(find("one_line").lines, 1);
        assert_eq!(find("plain").lines, 4);
        assert_eq!(find("inner").lines, 2);
    }

    #[test]
    fn tells_resolvers_from_other_methods() {
        assert!(find("spaces").is_resolver);
        assert!(find("one_line").is_resolver);
        assert!(!find("plain").is_resolver);
        assert!(!find("inner").is_resolver);
    }

    #[test]
    fn tells_handlers_from_other_functions() {
        assert!(find("live").is_handler);
        assert!(!find("plain").is_handler);
    }
}
