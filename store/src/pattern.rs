//! The pattern of a search, which every database reads alike.

/// The pattern that matches whatever has this text as a part, for `LIKE` with a backslash to escape.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        match letter {
            '%' | '_' | '\\' => pattern.extend(['\\', letter]),
            // No stored text has one, and PostgreSQL takes none.
            '\0' => pattern.push(char::REPLACEMENT_CHARACTER),
            _ => pattern.push(letter),
        }
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_every_character_for_itself() {
        assert_eq!(containing(r"50%_a\b"), r"%50\%\_a\\b%");
    }
}
