//! Counts the words and signs of a document without parsing it, as the grammar of GraphQL divides it into tokens.

/// How many tokens there are. A text that is no document has some number too.
pub(super) fn count(text: &str) -> usize {
    let mut count = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string(rest),
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '.' if rest.starts_with("...") => 3,
            _ if is_word(first) => rest.find(|letter| !is_word(letter)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let ignored = first == '#' || first == ',' || first == '\u{feff}' || first.is_whitespace();
        count += usize::from(!ignored);
        rest = rest.get(length..).unwrap_or_default();
    }
    count
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// The length of the string that this begins with.
fn string(text: &str) -> usize {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        return block.find("\"\"\"").map_or(text.len(), |end| end + 6);
    }
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' | '\n' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn words_signs_and_strings_count_one_each() {
        assert_eq!(count("{ a }"), 3);
        assert_eq!(count("query Q($first: Int = 20) { a(first: $first, s: \"x \\\" y\") ...F } # not this\n"), 24);
        assert_eq!(count("\"\"\"a \"b\" c\"\"\""), 1);
        assert_eq!(count("\"open"), 1);
        assert_eq!(count(" ,\n\t"), 0);
        assert_eq!(count("ä€"), 2);
    }
}
