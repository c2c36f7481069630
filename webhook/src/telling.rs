//! The words of an answer. The API server shows its user the first denial only, so one message names every denied image; all
//! of it is what the state of the namespace explains, without anything unprintable, and bounded in length.

use std::fmt::Write;

use wharfinger_domain::decision::Decision;
use wharfinger_domain::disclosure::Knowledge;
use wharfinger_domain::review::JudgedImage;
use wharfinger_domain::snapshot::NamespaceView;

use crate::codec::Head;
use crate::judgement::{Finding, Judged, Obstacle};

/// The longest message, in bytes.
const MESSAGE: usize = 2048;

/// The longest warning; what is longer may be cut by the API server.
const WARNING: usize = 120;

/// The most warnings in one answer.
const WARNINGS: usize = 5;

/// The longest reference in a message, and in a warning.
const REFERENCE: usize = 300;
const SHORT_REFERENCE: usize = 60;

/// The longest name or path in any text; Kubernetes allows 253 characters for the longest of its names.
const NAME: usize = 253;

/// What is left for ` and 1000000 more`, and for the punctuation around the list.
const REST: usize = 40;

/// Tells what a review came to.
pub(crate) struct Telling<'t> {
    pub(crate) judged: &'t Judged<'t, 't>,
    pub(crate) head: &'t Head<'t>,
    pub(crate) cluster: &'t str,
    /// The id under which the precise reason can be looked up.
    pub(crate) id: Option<&'t str>,
}

impl Telling<'_> {
    /// Why it was denied, in one text.
    pub(crate) fn message(&self) -> String {
        match (&self.judged.finding, &self.judged.view) {
            (Finding::Obstacle(obstacle), _) => format!("{}.{}", self.obstacle(*obstacle), self.reference_to_record()),
            (_, Some(view)) => self.denied_images(view),
            (_, None) => String::new(),
        }
    }

    /// What the user is warned of although it was let in: one line for each image, as far as they go, and what to do.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut lines = match (&self.judged.finding, &self.judged.view) {
            (Finding::Obstacle(obstacle), _) => vec![self.obstacle(*obstacle)],
            (Finding::Images { .. }, Some(view)) => self.image_lines(view),
            _ => Vec::new(),
        };
        if let Some(id) = self.id {
            let remedy = self.remedies().first().map(|remedy| format!("{}. ", capitalized(remedy)));
            lines.push(format!("{}Decision {id}.", remedy.unwrap_or_default()));
        }
        lines.iter().map(|line| cut(line, WARNING)).collect()
    }

    fn denied_images(&self, view: &NamespaceView<'_>) -> String {
        let images: Vec<_> = self.judged.images().iter().filter(|image| image.is_denied()).collect();
        let (noun, them) = if images.len() == 1 { ("image", "it") } else { ("images", "them") };
        let namespace = printable(self.head.namespace(), NAME);
        let mut message = format!("{} {noun} may not be used in namespace \"{namespace}\": ", images.len());
        let remedies = self.remedies().join("; or ");
        let end = format!(". To use {them}, {remedies}.{}", self.reference_to_record());
        let room = MESSAGE.saturating_sub(end.len() + REST);
        for (index, image) in images.iter().enumerate() {
            let line = self.line(image, view, REFERENCE);
            if index > 0 && message.len() + line.len() > room {
                let _ = write!(message, "; and {} more", images.len() - index);
                break;
            }
            let separator = if index > 0 { "; " } else { "" };
            let _ = write!(message, "{separator}{line}");
        }
        message + &end
    }

    /// A line for each image that is denied or warned of, denied ones first, and one line for those that have none.
    fn image_lines(&self, view: &NamespaceView<'_>) -> Vec<String> {
        let decided = |denied: bool| {
            let images = self.judged.images().iter();
            images.filter(move |image| image.is_denied() == denied && (denied || is_warned(image)))
        };
        let images: Vec<_> = decided(true).chain(decided(false)).collect();
        // The last line of all tells what to do.
        let room = WARNINGS - 1;
        let shown = if images.len() > room { room - 1 } else { images.len() };
        let mut lines: Vec<_> =
            images.iter().take(shown).map(|image| self.line(image, view, SHORT_REFERENCE)).collect();
        if shown < images.len() {
            lines.push(format!("and {} more images", images.len() - shown));
        }
        lines
    }

    /// Where an image stands, what it is, and why it is denied or warned of.
    fn line(&self, image: &JudgedImage<'_>, view: &NamespaceView<'_>, longest: usize) -> String {
        let prefix = match self.judged.finding {
            Finding::Images { prefix, .. } => prefix,
            Finding::Nothing | Finding::Obstacle(_) => "",
        };
        let words = image.decision.map(|decision| told(decision, view).words(view)).unwrap_or_default();
        format!("{} \"{}\" {words}", image.place.below(prefix), printable(image.reference, longest))
    }

    /// What can be done about the denied images, each thing once, in the order of the images.
    fn remedies(&self) -> Vec<&'static str> {
        let Some(view) = &self.judged.view else {
            return Vec::new();
        };
        let mut remedies = Vec::new();
        for decision in self.judged.images().iter().filter_map(|image| image.decision) {
            let remedy = told(decision, view).remedy().map(|remedy| remedy.words);
            remedies.extend(remedy.filter(|words| !remedies.contains(words)));
        }
        remedies
    }

    fn obstacle(&self, obstacle: Obstacle<'_>) -> String {
        match obstacle {
            Obstacle::NotReady => {
                "the rules are not loaded yet, so nothing is admitted; try again in a moment".to_owned()
            }
            Obstacle::ClusterUnknown => format!(
                "no cluster is called \"{}\"; correct the path in the webhook's configuration, or add the cluster to \
                 that of the server",
                printable(self.cluster, NAME)
            ),
            Obstacle::KindUnknown => format!(
                "the webhook is registered for objects of kind \"{}\", which cannot be judged; take them out of the \
                 webhook's rules",
                printable(self.head.kind(), NAME)
            ),
            Obstacle::Object(fault) => {
                let (path, problem) = (printable(&fault.path, NAME), printable(&fault.problem, REFERENCE));
                format!("{path} cannot be judged: {problem}")
            }
        }
    }

    fn reference_to_record(&self) -> String {
        self.id.map(|id| format!(" Decision {id}.")).unwrap_or_default()
    }
}

/// The decision as its requester may know it.
fn told(decision: Decision, view: &NamespaceView<'_>) -> Decision {
    decision.disclosed(view, Knowledge::NamespaceState)
}

fn is_warned(image: &JudgedImage<'_>) -> bool {
    image.decision.is_some_and(|decision| decision.is_allowed() && decision.warn)
}

/// The text in printable ASCII, so that it can stand in a header and between quotes; cut to this many characters. Only as
/// much of a long text is looked at as can be shown.
pub(crate) fn printable(text: &str, longest: usize) -> String {
    let escape = |character: char| {
        let plain = character == '\'' || (character.is_ascii_graphic() && !matches!(character, '"' | '\\'));
        if plain || character == ' ' { character.to_string() } else { character.escape_default().to_string() }
    };
    let escaped: String = text.chars().take(longest + 1).map(escape).collect();
    cut(&escaped, longest)
}

/// The beginning of a text, and dots for the rest.
fn cut(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(longest.saturating_sub(3));
    format!("{}...", text.get(..end).unwrap_or_default())
}

fn capitalized(words: &str) -> String {
    let mut rest = words.chars();
    rest.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_requester_wrote_is_escaped_and_cut() {
        assert_eq!(printable("host/path:1", 20), "host/path:1");
        assert_eq!(printable("a\r\n\u{7f}\"\\", 40), "a\\r\\n\\u{7f}\\\"\\\\");
        assert_eq!(printable(&"x".repeat(1_000_000), 10), "xxxxxxx...");
    }

    #[test]
    fn a_text_is_cut_between_two_characters() {
        for longest in 3..12 {
            let cut = cut("ab\u{2026}cd\u{2026}ef\u{2026}", longest);
            assert!(cut.len() <= longest && cut.ends_with("..."), "{cut}");
        }
        assert_eq!(cut("ab\u{2026}", 5), "ab\u{2026}");
    }
}
