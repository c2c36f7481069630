//! Keeps what strangers wrote from doing anything to the log. A name with a line break would begin a line that the product
//! never wrote, and one with an escape sequence would move the reader's cursor, or turn the direction of writing.

use std::fmt::{self, Debug, Write as _};
use std::io;

use tracing::field::Field;
use tracing_subscriber::field::{MakeExt, MakeVisitor, VisitFmt, VisitOutput};
use tracing_subscriber::fmt::format::{Writer, debug_fn};

/// Writes the fields of a line for people, each on its way through [`Inert`].
pub(super) fn fields()
-> impl for<'w> MakeVisitor<Writer<'w>, Visitor: VisitFmt + VisitOutput<fmt::Result>> + Send + Sync + 'static {
    debug_fn(|writer: &mut Writer<'_>, field: &Field, value: &dyn Debug| {
        if field.name() != "message" {
            write!(writer, "{field}=")?;
        }
        write!(Inert(writer), "{value:?}")
    })
    .delimited(" ")
}

/// Writes every character that has no shape of its own as an escape.
struct Inert<W>(W);

impl<W: fmt::Write> fmt::Write for Inert<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|letter| {
            if is_inert(letter) { self.0.write_char(letter) } else { write!(self.0, "{}", letter.escape_debug()) }
        })
    }
}

/// Whether a character shows what it is. Quotes and backslashes do, though Rust writes them as escapes.
fn is_inert(letter: char) -> bool {
    matches!(letter, ' '..='~') || (!letter.is_ascii() && letter.escape_debug().len() == 1)
}

/// Writes lines of JSON, in which line breaks and the like are escaped already, and escapes the rest as JSON does.
pub(super) struct Json<W>(pub(super) W);

impl<W: io::Write> io::Write for Json<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(line) {
            Ok(text) if !text.chars().all(|letter| letter == '\n' || is_inert(letter)) => {
                self.0.write_all(escaped(text).as_bytes())?;
            }
            _ => self.0.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A text of JSON in which only letters that show what they are stand for themselves.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter == '\n' || is_inert(letter) {
            text.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // A text can always be written to.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const HOSTILE: &str =
        "a\n2026-01-01T00:00:00Z  INFO forged\r\u{1b}[2J\u{9b}31m\u{7f}\u{202e}txt.\u{2028}ü \"q\" \\";

    #[test]
    fn text_that_moves_the_cursor_or_turns_the_writing_is_escaped() {
        let mut text = String::new();
        write!(Inert(&mut text), "{HOSTILE}").unwrap();
        let expected = r#"a\n2026-01-01T00:00:00Z  INFO forged\r\u{1b}[2J\u{9b}31m\u{7f}\u{202e}txt.\u{2028}ü "q" \"#;
        assert_eq!(text, expected);
    }

    #[test]
    fn a_line_of_json_says_the_same_and_is_inert() {
        let line = format!("{}\n", serde_json::json!({ "name": HOSTILE, "tag": "\u{e0001}" }));
        let mut written = Vec::new();
        Json(&mut written).write_all(line.as_bytes()).unwrap();
        let text = String::from_utf8(written).unwrap();
        assert!(text.trim_end().chars().all(is_inert), "{text}");
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, serde_json::json!({ "name": HOSTILE, "tag": "\u{e0001}" }));
    }
}
