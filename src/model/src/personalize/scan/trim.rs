//! White space around tags.

use super::{Piece, Style, Tag, TagKind};
use crate::personalize::program::Span;

/// Takes white space away from texts beside tags.
///
/// As in Handlebars, `~` inside a tag's braces trims that side, and a tag that prints nothing and stands alone on its
/// line takes the whole line with it (<https://handlebarsjs.com/guide/expressions.html#whitespace-control>).
pub(super) fn trim(source: &str, pieces: &mut [Piece]) {
    let whole = Span::new(0, source.len());
    let originals: Vec<Option<Span>> = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(span) => Some(*span),
            Piece::Tag(_) => None,
        })
        .collect();
    for at in 0..pieces.len() {
        let Piece::Tag(tag) = pieces[at] else { continue };
        // A neighbour that is a tag leaves no text to trim, and ends the line for the purpose of standing alone.
        let before = if at == 0 {
            Some(Span::new(0, 0))
        } else {
            originals[at - 1]
        };
        let after = match originals.get(at + 1) {
            Some(next) => *next,
            None => Some(Span::new(whole.end(), whole.end())),
        };
        let mut cut_before = None;
        let mut cut_after = None;
        if let (Some(before), Some(after), true) = (before, after, is_silent(source, &tag)) {
            let left = source[before.start()..before.end()].trim_end_matches([' ', '\t']);
            let right = source[after.start()..after.end()].trim_start_matches([' ', '\t']);
            let starts_line = left.ends_with('\n') || (left.is_empty() && before.start == 0);
            let line_end = if right.starts_with("\r\n") {
                Some(2)
            } else if right.starts_with('\n') {
                Some(1)
            } else if right.is_empty() && after.end == whole.end {
                Some(0)
            } else {
                None
            };
            if let (true, Some(length)) = (starts_line, line_end) {
                cut_before = Some(before.start() + left.len());
                cut_after = Some(after.end() - right.len() + length);
            }
        }
        if tag.trim_before
            && let Some(before) = before
        {
            cut_before = Some(before.start() + source[before.start()..before.end()].trim_end().len());
        }
        if tag.trim_after
            && let Some(after) = after
        {
            cut_after = Some(after.end() - source[after.start()..after.end()].trim_start().len());
        }
        if let (Some(cut), true) = (cut_before, at > 0)
            && let Piece::Text(span) = &mut pieces[at - 1]
        {
            span.end = span.end.min(cut as u32).max(span.start);
        }
        if let (Some(cut), Some(Piece::Text(span))) = (cut_after, pieces.get_mut(at + 1)) {
            span.start = span.start.max(cut as u32).min(span.end);
        }
    }
}

/// Whether a tag prints nothing itself, so that its line may vanish.
fn is_silent(source: &str, tag: &Tag) -> bool {
    if tag.kind == TagKind::Comment {
        return true;
    }
    let body = source[tag.body.start()..tag.body.end()].trim_start();
    match body.as_bytes().first() {
        Some(b'#' | b'/' | b'^') => true,
        _ => {
            let word = body
                .split(|c: char| !c.is_alphanumeric())
                .next()
                .unwrap_or_default();
            matches!(word, "else" | "elseif") || (tag.style == Style::Percent && word == "let")
        }
    }
}
