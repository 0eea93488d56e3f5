//! The parts of a template by what they are, for an editor to colour.

use serde::{Deserialize, Serialize};

use super::finding::Findings;
use super::lexer::{Token, Word, tokenize};
use super::program::{Root, Span};
use super::scan::{Piece, Style, Tag, TagKind, pieces};

/// What a part of a template is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// The braces of a tag and the sign behind them.
    Brace,
    /// A comment, braces included.
    Comment,
    /// The name of a block, `else`, `let`, `and` and their kin.
    Keyword,
    /// A path that starts at a root.
    Field,
    /// Another name: a variable, a field of `this`, a property.
    Name,
    /// The name of a function that is called.
    Function,
    /// A text in quotes.
    Text,
    /// A number, `true`, `false` or `null`.
    Literal,
    /// An operator, a bracket or a comma.
    Operator,
}

/// A part of a template. What no part covers is text that is printed as it stands, or space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Highlight {
    /// What it is.
    pub kind: TokenKind,
    /// Its start in bytes of UTF-8.
    pub offset: usize,
    /// Its length in bytes.
    pub length: usize,
}

/// The parts of a template in order, whether it has errors or not.
pub fn highlight(source: &str) -> Vec<Highlight> {
    if source.len() > super::ParseOptions::default().max_bytes {
        return Vec::new();
    }
    let mut painter = Painter {
        source,
        found: Vec::new(),
    };
    for piece in pieces(source, &mut Findings::default()) {
        if let Piece::Tag(tag) = piece {
            painter.tag(&tag);
        }
    }
    painter.found
}

struct Painter<'s> {
    source: &'s str,
    found: Vec<Highlight>,
}

impl Painter<'_> {
    fn add(&mut self, kind: TokenKind, start: usize, end: usize) {
        if start < end {
            self.found.push(Highlight {
                kind,
                offset: start,
                length: end - start,
            });
        }
    }

    fn tag(&mut self, tag: &Tag) {
        if tag.kind == TagKind::Comment {
            return self.add(TokenKind::Comment, tag.span.start(), tag.span.end());
        }
        let body = &self.source[tag.body.start()..tag.body.end()];
        let trimmed = body.trim_start();
        let start = tag.body.end() - trimmed.len();
        let sign = trimmed.starts_with(['#', '/', '^', '=', '>']) && tag.kind != TagKind::Raw;
        let from = if sign { start + 1 } else { start };
        self.add(
            TokenKind::Brace,
            tag.span.start(),
            if sign { from } else { tag.body.start() },
        );
        let mut words = Vec::new();
        let span = Span::new(from, tag.body.end());
        tokenize(
            self.source,
            span,
            tag.style,
            &mut String::new(),
            &mut Findings::default(),
            &mut words,
        );
        let names_block = sign && !trimmed.starts_with(['=', '>']);
        let statement = !sign && tag.kind == TagKind::Plain;
        for at in 0..words.len() {
            let kind = self.kind(&words, at, tag.style, names_block, statement);
            if let Some(kind) = kind {
                self.add(kind, words[at].span.start(), words[at].span.end());
            }
        }
        self.add(TokenKind::Brace, tag.body.end(), tag.span.end());
    }

    fn kind(
        &self,
        words: &[Word],
        at: usize,
        style: Style,
        names_block: bool,
        statement: bool,
    ) -> Option<TokenKind> {
        let before = at.checked_sub(1).map(|before| words[before].token);
        let next = words.get(at + 1).map(|word| word.token);
        Some(match words[at].token {
            Token::End | Token::Bad => return None,
            Token::Text(_) => TokenKind::Text,
            Token::Int(_) | Token::Float(_) => TokenKind::Literal,
            Token::At(_) | Token::Parent => TokenKind::Name,
            Token::Name { quoted: true, .. } => self.part_of_path(words, at),
            Token::Name { name, quoted: false } => {
                let text = &self.source[name.start()..name.end()];
                let first = at == 0 && (names_block || (statement && next != Some(Token::Dot)));
                match text {
                    _ if first && names_block => TokenKind::Keyword,
                    "else" | "elseif" if first => TokenKind::Keyword,
                    "let" if first && style == Style::Percent => TokenKind::Keyword,
                    "fragment"
                        if first
                            && style == Style::Mustache
                            && matches!(next, Some(Token::Name { .. } | Token::Text(_))) =>
                    {
                        TokenKind::Keyword
                    }
                    "if" if at == 1 && statement => TokenKind::Keyword,
                    "and" | "or" | "not" | "as" if before != Some(Token::Dot) => TokenKind::Keyword,
                    "true" | "false" | "null" | "undefined" if before != Some(Token::Dot) => {
                        TokenKind::Literal
                    }
                    _ if next == Some(Token::Open) => TokenKind::Function,
                    _ => self.part_of_path(words, at),
                }
            }
            // The dots of a path look like the path.
            Token::Dot => self.part_of_path(words, at),
            _ => TokenKind::Operator,
        })
    }

    /// Whether the path that a word belongs to starts at a root.
    fn part_of_path(&self, words: &[Word], at: usize) -> TokenKind {
        let mut first = at;
        while first > 0 {
            let joined = words[first].token == Token::Dot || words[first - 1].token == Token::Dot;
            if !joined || !matches!(words[first - 1].token, Token::Name { .. } | Token::Dot) {
                break;
            }
            first -= 1;
        }
        match words[first].token {
            Token::Name { name, .. } if Root::named(&self.source[name.start()..name.end()]).is_some() => {
                TokenKind::Field
            }
            _ => TokenKind::Name,
        }
    }
}
