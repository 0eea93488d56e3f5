//! Cuts a template into text and tags.

mod trim;

use super::finding::{FindingCode, Findings, Fix};
use super::program::Span;
use trim::trim;

/// The two ways to write a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// `{{ … }}`
    Mustache,
    /// `{% … %}`
    Percent,
}

/// What a tag does, as far as its first characters tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TagKind {
    /// `{{{ … }}}` or `{{& … }}`: a value that is never escaped.
    Raw,
    /// A value, or an instruction that the parser tells apart.
    Plain,
    /// `{{! … }}`
    Comment,
}

/// A tag, without its braces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag {
    pub(crate) style: Style,
    pub(crate) kind: TagKind,
    /// All of it, braces included.
    pub(crate) span: Span,
    /// What stands between the braces.
    pub(crate) body: Span,
    /// Whether `~` stands at its start.
    pub(crate) trim_before: bool,
    /// Whether `~` stands at its end.
    pub(crate) trim_after: bool,
}

/// A part of a template.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Piece {
    Text(Span),
    Tag(Tag),
}

/// Cuts `source` into its parts, with white space taken away where tags ask for it.
pub(crate) fn scan(source: &str, findings: &mut Findings) -> Vec<Piece> {
    let mut pieces = pieces(source, findings);
    trim(source, &mut pieces);
    pieces
}

/// Cuts `source` into its parts as they stand.
pub(crate) fn pieces(source: &str, findings: &mut Findings) -> Vec<Piece> {
    let next_close = [Close::default(); 4];
    Scanner {
        source,
        next_close,
        open_comment: false,
        failed: 0,
    }
    .pieces(findings)
}

/// Where the next closing braces of one kind are, looking on from `from`.
#[derive(Debug, Clone, Copy, Default)]
struct Close {
    known: bool,
    from: usize,
    at: Option<usize>,
}

const MUSTACHE_CLOSE: usize = 0;
const PERCENT_CLOSE: usize = 1;
const RAW_CLOSE: usize = 2;
const COMMENT_CLOSE: usize = 3;
const CLOSES: [&str; 4] = ["}}", "%}", "}}}", "--"];

struct Scanner<'s> {
    source: &'s str,
    /// Remembered so that a template full of open braces is not searched to its end for each of them.
    next_close: [Close; 4],
    /// Whether a comment was found that nothing closes; then nothing closes the later ones either.
    open_comment: bool,
    /// Bytes looked at in vain; past a multiple of the source, quotes are no longer honoured.
    failed: usize,
}

impl Scanner<'_> {
    fn pieces(&mut self, findings: &mut Findings) -> Vec<Piece> {
        let bytes = self.source.as_bytes();
        let mut pieces = Vec::new();
        let mut text_from = 0;
        let mut at = 0;
        while let Some(found) = self.source[at..].find('{') {
            let open = at + found;
            let style = match bytes.get(open + 1) {
                Some(b'{') => Style::Mustache,
                Some(b'%') => Style::Percent,
                _ => {
                    at = open + 1;
                    continue;
                }
            };
            if style == Style::Mustache && open > text_from && bytes[open - 1] == b'\\' {
                push_text(&mut pieces, text_from, open - 1);
                text_from = open;
                at = open + 2;
                continue;
            }
            match self.tag(open, style, findings) {
                Some(tag) => {
                    push_text(&mut pieces, text_from, open);
                    text_from = tag.span.end();
                    at = text_from;
                    pieces.push(Piece::Tag(tag));
                }
                None => {
                    let (name, close) = match style {
                        Style::Mustache => ("{{", "}}"),
                        Style::Percent => ("{%", "%}"),
                    };
                    findings.error(
                        FindingCode::UnclosedTag,
                        Span::new(open, open + 2),
                        format!("This {name} is not closed; {close} is missing."),
                    );
                    at = open + 2;
                }
            }
        }
        push_text(&mut pieces, text_from, self.source.len());
        pieces
    }

    fn tag(&mut self, open: usize, style: Style, findings: &mut Findings) -> Option<Tag> {
        let bytes = self.source.as_bytes();
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
        let mut kind = TagKind::Plain;
        let mut from = open + 2;
        if style == Style::Mustache && byte(from) == b'{' {
            kind = TagKind::Raw;
            from += 1;
        }
        let trim_before = byte(from) == b'~';
        from += usize::from(trim_before);
        if style == Style::Mustache && kind == TagKind::Plain {
            match byte(from) {
                b'!' => return self.comment(open, from + 1, trim_before),
                b'&' => {
                    kind = TagKind::Raw;
                    from += 1;
                }
                _ => {}
            }
        }
        let triple = byte(open + 2) == b'{' && style == Style::Mustache;
        let close = match style {
            _ if triple => RAW_CLOSE,
            Style::Mustache => MUSTACHE_CLOSE,
            Style::Percent => PERCENT_CLOSE,
        };
        let (end, close) = match self.find_close(from, close) {
            Some(end) => (end, close),
            None if triple => {
                let end = self.find_close(from, MUSTACHE_CLOSE)?;
                findings.error_with_fix(
                    FindingCode::UnclosedTag,
                    Span::new(end, end + 2),
                    "A value that starts with {{{ ends with }}}; here are only two braces.",
                    Some(Fix {
                        offset: end,
                        length: 0,
                        replacement: "}".to_owned(),
                        title: "Add the third brace".to_owned(),
                    }),
                );
                (end, MUSTACHE_CLOSE)
            }
            None => return None,
        };
        let trim_after = end > from && byte(end - 1) == b'~';
        Some(Tag {
            style,
            kind,
            span: Span::new(open, end + CLOSES[close].len()),
            body: Span::new(from, end - usize::from(trim_after)),
            trim_before,
            trim_after,
        })
    }

    fn comment(&mut self, open: usize, from: usize, trim_before: bool) -> Option<Tag> {
        let bytes = self.source.as_bytes();
        let mut from = from;
        let mut end = self.plain_close(from, MUSTACHE_CLOSE);
        if self.source[from..].starts_with("--") {
            from += 2;
            end = None;
            let mut at = from;
            while !self.open_comment
                && let Some(dashes) = self.plain_close(at, COMMENT_CLOSE)
            {
                let after = dashes + 2;
                let braces = if bytes.get(after) == Some(&b'~') {
                    after + 1
                } else {
                    after
                };
                if self.source[braces..].starts_with("}}") {
                    end = Some(braces);
                    break;
                }
                at = dashes + 1;
            }
            self.open_comment |= end.is_none();
        }
        let end = end?;
        let trim_after = end > from && bytes[end - 1] == b'~';
        Some(Tag {
            style: Style::Mustache,
            kind: TagKind::Comment,
            span: Span::new(open, end + 2),
            body: Span::new(from, end),
            trim_before,
            trim_after,
        })
    }

    /// The closing braces from `from` on, wherever they stand.
    fn plain_close(&mut self, from: usize, close: usize) -> Option<usize> {
        let memo = &mut self.next_close[close];
        let reusable = memo.known && memo.from <= from && memo.at.is_none_or(|at| at >= from);
        if !reusable {
            let at = self.source[from..].find(CLOSES[close]).map(|found| from + found);
            *memo = Close {
                known: true,
                from,
                at,
            };
        }
        memo.at
    }

    /// The closing braces of the tag whose body starts at `from`: those outside quotes, if its quotes are in order.
    fn find_close(&mut self, from: usize, close: usize) -> Option<usize> {
        let plain = self.plain_close(from, close)?;
        if self.failed > 4 * self.source.len() {
            return Some(plain);
        }
        let bytes = self.source.as_bytes();
        let wanted = CLOSES[close].as_bytes();
        let mut at = from;
        while at < bytes.len() {
            match bytes[at] {
                quote @ (b'"' | b'\'') => {
                    at += 1;
                    while at < bytes.len() && bytes[at] != quote {
                        at += if bytes[at] == b'\\' { 2 } else { 1 };
                    }
                    at += 1;
                }
                b'{' if matches!(bytes.get(at + 1), Some(b'{' | b'%')) => {
                    self.failed += at - from;
                    // Braces that open before any that close: this tag was never closed.
                    return (plain < at).then_some(plain);
                }
                // Two braces end a tag that was opened by three: the caller says so.
                b'}' if close == RAW_CLOSE && bytes[at..].starts_with(b"}}") => {
                    self.failed += at - from;
                    return bytes[at..].starts_with(b"}}}").then_some(at);
                }
                _ if bytes[at..].starts_with(wanted) => return Some(at),
                _ => at += 1,
            }
        }
        self.failed += bytes.len() - from;
        Some(plain)
    }
}

fn push_text(pieces: &mut Vec<Piece>, from: usize, to: usize) {
    if from < to {
        pieces.push(Piece::Text(Span::new(from, to)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        scan(source, &mut Findings::default())
            .iter()
            .map(|piece| match piece {
                Piece::Text(span) => source[span.start()..span.end()].to_owned(),
                Piece::Tag(tag) => format!("<{}>", &source[tag.body.start()..tag.body.end()]),
            })
            .collect()
    }

    #[test]
    fn braces_in_quotes_do_not_close() {
        assert_eq!(texts(r#"a{%= "%} }}" %}b"#), ["a", "<= \"%} }}\" >", "b"]);
    }

    #[test]
    fn a_line_with_only_a_block_tag_vanishes() {
        assert_eq!(
            texts("a\n  {{#if x}}  \nb\n{{/if}}\nc"),
            ["a\n", "<#if x>", "b\n", "</if>", "c"]
        );
        assert_eq!(texts("a {{#if x}}\nb"), ["a ", "<#if x>", "\nb"]);
    }

    #[test]
    fn a_tilde_trims_its_side() {
        assert_eq!(texts("a \n {{~x~}} \n b"), ["a", "<x>", "b"]);
    }

    #[test]
    fn comments_may_hold_braces() {
        assert_eq!(
            texts("a{{!-- {{x}} --}}b{{! c }}d"),
            ["a", "< {{x}} -->", "b", "< c >", "d"]
        );
    }

    #[test]
    fn an_escaped_opening_is_text() {
        assert_eq!(texts(r"\{{x}}"), ["{{x}}"]);
    }
}
