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

#[test]
fn no_type_returns_a_secret() {
    for definition in parse_schema(wharfinger_graphql::sdl()).unwrap().definitions {
        let TypeSystemDefinition::Type(ty) = definition else { continue };
        let TypeKind::Object(object) = &ty.node.kind else { continue };
        for field in &object.fields {
            let name = field.node.name.node.to_lowercase();
            let is_secret =
                ["secret", "password", "token", "privatekey", "sealed"].iter().any(|word| name.contains(word));
            assert!(!is_secret, "{}.{name}", ty.node.name.node);
        }
    }
}
