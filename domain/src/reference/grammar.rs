//! The parts of a reference behind its host: path, tag and digest, each as strict as the kubelet's own parser.

use super::ReferenceError;

/// The longest tag, in bytes.
const MAX_TAG: usize = 128;

/// How many hexadecimal digits a digest of this algorithm has; `None` for an algorithm that the kubelet does not know.
pub(super) fn digits_of(algorithm: &str) -> Option<usize> {
    match algorithm {
        "sha256" => Some(64),
        "sha384" => Some(96),
        "sha512" => Some(128),
        _ => None,
    }
}

/// 64 lower-case hexadecimal digits and nothing else.
pub(super) fn is_image_id(raw: &str) -> bool {
    digits_of("sha256") == Some(raw.len()) && raw.bytes().all(is_lower_hexadecimal)
}

/// Whether a text is a repository path, of any length.
pub fn is_repository_path(path: &str) -> bool {
    check_path(path).is_ok()
}

pub(super) fn check_path(path: &str) -> Result<(), ReferenceError> {
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(ReferenceError::UpperCase);
    }
    path.split('/').try_for_each(check_component)
}

fn check_component(component: &str) -> Result<(), ReferenceError> {
    let bytes = component.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return Err(ReferenceError::EmptyComponent);
    };
    let words = is_word(*first) && is_word(*last);
    if words && bytes.split(|byte| is_word(*byte)).all(is_separator) { Ok(()) } else { Err(ReferenceError::Path) }
}

/// What joins two words of a component; nothing joins two characters of one word.
fn is_separator(bytes: &[u8]) -> bool {
    matches!(bytes, b"" | b"." | b"_" | b"__") || bytes.iter().all(|byte| *byte == b'-')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

pub(super) fn check_tag(tag: &str) -> Result<(), ReferenceError> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let sound = tag.len() <= MAX_TAG && tag.bytes().all(inner);
    if sound && !tag.is_empty() && !tag.starts_with(['.', '-']) { Ok(()) } else { Err(ReferenceError::Tag) }
}

/// A digest of an algorithm that is known. The library's own looser pattern lets others through only to refuse them after.
pub(super) fn check_digest(digest: &str) -> Result<(), ReferenceError> {
    let (algorithm, encoded) = digest.split_once(':').ok_or(ReferenceError::DigestAlgorithm)?;
    let digits = digits_of(algorithm).ok_or(ReferenceError::DigestAlgorithm)?;
    let sound = encoded.len() == digits && encoded.bytes().all(is_lower_hexadecimal);
    if sound { Ok(()) } else { Err(ReferenceError::Digest) }
}

fn is_lower_hexadecimal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}
