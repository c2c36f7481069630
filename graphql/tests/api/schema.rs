//! The schema as it is published. That it is the one on record is for the golden files of the product.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};

#[test]
fn the_schema_prints_the_same_twice_and_can_be_read() {
    let printed = wharfinger_graphql::sdl();
    assert_eq!(wharfinger_graphql::sdl(), printed);
    parse_schema(printed).unwrap();
}

#[test]
fn everything_in_the_schema_is_described() {
    let mut bare = Vec::new();
    for definition in parse_schema(wharfinger_graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let ty = ty.node;
        let name = ty.name.node.to_string();
        let mut check = |place: String, description: bool| {
            if !description {
                bare.push(place);
            }
        };
        // The one enum that stands only in a directive's definition is described as well.
        check(name.clone(), ty.description.is_some());
        match ty.kind {
            TypeKind::Object(object) => {
                for field in object.fields {
                    let place = format!("{name}.{}", field.node.name.node);
                    check(place.clone(), field.node.description.is_some());
                    for argument in field.node.arguments {
                        let place = format!("{place}({})", argument.node.name.node);
                        check(place, argument.node.description.is_some());
                    }
                }
            }
            TypeKind::Interface(interface) => {
                for field in interface.fields {
                    check(format!("{name}.{}", field.node.name.node), field.node.description.is_some());
                }
            }
            TypeKind::InputObject(input) => {
                for field in input.fields {
                    check(format!("{name}.{}", field.node.name.node), field.node.description.is_some());
                }
            }
            TypeKind::Enum(values) => {
                for value in values.values {
                    check(format!("{name}.{}", value.node.value.node), value.node.description.is_some());
                }
            }
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    assert!(bare.is_empty(), "describe these in doc comments: {bare:#?}");
}

/// The secrets that are shown once, to whoever made them.
const SHOWN_ONCE: [&str; 3] =
    ["CreateApiTokenPayload.secret", "CreateUserPayload.oneTimePassword", "ResetPasswordPayload.oneTimePassword"];

#[test]
fn no_type_returns_a_secret_but_the_one_that_was_just_made() {
    let mut shown = Vec::new();
    for definition in parse_schema(wharfinger_graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let TypeKind::Object(object) = &ty.node.kind else { continue };
        for field in &object.fields {
            let name = field.node.name.node.to_lowercase();
            let is_text = field.node.ty.node.to_string().trim_end_matches('!') == "String";
            let words = ["secret", "password", "token", "privatekey", "sealed"];
            if is_text && words.iter().any(|word| name.contains(word)) {
                shown.push(format!("{}.{}", ty.node.name.node, field.node.name.node));
            }
        }
    }
    shown.sort();
    assert_eq!(shown, SHOWN_ONCE);
}
