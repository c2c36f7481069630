//! Weighs an operation. Each fragment is weighed once, however often it is used, so that weighing takes as long as the text
//! is long.

use std::collections::HashMap;

use async_graphql::Variables;
use async_graphql::parser::types::{
    Directive, Field, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::registry::{MetaField, MetaType, Registry};
use async_graphql::{Name, Positioned, Value as ConstValue};

/// The most rows that a connection gives.
const MAX_FIRST: u64 = 100;

/// What a selection comes to, with every fragment written out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Weight {
    /// Points by the prices of the schema.
    pub(super) cost: u64,
    /// Levels of fields.
    pub(super) depth: u64,
    /// Fields with another name.
    pub(super) aliases: u64,
    /// Fields of this very selection.
    pub(super) fields: u64,
    /// The most directives of one place.
    pub(super) directives: u64,
    /// Fields and fragments.
    pub(super) selections: u64,
    /// Levels of fields about the schema.
    pub(super) introspection: u64,
    /// How often one goes from a type to a list of others.
    pub(super) type_lists: u64,
}

impl Weight {
    /// Both, one beside the other.
    fn beside(self, other: Self) -> Self {
        Self {
            cost: self.cost.saturating_add(other.cost),
            depth: self.depth.max(other.depth),
            aliases: self.aliases.saturating_add(other.aliases),
            fields: self.fields.saturating_add(other.fields),
            directives: self.directives.max(other.directives),
            selections: self.selections.saturating_add(other.selections),
            introspection: self.introspection.max(other.introspection),
            type_lists: self.type_lists.max(other.type_lists),
        }
    }

    /// The same in a place with these directives.
    fn with(self, directives: &[Positioned<Directive>]) -> Self {
        let here = u64::try_from(directives.len()).unwrap_or(u64::MAX);
        Self { directives: self.directives.max(here), ..self }
    }
}

/// What weighs one operation.
pub(super) struct Scales<'a> {
    registry: &'a Registry,
    operation: &'a OperationDefinition,
    fragment: &'a dyn Fn(&str) -> Option<&'a FragmentDefinition>,
    variables: &'a Variables,
    /// What is known of each fragment; `None` while it is being weighed.
    known: HashMap<String, Option<Weight>>,
}

impl<'a> Scales<'a> {
    pub(super) fn new(
        registry: &'a Registry,
        operation: &'a OperationDefinition,
        fragment: &'a dyn Fn(&str) -> Option<&'a FragmentDefinition>,
        variables: &'a Variables,
    ) -> Self {
        Self { registry, operation, fragment, variables, known: HashMap::new() }
    }

    /// The weight of the operation, or why it has none.
    pub(super) fn weigh(mut self) -> Result<Weight, String> {
        let root = match self.operation.ty {
            OperationType::Query => Some(self.registry.query_type.as_str()),
            OperationType::Mutation => self.registry.mutation_type.as_deref(),
            OperationType::Subscription => self.registry.subscription_type.as_deref(),
        };
        let operation = self.operation;
        let weight = self.set(root.and_then(|name| self.registry.types.get(name)), &operation.selection_set.node)?;
        let variables = operation.variable_definitions.iter().map(|it| &it.node.directives);
        Ok(variables.fold(weight.with(&operation.directives), |weight, directives| weight.with(directives)))
    }

    fn set(&mut self, parent: Option<&'a MetaType>, set: &'a SelectionSet) -> Result<Weight, String> {
        set.items.iter().try_fold(Weight::default(), |sum, item| {
            let weight = match &item.node {
                Selection::Field(field) => self.field(parent, &field.node)?,
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|it| it.node.on.node.as_str());
                    let parent = condition.map_or(parent, |name| self.registry.types.get(name));
                    one_more(self.set(parent, &inline.node.selection_set.node)?).with(&inline.node.directives)
                }
                Selection::FragmentSpread(spread) => {
                    one_more(self.spread(&spread.node.fragment_name.node)?).with(&spread.node.directives)
                }
            };
            Ok(sum.beside(weight))
        })
    }

    /// A fragment that is not there weighs nothing: validation says that it is not there.
    fn spread(&mut self, name: &str) -> Result<Weight, String> {
        let Some(fragment) = (self.fragment)(name) else { return Ok(Weight::default()) };
        match self.known.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => return Err(format!("the fragment {name:?} contains itself")),
            None => {}
        }
        let condition = fragment.type_condition.node.on.node.as_str();
        self.known.insert(name.to_owned(), None);
        let weight = self.set(self.registry.types.get(condition), &fragment.selection_set.node)?;
        let weight = weight.with(&fragment.directives);
        self.known.insert(name.to_owned(), Some(weight));
        Ok(weight)
    }

    fn field(&mut self, parent: Option<&'a MetaType>, field: &'a Field) -> Result<Weight, String> {
        let name = field.name.node.as_str();
        let known = parent.and_then(|parent| parent.field_by_name(name));
        let ty = known.and_then(|known| self.registry.types.get(bare(&known.ty)));
        let below = self.set(ty, &field.selection_set.node)?;
        let cost = match known {
            Some(known) => self.cost(parent, known, field, below.cost),
            None => below.cost.saturating_add(u64::from(name != "__typename")),
        };
        // What the schema does not have is either about the schema or refused by validation.
        let of_schema = known.is_none() || parent.is_some_and(|parent| parent.name().starts_with("__"));
        let is_list = matches!(name, "fields" | "inputFields" | "interfaces" | "possibleTypes");
        let (depth, introspection) = if of_schema {
            (1, below.introspection.saturating_add(1))
        } else {
            (below.depth.saturating_add(1), below.introspection)
        };
        Ok(Weight {
            cost,
            depth,
            introspection,
            type_lists: below.type_lists.saturating_add(u64::from(is_list && of_schema)),
            aliases: below.aliases.saturating_add(u64::from(field.alias.is_some())),
            fields: 1,
            directives: below.directives,
            selections: below.selections.saturating_add(1),
        }
        .with(&field.directives))
    }

    /// A connection costs (its price + the price of one node) × first; what only wraps its nodes costs nothing.
    fn cost(&self, parent: Option<&MetaType>, known: &MetaField, field: &Field, below: u64) -> u64 {
        let wraps = |name: &str| name.ends_with("Connection") || name.ends_with("Edge") || name == "PageInfo";
        if parent.is_some_and(|parent| wraps(parent.name())) {
            return below;
        }
        let each = price(known).saturating_add(below);
        if bare(&known.ty).ends_with("Connection") {
            return each.saturating_mul(self.first(known, field));
        }
        match self.argument(field, "ids") {
            Some(ConstValue::List(ids)) => each.saturating_mul(ids.len() as u64),
            _ => each,
        }
    }

    /// How many rows a connection is asked for; what cannot be read is refused later.
    fn first(&self, known: &MetaField, field: &Field) -> u64 {
        let default = || known.args.get("first")?.default_value.as_deref()?.parse().ok();
        let asked = match self.argument(field, "first") {
            Some(ConstValue::Number(number)) => number.as_i64().map(|number| u64::try_from(number).unwrap_or(0)),
            _ => default(),
        };
        asked.unwrap_or(MAX_FIRST).min(MAX_FIRST)
    }

    /// An argument with its variables put in.
    fn argument(&self, field: &Field, name: &str) -> Option<ConstValue> {
        let given = field.get_argument(name)?;
        given.node.clone().into_const_with(|variable| self.variable(&variable).ok_or(())).ok()
    }

    fn variable(&self, name: &Name) -> Option<ConstValue> {
        let given = self.variables.get(name);
        let defined = || {
            let defined = self.operation.variable_definitions.iter().find(|it| it.node.name.node == *name)?;
            Some(defined.node.default_value.as_ref()?.node.clone())
        };
        given.cloned().or_else(defined)
    }
}

fn one_more(weight: Weight) -> Weight {
    Weight { selections: weight.selections.saturating_add(1), ..weight }
}

/// The price on the field, or 1.
fn price(field: &MetaField) -> u64 {
    let cost = field.directive_invocations.iter().find(|directive| directive.name == "cost");
    match cost.and_then(|cost| cost.args.get("value")) {
        Some(ConstValue::Number(value)) => value.as_u64().unwrap_or(1),
        _ => 1,
    }
}

/// The name of a type without the marks of lists and of what is never null.
fn bare(ty: &str) -> &str {
    ty.trim_matches(['[', ']', '!'])
}
