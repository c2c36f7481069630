//! Whether a value fits a type of the schema, and if not, where and why, in words that say what to send. What was sent is not
//! repeated: it may be a secret.

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaEnumValue, MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Value};

use crate::{limits, scalar};

/// What is wrong with a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Where in the value, such as `pairs.spaceIds[0]`; empty when it is the value itself.
    place: String,
    words: String,
}

impl Fault {
    /// The value itself is wrong.
    pub(super) fn new(words: impl Into<String>) -> Self {
        Self { place: String::new(), words: words.into() }
    }

    /// The same fault, seen from what the value is a part of.
    fn within(self, part: &str) -> Self {
        let separator = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        Self { place: format!("{part}{separator}{}", self.place), ..self }
    }

    /// The sentence for whoever sent a value of this type as this thing.
    pub(super) fn told(&self, what: &str, ty: &str) -> String {
        let at = if self.place.is_empty() { "" } else { ", at " };
        format!("{what} ({ty}){at}{}: {}", self.place, self.words)
    }
}

/// Checks a value against a type as the schema writes it, such as `[ID!]!`.
pub(super) fn check(registry: &Registry, ty: &str, value: &Value) -> Result<(), Fault> {
    match (MetaTypeName::create(ty), value) {
        (MetaTypeName::NonNull(_), Value::Null) => Err(Fault::new("it is null; send a value")),
        (MetaTypeName::NonNull(ty), _) => check(registry, ty, value),
        (_, Value::Null) => Ok(()),
        (MetaTypeName::List(_), Value::List(items)) if items.len() > limits::ITEMS => {
            Err(Fault::new(format!("it has {} items; send at most {}", items.len(), limits::ITEMS)))
        }
        (MetaTypeName::List(ty), Value::List(items)) => items
            .iter()
            .enumerate()
            .try_for_each(|(at, item)| check(registry, ty, item).map_err(|fault| fault.within(&format!("[{at}]")))),
        // A single value stands for a list of one.
        (MetaTypeName::List(ty), _) => check(registry, ty, value),
        (MetaTypeName::Named(name), _) => check_named(registry, name, value),
    }
}

fn check_named(registry: &Registry, name: &str, value: &Value) -> Result<(), Fault> {
    match registry.types.get(name) {
        Some(MetaType::Scalar { .. }) => scalar::check(name, value).map_err(Fault::new),
        Some(MetaType::Enum { enum_values, .. }) => check_enum(enum_values, value),
        Some(MetaType::InputObject { input_fields, oneof, .. }) => {
            let Value::Object(fields) = value else {
                return Err(Fault::new(format!("send an object of {}", names(input_fields))));
            };
            check_fields(registry, input_fields, fields)?;
            if *oneof && (fields.len() != 1 || fields.values().any(|value| *value == Value::Null)) {
                return Err(Fault::new(format!("send exactly one of {}, and not null", names(input_fields))));
            }
            Ok(())
        }
        // Not a type that can be sent, or none at all.
        _ => Ok(()),
    }
}

fn check_enum(known: &IndexMap<String, MetaEnumValue>, value: &Value) -> Result<(), Fault> {
    let sent = match value {
        Value::Enum(name) => Some(name.as_str()),
        Value::String(text) => Some(text.as_str()),
        _ => None,
    };
    if sent.is_some_and(|sent| known.contains_key(sent)) {
        return Ok(());
    }
    Err(Fault::new(format!("send one of {}", names(known))))
}

fn check_fields(
    registry: &Registry,
    known: &IndexMap<String, MetaInputValue>,
    sent: &IndexMap<Name, Value>,
) -> Result<(), Fault> {
    if let Some(name) = sent.keys().find(|name| !known.contains_key(name.as_str())) {
        return Err(Fault::new(format!("there is no such field; there are {}", names(known))).within(name));
    }
    known.values().try_for_each(|field| {
        let checked = match sent.get(field.name.as_str()) {
            Some(value) => check(registry, &field.ty, value),
            None if field.default_value.is_none() && field.ty.ends_with('!') => {
                Err(Fault::new("it is missing; send it"))
            }
            None => Ok(()),
        };
        checked.map_err(|fault| fault.within(&field.name))
    })
}

fn names<T>(known: &IndexMap<String, T>) -> String {
    known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_one_would_write_it() {
        let fault = Fault::new("send a text").within("[3]").within("ids").within("pairs").within("input");
        assert_eq!(fault.told("$x", "Y!"), "$x (Y!), at input.pairs.ids[3]: send a text");
        let fault = Fault::new("send a text").within("id").within("[0]");
        assert_eq!(fault.told("$x", "Y!"), "$x (Y!), at [0].id: send a text");
        assert_eq!(Fault::new("send a text").told("$x", "Y!"), "$x (Y!): send a text");
    }
}
