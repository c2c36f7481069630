//! Text from a registry on its way into an error or a log: without control characters, and not longer than a line.

/// At most so many characters of foreign text are shown.
const SHOWN: usize = 200;

/// The text with everything escaped that is not plainly printable, cut after 200 characters.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::new();
    let mut length = 0;
    for letter in text.trim().chars() {
        let escaped = if is_plain(letter) { letter.to_string() } else { letter.escape_unicode().to_string() };
        length += escaped.chars().count();
        if length > SHOWN - 1 {
            shown.push('…');
            break;
        }
        shown.push_str(&escaped);
    }
    shown
}

/// Letters, digits, punctuation and spaces; not what moves the cursor, hides, or turns the direction of writing.
fn is_plain(letter: char) -> bool {
    let hidden = matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !letter.is_control() && !hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_control_characters_and_direction_marks() {
        assert_eq!(quoted("a\u{1b}[31m\nb\u{202e}c"), "a\\u{1b}[31m\\u{a}b\\u{202e}c");
    }

    #[test]
    fn never_shows_more_than_two_hundred_characters() {
        assert_eq!(quoted(&"x".repeat(5000)).chars().count(), 200);
        assert!(quoted(&"\u{7}".repeat(5000)).chars().count() <= 200);
        assert_eq!(quoted("short"), "short");
    }
}
