//! The known word that is nearest to an unknown one, for "did you mean".

/// The nearest word, when it is near enough to be meant: at most a third of its letters differ.
pub(super) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let folded = word.to_lowercase();
    let ranked = known.into_iter().map(|candidate| (distance(&folded, &candidate.to_lowercase()), candidate));
    let (distance, candidate) = ranked.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= candidate.len().max(word.len())).then_some(candidate)
}

/// How many letters must be put in, taken out or changed (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_word_with_few_letters_wrong_and_no_other() {
        let known = ["webhook.listen", "api.listen", "metrics.listen"];
        assert_eq!(nearest("webhok.listen", known), Some("webhook.listen"));
        assert_eq!(nearest("API.Listen", known), Some("api.listen"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn counts_each_letter_that_differs() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("same", "same"), 0);
    }
}
