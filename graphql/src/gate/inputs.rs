//! Holds what a request brings, in variables and in arguments, to the types of the schema, and tells of the first thing that
//! does not fit by its name and its type. What the schema or the operation does not know is left to validation.

use std::collections::HashSet;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet, VariableDefinition,
};
use async_graphql::registry::{MetaType, Registry};
use async_graphql::{Name, Positioned, ServerResult, Value, Variables};

use super::refused;
use super::value::{self, Fault};
use crate::error::Code;

/// Checks the variables of an operation, gives those that were not sent their defaults, and checks every argument with the
/// variables put in.
pub(super) fn check(
    registry: &Registry,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &mut Variables,
) -> ServerResult<()> {
    let definitions = &operation.variable_definitions;
    definitions.iter().try_for_each(|definition| bind(registry, definition, variables))?;
    let mut arguments = Arguments { registry, document, operation, variables, seen: HashSet::new() };
    let root = match operation.ty {
        OperationType::Query => Some(registry.query_type.as_str()),
        OperationType::Mutation => registry.mutation_type.as_deref(),
        OperationType::Subscription => registry.subscription_type.as_deref(),
    };
    arguments.check_set(root.and_then(|name| registry.types.get(name)), &operation.selection_set.node)
}

/// Checks what was sent for a variable, or puts its default in the place.
fn bind(
    registry: &Registry,
    definition: &Positioned<VariableDefinition>,
    variables: &mut Variables,
) -> ServerResult<()> {
    let VariableDefinition { name, var_type, default_value, .. } = &definition.node;
    let (name, ty) = (&name.node, var_type.node.to_string());
    let checked = match (variables.get(name), default_value) {
        (Some(value), _) => value::check(registry, &ty, value),
        (None, Some(default)) => {
            variables.insert(name.clone(), default.node.clone());
            Ok(())
        }
        (None, None) if var_type.node.nullable => Ok(()),
        (None, None) => Err(Fault::new("it was not sent; send a value for it among the variables")),
    };
    checked.map_err(|fault| {
        refused(Code::BadUserInput, fault.told(&format!("the variable ${name}"), &ty), Some(definition.pos))
    })
}

/// Goes through selections, whose types say which arguments there are.
struct Arguments<'a> {
    registry: &'a Registry,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// The fragments that were come by; each is checked once.
    seen: HashSet<&'a str>,
}

impl<'a> Arguments<'a> {
    fn check_set(&mut self, parent: Option<&MetaType>, set: &'a SelectionSet) -> ServerResult<()> {
        set.items.iter().try_for_each(|item| match &item.node {
            Selection::Field(field) => self.check_field(parent, &field.node),
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref().map(|it| it.node.on.node.as_str());
                let parent = condition.map_or(parent, |name| self.registry.types.get(name));
                self.check_set(parent, &inline.node.selection_set.node)
            }
            Selection::FragmentSpread(spread) => self.check_fragment(spread.node.fragment_name.node.as_str()),
        })
    }

    fn check_fragment(&mut self, name: &'a str) -> ServerResult<()> {
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(()) };
        if !self.seen.insert(name) {
            return Ok(());
        }
        let parent = self.registry.types.get(fragment.node.type_condition.node.on.node.as_str());
        self.check_set(parent, &fragment.node.selection_set.node)
    }

    fn check_field(&mut self, parent: Option<&MetaType>, field: &'a Field) -> ServerResult<()> {
        let Some(known) = parent.and_then(|parent| parent.field_by_name(&field.name.node)) else { return Ok(()) };
        for (name, given) in &field.arguments {
            let Some(argument) = known.args.get(name.node.as_str()) else { continue };
            let Ok(value) = given.node.clone().into_const_with(|name| self.value_of(&name)) else { continue };
            value::check(self.registry, &argument.ty, &value).map_err(|fault| {
                let what = format!("the argument {} of {}", name.node, field.name.node);
                refused(Code::BadUserInput, fault.told(&what, &argument.ty), Some(given.pos))
            })?;
        }
        let ty = self.registry.concrete_type_by_name(&known.ty);
        self.check_set(ty, &field.selection_set.node)
    }

    /// The value of a variable, null when it was not sent; an error when the operation has no such variable.
    fn value_of(&self, name: &Name) -> Result<Value, ()> {
        let is_defined = self.operation.variable_definitions.iter().any(|it| it.node.name.node == *name);
        is_defined.then(|| self.variables.get(name).cloned().unwrap_or_default()).ok_or(())
    }
}
