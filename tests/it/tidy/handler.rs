//! Tells an HTTP handler by its signature: the router's own registration is out of a parser's sight.

use syn::{FnArg, GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Type, TypeParamBound};

/// What axum extracts from a request, as parameters with a type argument …
const GENERIC_EXTRACTORS: &[&str] = &["State", "Json", "Path", "Query", "Form", "Extension", "ConnectInfo"];

/// … and without one.
const EXTRACTORS: &[&str] = &["Request", "HeaderMap", "Bytes", "MatchedPath", "OriginalUri", "Uri"];

/// What answers a request.
const ANSWERS: &[&str] = &["Response", "IntoResponse"];

/// Whether a function is async and takes what axum extracts by value, or answers a response.
pub(super) fn is_handler(signature: &Signature) -> bool {
    signature.asyncness.is_some() && (signature.inputs.iter().any(is_extracted) || answers(&signature.output))
}

fn is_extracted(argument: &FnArg) -> bool {
    let FnArg::Typed(argument) = argument else {
        return false;
    };
    let Some(last) = last_segment(&argument.ty) else {
        return false;
    };
    let generic = matches!(last.arguments, PathArguments::AngleBracketed(_));
    let is = |names: &[&str]| names.iter().any(|name| last.ident == name);
    is(EXTRACTORS) || (generic && is(GENERIC_EXTRACTORS))
}

/// Whether a response is what is returned, or is somewhere inside it, as in a result or a tuple.
fn answers(output: &ReturnType) -> bool {
    matches!(output, ReturnType::Type(_, ty) if holds_answer(ty))
}

fn holds_answer(ty: &Type) -> bool {
    match ty {
        Type::ImplTrait(bounds) => bounds.bounds.iter().any(is_answer_bound),
        Type::Tuple(tuple) => tuple.elems.iter().any(holds_answer),
        Type::Path(path) => path.path.segments.iter().any(|segment| is_answer(segment) || arguments_answer(segment)),
        _ => false,
    }
}

fn is_answer_bound(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Trait(bound) if bound.path.segments.iter().any(is_answer))
}

fn is_answer(segment: &PathSegment) -> bool {
    ANSWERS.iter().any(|name| segment.ident == name)
}

fn arguments_answer(segment: &PathSegment) -> bool {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return false;
    };
    arguments.args.iter().any(|argument| matches!(argument, GenericArgument::Type(ty) if holds_answer(ty)))
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(signature: &str) -> bool {
        is_handler(&syn::parse_str(signature).expect("a signature"))
    }

    #[test]
    fn an_async_function_with_an_extractor_is_a_handler() {
        assert!(judge("async fn review(State(gate): State<Gate>, body: Bytes) -> StatusCode"));
        assert!(judge("async fn page(axum::extract::Path(name): axum::extract::Path<String>) -> String"));
        assert!(judge("async fn track(request: Request, next: Next) -> Answer"));
    }

    #[test]
    fn an_async_function_that_answers_a_response_is_a_handler() {
        assert!(judge("async fn live() -> impl IntoResponse + use<>"));
        assert!(judge("async fn ready() -> Result<axum::response::Response, Refusal>"));
        assert!(judge("async fn both() -> (StatusCode, Response)"));
    }

    #[test]
    fn another_function_is_none() {
        assert!(!judge("fn encode(state: State<Gate>) -> Response"));
        assert!(!judge("async fn read(path: &Path, state: State) -> Vec<u8>"));
        assert!(!judge("async fn serve(listener: TcpListener) -> Result<(), Error>"));
    }
}
