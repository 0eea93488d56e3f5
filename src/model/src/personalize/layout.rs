//! The canonical layout of a template.

use super::finding::Findings;
use super::lexer::{Token, Word, tokenize};
use super::parser::is_call;
use super::program::Span;
use super::scan::{Piece, Style, Tag, TagKind, pieces};

/// The template with every tag written in the canonical way; text is left as it is.
///
/// No space inside `{{ }}` and around `{%# %}`, one inside `{%= %}` and `{% let %}`; one around operators and after
/// commas, save the `=` of a value that is given to a fragment. Comments stay as they are.
pub(crate) fn format(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    for piece in pieces(source, &mut Findings::default()) {
        match piece {
            // What stood before an escaped tag is the backslash that escapes it.
            Piece::Text(span) => {
                let escaped = span.start() > 0
                    && source[span.start()..].starts_with("{{")
                    && source.as_bytes()[span.start() - 1] == b'\\';
                if escaped {
                    out.push('\\');
                }
                out.push_str(&source[span.start()..span.end()]);
            }
            Piece::Tag(tag) if tag.kind == TagKind::Comment => {
                out.push_str(&source[tag.span.start()..tag.span.end()]);
            }
            Piece::Tag(tag) => write_tag(source, &tag, &mut out),
        }
    }
    out
}

fn write_tag(source: &str, tag: &Tag, out: &mut String) {
    let body = &source[tag.body.start()..tag.body.end()];
    let trimmed = body.trim_start();
    let start = tag.body.end() - trimmed.len();
    // The braces, the sign that follows them, the word that is no expression, and where the expression starts.
    let (open, close) = match (tag.style, tag.kind) {
        (Style::Mustache, TagKind::Raw) => ("{{{", "}}}"),
        (Style::Mustache, _) => ("{{", "}}"),
        (Style::Percent, _) => ("{%", "%}"),
    };
    let sign = match trimmed.chars().next() {
        Some(sign @ ('#' | '/' | '^' | '=')) if tag.kind != TagKind::Raw => Some(sign),
        _ => None,
    };
    let from = start + sign.map_or(0, char::len_utf8);
    let spaced =
        tag.style == Style::Percent && (sign == Some('=') || (sign.is_none() && trimmed.starts_with("let")));
    out.push_str(open);
    if tag.trim_before {
        out.push('~');
    }
    if let Some(sign) = sign {
        out.push(sign);
    }
    // Right behind the braces the sign of `not` would open a comment.
    if spaced || trimmed.starts_with('!') {
        out.push(' ');
    }
    let mut words = Vec::new();
    let span = Span::new(from, tag.body.end());
    tokenize(
        source,
        span,
        tag.style,
        &mut String::new(),
        &mut Findings::default(),
        &mut words,
    );
    let call = match tag.style {
        Style::Mustache if sign.is_none() => trimmed.strip_prefix("fragment").is_some_and(is_call),
        _ => false,
    };
    let layout = if call || trimmed.starts_with('>') {
        Layout::Call
    } else {
        Layout::Expression
    };
    write_words(source, &words, layout, out);
    if spaced {
        out.push(' ');
    }
    if tag.trim_after {
        out.push('~');
    }
    out.push_str(close);
}

/// How the words of a tag are set.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// As an expression.
    Expression,
    /// As the call of a fragment, whose `=` outside brackets gives a value and compares nothing.
    Call,
}

fn write_words(source: &str, words: &[Word], layout: Layout, out: &mut String) {
    let mut previous: Option<Token> = None;
    let mut depth = 0_usize;
    // Whether the previous word was a sign before a value and not an operator between two.
    let mut signs = false;
    // Bars come in pairs: between them no space is kept at the ends.
    let mut in_bars = false;
    for word in words {
        if word.token == Token::End {
            return;
        }
        let text = &source[word.span.start()..word.span.end()];
        let starts_value = match previous {
            None => true,
            Some(token) => {
                is_operator(token) || matches!(token, Token::Open | Token::OpenBracket | Token::Comma)
            }
        };
        let keyword = |token: Token| match token {
            Token::Name { name, quoted: false } => {
                matches!(
                    &source[name.start()..name.end()],
                    "and" | "or" | "not" | "if" | "as"
                )
            }
            _ => false,
        };
        let after_keyword = previous.is_some_and(keyword);
        match word.token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        let gives = layout == Layout::Call && depth == 0;
        let space = match (previous, word.token) {
            (None, _) => false,
            (Some(Token::Equal), _) | (_, Token::Equal) if gives => false,
            // Without the space the dot would make a fraction.
            (Some(Token::Int(_)), Token::Dot) => true,
            (_, Token::Comma | Token::Close | Token::CloseBracket | Token::Dot) => false,
            (Some(Token::Dot | Token::Open | Token::OpenBracket | Token::Parent), _) => false,
            (_, Token::Open) => !matches!(previous, Some(Token::Name { .. })) && !signs || after_keyword,
            (Some(Token::Name { .. } | Token::Close | Token::CloseBracket), Token::OpenBracket) => {
                after_keyword
            }
            (Some(Token::Pipe), _) if in_bars => false,
            (_, Token::Pipe) => !in_bars,
            _ => !signs,
        };
        if space {
            out.push(' ');
        }
        out.push_str(text);
        signs = word.token == Token::Bang || (word.token == Token::Minus && (starts_value || after_keyword));
        if word.token == Token::Pipe {
            in_bars = !in_bars;
        }
        previous = Some(word.token);
    }
}

fn is_operator(token: Token) -> bool {
    matches!(
        token,
        Token::Fallback
            | Token::Bang
            | Token::Equal
            | Token::NotEqual
            | Token::Less
            | Token::LessOrEqual
            | Token::Greater
            | Token::GreaterOrEqual
            | Token::Plus
            | Token::Minus
            | Token::Star
            | Token::Slash
            | Token::Percent
    )
}
