//! Finds the name that was meant.

/// The candidate nearest to `word`, if it is near enough to be what was meant.
///
/// Near enough is a Damerau-Levenshtein distance of at most a third of the word (at least 1), letter case aside.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A longer word is no typing mistake of ours, and the distance costs its square.
    const LONGEST: usize = 64;
    let wanted: Vec<char> = word
        .chars()
        .flat_map(char::to_lowercase)
        .take(LONGEST + 1)
        .collect();
    if wanted.len() > LONGEST {
        return None;
    }
    let allowed = (wanted.len() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let letters: Vec<char> = candidate
                .chars()
                .flat_map(char::to_lowercase)
                .take(LONGEST + 1)
                .collect();
            if letters.len().abs_diff(wanted.len()) > allowed {
                return None;
            }
            let distance = edit_distance(&wanted, &letters);
            (distance <= allowed).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `from` into `to`.
fn edit_distance(from: &[char], to: &[char]) -> usize {
    let mut before = vec![0; to.len() + 1];
    let mut previous: Vec<usize> = (0..=to.len()).collect();
    let mut current = vec![0; to.len() + 1];
    for (row, left) in from.iter().enumerate() {
        current[0] = row + 1;
        for (column, right) in to.iter().enumerate() {
            let mut best = (previous[column] + usize::from(left != right))
                .min(previous[column + 1] + 1)
                .min(current[column] + 1);
            if row > 0 && column > 0 && *left == to[column - 1] && from[row - 1] == *right {
                best = best.min(before[column - 1] + 1);
            }
            current[column + 1] = best;
        }
        std::mem::swap(&mut before, &mut previous);
        std::mem::swap(&mut previous, &mut current);
    }
    previous[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_letter_is_near_and_another_word_is_not() {
        assert_eq!(nearest("fristName", ["lastName", "firstName"]), Some("firstName"));
        assert_eq!(nearest("FirstName", ["firstName"]), Some("firstName"));
        assert_eq!(nearest("city", ["tier", "firstName"]), None);
    }
}
