//! Cuts what stands between a tag's braces into words.

use super::finding::{FindingCode, Findings, Fix};
use super::program::Span;
use super::scan::Style;

/// A word of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Token {
    /// A name as a part of the pool; `quoted` in backticks or brackets, so never a keyword.
    Name {
        name: Span,
        quoted: bool,
    },
    /// A text in quotes, as a part of the pool.
    Text(Span),
    Int(i64),
    Float(f64),
    /// `@index` and its kin; the name without the sign.
    At(Span),
    /// `../`
    Parent,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    Comma,
    Dot,
    Pipe,
    Fallback,
    Bang,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    /// An error was reported here; no second one is needed.
    Bad,
    End,
}

/// A word and its place in the source.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    pub(crate) token: Token,
    pub(crate) span: Span,
}

/// Whether a character can be part of a name.
///
/// The list of those that cannot is Journey Optimizer's
/// (<https://experienceleague.adobe.com/en/docs/journey-optimizer/using/content-management/personalization/personalization-syntax>),
/// and the characters of our operators `?:` and `-` with it.
pub(crate) fn is_name_char(character: char) -> bool {
    !character.is_whitespace()
        && !character.is_control()
        && !"!\"#%&'()*+,-./:;<=>?@[\\]^`{|}~".contains(character)
}

/// Appends the words of `source[body]`, closed by [`Token::End`], to `words`.
///
/// Texts with escapes are appended to `pool`, which starts with the source.
pub(crate) fn tokenize(
    source: &str,
    body: Span,
    style: Style,
    pool: &mut String,
    findings: &mut Findings,
    words: &mut Vec<Word>,
) {
    let mut lexer = Lexer {
        source,
        at: body.start(),
        end: body.end(),
        style,
        pool,
        findings,
    };
    let mut after_dot = false;
    // A fragment is called by any name that one may have (`crate::fragment::checked_name`), and not all are names of fields.
    let mut calls = style == Style::Mustache && source[..body.start()].ends_with('>');
    loop {
        lexer.skip_space();
        let start = lexer.at;
        let token = match calls.then(|| lexer.fragment_name()).flatten() {
            Some(name) => name,
            None => lexer.next(after_dot),
        };
        // The formatter has the sign among the words.
        calls = words.is_empty() && style == Style::Mustache && token == Token::Greater;
        words.push(Word {
            token,
            span: Span::new(start, lexer.at),
        });
        if token == Token::End {
            return;
        }
        after_dot = token == Token::Dot;
    }
}

/// Whether a character can be part of a fragment's name.
pub(crate) fn is_fragment_char(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-')
}

struct Lexer<'l> {
    source: &'l str,
    at: usize,
    end: usize,
    style: Style,
    pool: &'l mut String,
    findings: &'l mut Findings,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..self.end]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_space(&mut self) {
        self.at = self.end - self.rest().trim_start().len();
    }

    fn take(&mut self, length: usize, token: Token) -> Token {
        self.at += length;
        token
    }

    fn next(&mut self, after_dot: bool) -> Token {
        let Some(first) = self.peek() else {
            return Token::End;
        };
        let rest = self.rest();
        match first {
            '"' | '\'' => self.text(first),
            '`' => self.quoted_name('`'),
            '[' if after_dot => self.quoted_name(']'),
            _ if after_dot && is_name_char(first) => self.name(),
            '0'..='9' => self.number(),
            '@' => self.at_name(),
            '.' if rest.starts_with("../") => self.take(3, Token::Parent),
            '(' => self.take(1, Token::Open),
            ')' => self.take(1, Token::Close),
            '[' => self.take(1, Token::OpenBracket),
            ']' => self.take(1, Token::CloseBracket),
            ',' => self.take(1, Token::Comma),
            '.' => self.take(1, Token::Dot),
            '?' if rest.starts_with("?:") => self.take(2, Token::Fallback),
            '!' if rest.starts_with("!=") => self.take(2, Token::NotEqual),
            '!' => self.take(1, Token::Bang),
            '=' if rest.starts_with("==") => self.double_equals(),
            '=' => self.take(1, Token::Equal),
            '<' if rest.starts_with("<=") => self.take(2, Token::LessOrEqual),
            '<' => self.take(1, Token::Less),
            '>' if rest.starts_with(">=") => self.take(2, Token::GreaterOrEqual),
            '>' => self.take(1, Token::Greater),
            '+' => self.take(1, Token::Plus),
            '-' => self.take(1, Token::Minus),
            '*' => self.take(1, Token::Star),
            '/' => self.take(1, Token::Slash),
            '%' => self.take(1, Token::Percent),
            '&' if rest.starts_with("&&") => self.other_spelling("&&", "and"),
            '|' if rest.starts_with("||") => self.other_spelling("||", "or"),
            '|' => self.take(1, Token::Pipe),
            _ if is_name_char(first) => self.name(),
            _ => self.invalid(first),
        }
    }

    fn name(&mut self) -> Token {
        let start = self.at;
        let rest = self.rest();
        let mut length = 0;
        let mut characters = rest.chars().peekable();
        while let Some(character) = characters.next() {
            // Handlebars names may hold hyphens; in an expression a hyphen subtracts.
            let hyphen = character == '-'
                && self.style == Style::Mustache
                && length > 0
                && characters.peek().is_some_and(|next| is_name_char(*next));
            if !is_name_char(character) && !hyphen {
                break;
            }
            length += character.len_utf8();
        }
        self.at += length;
        Token::Name {
            name: Span::new(start, self.at),
            quoted: false,
        }
    }

    fn fragment_name(&mut self) -> Option<Token> {
        let rest = self.rest();
        let length = rest
            .find(|letter| !is_fragment_char(letter))
            .unwrap_or(rest.len());
        let name = Span::new(self.at, self.at + length);
        (length > 0).then(|| self.take(length, Token::Name { name, quoted: false }))
    }

    fn quoted_name(&mut self, close: char) -> Token {
        let start = self.at + 1;
        match self.source[start..self.end].find(close) {
            Some(0) | None => {
                let span = Span::new(self.at, self.at + 1);
                self.findings.error(
                    FindingCode::UnclosedString,
                    span,
                    format!("A name is expected here, closed by {close}."),
                );
                self.take(1, Token::Bad)
            }
            Some(length) => {
                self.at = start + length + 1;
                Token::Name {
                    name: Span::new(start, start + length),
                    quoted: true,
                }
            }
        }
    }

    fn at_name(&mut self) -> Token {
        self.at += 1;
        let start = self.at;
        match self.name() {
            Token::Name { name, .. } if name.len() > 0 => Token::At(name),
            _ => {
                self.findings.error(
                    FindingCode::InvalidCharacter,
                    Span::new(start - 1, start),
                    "@ is followed by index, first, last or key.",
                );
                Token::Bad
            }
        }
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        self.at += digits(self.rest());
        let fraction = self.rest().strip_prefix('.').map_or(0, digits);
        let token = if fraction > 0 {
            self.at += 1 + fraction;
            self.source[start..self.at].parse().ok().map(Token::Float)
        } else {
            self.source[start..self.at].parse().ok().map(Token::Int)
        };
        // Adobe's examples mark long integers as Java does: 56L.
        if self.rest().starts_with(['L', 'l']) && !self.rest()[1..].starts_with(is_name_char) {
            self.at += 1;
        }
        token.unwrap_or_else(|| {
            self.findings.error(
                FindingCode::InvalidNumber,
                Span::new(start, self.at),
                format!(
                    "{} is too large; whole numbers go up to {}.",
                    &self.source[start..self.at],
                    i64::MAX
                ),
            );
            Token::Bad
        })
    }

    fn double_equals(&mut self) -> Token {
        let span = Span::new(self.at, self.at + 2);
        self.findings.error_with_fix(
            FindingCode::UnexpectedToken,
            span,
            "Equality is written with a single =.",
            Some(Fix {
                offset: span.start(),
                length: 2,
                replacement: "=".to_owned(),
                title: "Use =".to_owned(),
            }),
        );
        self.take(2, Token::Equal)
    }

    fn other_spelling(&mut self, found: &str, wanted: &str) -> Token {
        let span = Span::new(self.at, self.at + found.len());
        self.findings.error_with_fix(
            FindingCode::UnexpectedToken,
            span,
            format!("{found} is written {wanted} here."),
            Some(Fix {
                offset: span.start(),
                length: found.len(),
                replacement: format!(" {wanted} "),
                title: format!("Use {wanted}"),
            }),
        );
        self.take(found.len(), Token::Bad)
    }

    fn invalid(&mut self, character: char) -> Token {
        let span = Span::new(self.at, self.at + character.len_utf8());
        let shown = if character.is_control() {
            format!("The character U+{:04X}", u32::from(character))
        } else {
            format!("The character {character}")
        };
        self.findings.error(
            FindingCode::InvalidCharacter,
            span,
            format!("{shown} has no meaning in an expression."),
        );
        self.take(character.len_utf8(), Token::Bad)
    }

    fn text(&mut self, quote: char) -> Token {
        let open = self.at;
        let start = open + 1;
        let mut unescaped: Option<usize> = None;
        let mut copied = start;
        let mut characters = self.source[start..self.end].char_indices();
        while let Some((index, character)) = characters.next() {
            let at = start + index;
            if character == quote {
                self.at = at + 1;
                return Token::Text(match unescaped {
                    None => Span::new(start, at),
                    Some(from) => {
                        self.pool.push_str(&self.source[copied..at]);
                        Span::new(from, self.pool.len())
                    }
                });
            }
            if character != '\\' {
                continue;
            }
            let from = *unescaped.get_or_insert(self.pool.len());
            unescaped = Some(from);
            self.pool.push_str(&self.source[copied..at]);
            let Some((_, escaped)) = characters.next() else {
                break;
            };
            copied = at + 1 + escaped.len_utf8();
            match escaped {
                '\\' | '"' | '\'' | '/' => self.pool.push(escaped),
                'n' => self.pool.push('\n'),
                'r' => self.pool.push('\r'),
                't' => self.pool.push('\t'),
                'u' => {
                    let code = self.source[copied..self.end].get(..4);
                    match code
                        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
                        .and_then(char::from_u32)
                    {
                        Some(decoded) => {
                            self.pool.push(decoded);
                            copied += 4;
                            characters = self.source[start..self.end].char_indices();
                            let skip = copied - start;
                            while characters.offset() < skip && characters.next().is_some() {}
                        }
                        None => self.bad_escape(at, 2),
                    }
                }
                _ => self.bad_escape(at, 1 + escaped.len_utf8()),
            }
        }
        self.at = self.end;
        self.findings.error(
            FindingCode::UnclosedString,
            Span::new(open, self.end),
            format!("This text is not closed; {quote} is missing."),
        );
        Token::Bad
    }

    fn bad_escape(&mut self, at: usize, length: usize) {
        self.findings.error_with_fix(
            FindingCode::InvalidEscape,
            Span::new(at, at + length),
            "A backslash inside quotes is written twice.",
            Some(Fix {
                offset: at,
                length: 0,
                replacement: "\\".to_owned(),
                title: "Double the backslash".to_owned(),
            }),
        );
    }
}
