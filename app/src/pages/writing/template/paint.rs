//! A template's text as runs that look alike: what each part is, and what is wrong with it.

use std::ops::Range;

use heliograph_model::personalize::{Severity, TokenKind, highlight};

/// What is wrong or unwise in a part of a text, given in bytes.
pub(super) type Mark = (Range<usize>, Severity);

/// How a run looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Look {
    ink: Option<Ink>,
    mark: Option<Severity>,
}

/// What a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Path,
    Call,
    Brace,
    Text,
    Number,
    Comment,
}

impl Ink {
    const fn of(kind: TokenKind) -> Option<Self> {
        Some(match kind {
            TokenKind::Field | TokenKind::Name => Self::Path,
            TokenKind::Function | TokenKind::Keyword => Self::Call,
            TokenKind::Brace => Self::Brace,
            TokenKind::Text => Self::Text,
            TokenKind::Literal => Self::Number,
            TokenKind::Comment => Self::Comment,
            TokenKind::Operator => return None,
        })
    }
}

impl Look {
    /// Its class in the style sheet; empty for text that is printed as it stands.
    pub(super) fn class(self) -> String {
        let ink = self.ink.map_or("", |ink| match ink {
            Ink::Path => "t-path",
            Ink::Call => "t-call",
            Ink::Brace => "t-brace",
            Ink::Text => "t-text",
            Ink::Number => "t-number",
            Ink::Comment => "t-comment",
        });
        let mark = self.mark.map_or("", |mark| match mark {
            Severity::Error => " t-bad",
            Severity::Warning => " t-warn",
        });
        format!("{ink}{mark}").trim_start().to_owned()
    }
}

/// A part of a text whose letters look alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) look: Look,
    pub(super) text: String,
}

/// The runs of a text, in order; together they are the text.
pub(super) fn runs(text: &str, marks: &[Mark]) -> Vec<Run> {
    let parts = highlight(text);
    let marks: Vec<Mark> = marks
        .iter()
        .map(|(part, severity)| (visible(text, part), *severity))
        .filter(|(part, _)| !part.is_empty())
        .collect();
    let mut edges: Vec<usize> = parts
        .iter()
        .flat_map(|part| [part.offset, part.offset + part.length])
        .chain(marks.iter().flat_map(|(part, _)| [part.start, part.end]))
        .chain([0, text.len()])
        .collect();
    edges.sort_unstable();
    edges.dedup();
    let mut runs: Vec<Run> = Vec::new();
    let mut ahead = parts.iter().peekable();
    for edge in edges.windows(2) {
        let (start, end) = (edge[0], edge[1]);
        while ahead.next_if(|part| part.offset + part.length <= start).is_some() {}
        let part = ahead.peek().filter(|part| part.offset <= start);
        let over = marks.iter().filter(|(part, _)| part.contains(&start));
        let look = Look {
            ink: part.and_then(|part| Ink::of(part.kind)),
            // Errors come first in the order of severities.
            mark: over.map(|(_, severity)| *severity).min(),
        };
        match runs.last_mut().filter(|last| last.look == look) {
            Some(last) => last.text.push_str(&text[start..end]),
            None => runs.push(Run {
                look,
                text: text[start..end].to_owned(),
            }),
        }
    }
    runs
}

/// The letters by which a part is seen: its own, or where it has none, since something is missing there, the one behind it
/// or else the one before.
fn visible(text: &str, part: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(part.start);
    let end = text.ceil_char_boundary(part.end.max(start));
    if start < end {
        return start..end;
    }
    match text[start..].chars().next().filter(|next| !next.is_whitespace()) {
        Some(next) => start..start + next.len_utf8(),
        None => match text[..start].char_indices().next_back() {
            Some((before, _)) => before..start,
            None => start..start,
        },
    }
}

/// Marks of a text that has been edited since, in their places in what it is now.
pub(super) fn moved(marks: &[Mark], before: &str, now: &str) -> Vec<Mark> {
    if before == now {
        return marks.to_vec();
    }
    let alike = |one: &mut dyn Iterator<Item = u8>, other: &mut dyn Iterator<Item = u8>| {
        one.zip(other).take_while(|(one, other)| one == other).count()
    };
    let head = alike(&mut before.bytes(), &mut now.bytes());
    let tail =
        alike(&mut before.bytes().rev(), &mut now.bytes().rev()).min(before.len().min(now.len()) - head);
    let to = |place: usize| match place {
        _ if place <= head => place,
        _ if place >= before.len() - tail => place + now.len() - before.len(),
        _ => head,
    };
    marks
        .iter()
        .map(|(part, severity)| (to(part.start)..to(part.end), *severity))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(text: &str, marks: &[Mark]) -> Vec<(String, String)> {
        let runs = runs(text, marks);
        let whole: String = runs.iter().map(|run| run.text.as_str()).collect();
        assert_eq!(whole, text);
        runs.into_iter().map(|run| (run.look.class(), run.text)).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(class, text)| ((*class).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn each_part_has_the_look_of_what_it_is() {
        assert_eq!(
            classes("Hi {%= upperCase(profile.name) ?: \"é\" %}{{!x}}!", &[]),
            pairs(&[
                ("", "Hi "),
                ("t-brace", "{%="),
                ("", " "),
                ("t-call", "upperCase"),
                ("", "("),
                ("t-path", "profile.name"),
                ("", ") ?: "),
                ("t-text", "\"é\""),
                ("", " "),
                ("t-brace", "%}"),
                ("t-comment", "{{!x}}"),
                ("", "!"),
            ])
        );
        assert_eq!(classes("", &[]), []);
    }

    #[test]
    fn what_is_wrong_is_marked_whatever_it_is() {
        let text = "{{profile.frist}} é";
        assert_eq!(
            classes(text, &[(10..15, Severity::Error), (2..15, Severity::Warning)]),
            pairs(&[
                ("t-brace", "{{"),
                ("t-path t-warn", "profile."),
                ("t-path t-bad", "frist"),
                ("t-brace", "}}"),
                ("", " é"),
            ])
        );
        // Something is missing at the end; a place of an older and longer text lies beyond it.
        assert_eq!(
            classes("aé", &[(3..3, Severity::Error)])[1],
            ("t-bad".into(), "é".into())
        );
        assert_eq!(
            classes("aé", &[(2..90, Severity::Error)])[1],
            ("t-bad".into(), "é".into())
        );
        assert_eq!(classes("", &[(0..0, Severity::Error)]), []);
    }

    #[test]
    fn marks_move_with_what_is_typed_around_them() {
        let mark = |part: Range<usize>| [(part, Severity::Error)];
        let before = "aa BAD zz";
        assert_eq!(moved(&mark(3..6), before, "aa+ BAD zz"), mark(4..7));
        assert_eq!(moved(&mark(3..6), before, "aa BAD zz more"), mark(3..6));
        assert_eq!(moved(&mark(3..6), before, "aa BxAD zz"), mark(3..7));
        assert_eq!(moved(&mark(3..6), before, "zz"), mark(0..0));
        assert_eq!(moved(&mark(3..6), before, ""), mark(0..0));
        assert_eq!(moved(&mark(0..4), "aaaa", "aaa"), mark(0..3));
    }
}
