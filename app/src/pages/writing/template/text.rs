//! What is done to a template's text at the cursor.

use std::ops::Range;

use heliograph_model::personalize::{Completion, CompletionKind, Fix};

/// A text, and where the cursor then stands in it, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edited {
    pub(super) text: String,
    pub(super) caret: usize,
}

/// The attribute of a profile that a completion names, by its path; none where it names something else.
pub(super) fn attribute(text: &str, offered: &Completion) -> Option<String> {
    if offered.kind != CompletionKind::Field {
        return None;
    }
    let before = text.get(..offered.replace_from)?;
    let named = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
    let start = before
        .rfind(|letter| !named(letter))
        .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    let under = before[start..].strip_prefix("profile.")?;
    Some(format!("{under}{}", offered.label))
}

/// What of a text becomes what, so that it is another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change<'a> {
    /// The part that goes, in UTF-16 units.
    pub(super) part: Range<u32>,
    /// What comes in its place.
    pub(super) insert: &'a str,
}

/// The smallest change from one text to another, of whole letters.
pub(super) fn change<'a>(before: &str, after: &'a str) -> Change<'a> {
    let head: usize = before
        .chars()
        .zip(after.chars())
        .take_while(|(one, other)| one == other)
        .map(|(letter, _)| letter.len_utf8())
        .sum();
    let tail: usize = before[head..]
        .chars()
        .rev()
        .zip(after[head..].chars().rev())
        .take_while(|(one, other)| one == other)
        .map(|(letter, _)| letter.len_utf8())
        .sum();
    Change {
        part: units_of(before, head)..units_of(before, before.len() - tail),
        insert: &after[head..after.len() - tail],
    }
}

/// The place in bytes of a place in UTF-16 units, as the browser counts.
pub(super) fn bytes_of(text: &str, units: usize) -> usize {
    let mut passed = 0;
    for (at, letter) in text.char_indices() {
        if passed >= units {
            return at;
        }
        passed += letter.len_utf16();
    }
    text.len()
}

/// The place in UTF-16 units of a place in bytes.
pub(super) fn units_of(text: &str, bytes: usize) -> u32 {
    let units = text[..bytes.min(text.len())].encode_utf16().count();
    u32::try_from(units).unwrap_or(u32::MAX)
}

/// Puts what was chosen of the list in place of what was typed of it. A field closes its braces, whatever has fields of
/// its own goes on with a dot.
pub(super) fn complete(text: &str, caret: usize, chosen: &Completion) -> Edited {
    let mut typed = text[..chosen.replace_from].to_owned();
    typed.push_str(&chosen.insert);
    let rest = &text[caret..];
    match chosen.kind {
        CompletionKind::Fragment => return call(typed, rest),
        CompletionKind::Argument => return between_quotes(typed, rest),
        _ => {}
    }
    let inner = matches!(chosen.kind, CompletionKind::Root) || chosen.detail == "object";
    let ends = matches!(chosen.kind, CompletionKind::Field) && !inner && !chosen.detail.starts_with("list");
    if inner {
        typed.push('.');
    } else if ends && opened_by_braces(&typed) && !closed_ahead(rest) {
        typed.push_str("}}");
    }
    Edited {
        caret: typed.len(),
        text: typed + rest,
    }
}

/// A call of a fragment whose name has just been put in: its quotes and braces are closed, and the cursor stands in the
/// first value that is wanted.
fn call(mut typed: String, rest: &str) -> Edited {
    let tag = typed.rfind("{{").unwrap_or_default();
    let open = typed[tag..].matches('"').count() % 2 == 1;
    let quote = match (open, typed[tag..].matches('\'').count() % 2 == 1) {
        (true, _) => Some('"'),
        (_, true) => Some('\''),
        _ => None,
    };
    if let Some(quote) = quote.filter(|quote| !rest.starts_with(*quote)) {
        typed.push(quote);
    }
    let wanted = typed[tag..].find("\"\"").map(|at| tag + at + 1);
    if !closed_ahead(rest) {
        typed.push_str("}}");
    }
    Edited {
        caret: wanted.unwrap_or(typed.len()),
        text: typed + rest,
    }
}

/// The cursor between the quotes that the text now ends with.
fn between_quotes(typed: String, rest: &str) -> Edited {
    Edited {
        caret: typed.len() - 1,
        text: typed + rest,
    }
}

/// Is the last tag one of `{{`, and no block?
fn opened_by_braces(typed: &str) -> bool {
    match (typed.rfind("{{"), typed.rfind("{%")) {
        (Some(open), percent) => {
            percent.is_none_or(|percent| percent < open) && !typed[open..].contains(['#', ' '])
        }
        _ => false,
    }
}

/// Are the braces closed before others open?
fn closed_ahead(rest: &str) -> bool {
    match (rest.find("}}"), rest.find("{{")) {
        (Some(close), Some(open)) => close < open,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// Puts a tag in at the cursor.
pub(super) fn insert(text: &str, caret: usize, tag: &str) -> Edited {
    Edited {
        text: format!("{}{tag}{}", &text[..caret], &text[caret..]),
        caret: caret + tag.len(),
    }
}

/// Mends a finding; none where the text has changed so that it no longer fits.
pub(super) fn mend(text: &str, fix: &Fix) -> Option<Edited> {
    Some(Edited {
        text: fix.apply(text)?,
        caret: fix.offset + fix.replacement.len(),
    })
}

#[cfg(test)]
mod tests {
    use heliograph_model::personalize::{self, Argument, FragmentOffer, Need, Schema};

    use super::*;

    fn choose(text: &str, label: &str) -> String {
        let caret = text.find('|').expect("a cursor");
        let text = text.replace('|', "");
        let fragments = [FragmentOffer {
            name: "more".into(),
            description: String::new(),
            arguments: vec![Argument {
                name: "sport".into(),
                need: Need::Required,
            }],
        }];
        let offered = personalize::complete_with(&text, caret, &Schema::standard(), &fragments);
        let chosen = offered
            .iter()
            .find(|one| one.label == label)
            .expect("it is offered");
        let edited = complete(&text, caret, chosen);
        format!(
            "{}|{}",
            &edited.text[..edited.caret],
            &edited.text[edited.caret..]
        )
    }

    #[test]
    fn a_chosen_field_closes_its_braces_once() {
        assert_eq!(choose("Hi {{prof|", "profile"), "Hi {{profile.|");
        assert_eq!(
            choose("Hi {{profile.person.name.fir| there", "firstName"),
            "Hi {{profile.person.name.firstName}}| there"
        );
        assert_eq!(
            choose("{{profile.person.name.fir|}}", "firstName"),
            "{{profile.person.name.firstName|}}"
        );
        assert_eq!(
            choose("{%= profile.person.name.fir| %}", "firstName"),
            "{%= profile.person.name.firstName| %}"
        );
    }

    #[test]
    fn a_chosen_fragment_closes_its_quotes_and_braces_once() {
        let whole = "{{fragment name=\"more\" sport=\"|\"}}";
        assert_eq!(choose("{{mo|", "more"), whole);
        assert_eq!(
            choose("{{fragment name=\"mo| there", "more"),
            "{{fragment name=\"more\"}}| there"
        );
        assert_eq!(
            choose("{{fragment name='|'}}", "more"),
            "{{fragment name='more|'}}"
        );
        assert_eq!(choose("{{fragment name=\"more\" sp|}}", "sport"), whole);
    }

    #[test]
    fn the_browser_counts_in_units() {
        let text = "é🙂a";
        assert_eq!(bytes_of(text, 3), 6);
        assert_eq!(units_of(text, 6), 3);
        assert_eq!(bytes_of(text, 99), text.len());
    }

    #[test]
    fn an_offered_field_of_the_profile_is_known_by_its_path() {
        let attribute_of = |text: &str, label: &str| {
            let offered = personalize::complete(text, text.len(), &Schema::standard());
            let one = offered
                .iter()
                .find(|one| one.label == label)
                .expect("it is offered");
            attribute(text, one)
        };
        let first = Some("person.name.firstName".to_owned());
        assert_eq!(attribute_of("Hé {{profile.person.name.fi", "firstName"), first);
        assert_eq!(
            attribute_of("{%= upperCase(profile.person.name.", "firstName"),
            first
        );
        assert_eq!(attribute_of("{{prof", "profile"), None);
        assert_eq!(attribute_of("{{device.", "platform"), None);
    }

    #[test]
    fn a_change_is_as_small_as_can_be() {
        let small = |before, after| {
            let Change { part, insert } = change(before, after);
            (part.start, part.end, insert)
        };
        assert_eq!(small("Hi {{prof there", "Hi {{profile. there"), (9, 9, "ile."));
        assert_eq!(small("🙂é fristName", "🙂é firstName"), (5, 7, "ir"));
        assert_eq!(small("aaa", "aa"), (2, 3, ""));
        assert_eq!(small("🙂", "🙃"), (0, 2, "🙃"));
        assert_eq!(small("same", "same"), (4, 4, ""));
    }

    #[test]
    fn a_fix_that_no_longer_fits_does_nothing() {
        let fix = Fix {
            offset: 3,
            length: 4,
            replacement: "x".into(),
            title: String::new(),
        };
        assert_eq!(mend("abc", &fix), None);
        assert_eq!(mend("abcdefgh", &fix).unwrap().text, "abcxh");
    }
}
