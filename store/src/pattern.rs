//! The pattern of a search, which every database reads alike.

/// So much of a text is looked for, in characters. No stored text is as long, so that a longer one is found nowhere either
/// way; SQLite takes no pattern of more than 50,000 bytes.
const LONGEST: usize = 4_096;

/// The pattern that matches whatever has this text as a part, for `LIKE` with a backslash to escape.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len().min(LONGEST) + 2);
    pattern.push('%');
    for letter in text.chars().take(LONGEST) {
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

    #[test]
    fn a_pattern_is_never_longer_than_a_database_takes() {
        assert!(containing(&"%".repeat(100_000)).len() < 10_000);
        assert!(containing(&"\u{10ffff}".repeat(100_000)).len() < 50_000);
    }
}
