//! Goes through the words of a tag.

use super::Parser;
use crate::personalize::finding::FindingCode;
use crate::personalize::lexer::{Token, Word, tokenize};
use crate::personalize::program::Span;
use crate::personalize::scan::Style;

impl Parser<'_> {
    /// Cuts a part of the source into words and stands before the first.
    pub(super) fn read(&mut self, body: Span, style: Style) {
        self.words.clear();
        self.at = 0;
        self.depth = 0;
        tokenize(
            self.source,
            body,
            style,
            &mut self.program.pool,
            &mut self.findings,
            &mut self.words,
        );
    }

    pub(super) fn peek(&self) -> Word {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Word {
        // The last word is the end, and reading past it reads it again.
        let at = (self.at + ahead).min(self.words.len() - 1);
        self.words[at]
    }

    pub(super) fn next(&mut self) -> Word {
        let word = self.peek();
        if self.at + 1 < self.words.len() {
            self.at += 1;
        }
        word
    }

    pub(super) fn eat(&mut self, token: Token) -> bool {
        let found = self.peek().token == token;
        if found {
            self.next();
        }
        found
    }

    /// Whether the next word is this keyword.
    pub(super) fn at_keyword(&self, keyword: &str) -> bool {
        match self.peek().token {
            Token::Name { name, quoted: false } => self.program.text(name) == keyword,
            _ => false,
        }
    }

    pub(super) fn expect_end(&mut self) {
        let word = self.peek();
        let rest_is_bad = self.words[self.at..].iter().any(|word| word.token == Token::Bad);
        if word.token == Token::End || rest_is_bad {
            return;
        }
        let found = &self.source[word.span.start()..word.span.end()];
        let message = match word.token {
            Token::Close => "This ) closes nothing.".to_owned(),
            Token::CloseBracket => "This ] closes nothing.".to_owned(),
            Token::Pipe if self.names_fragment(1) => {
                "A fragment is called in a tag of its own: {{fragment id='…' field=value}}.".to_owned()
            }
            Token::Pipe => {
                "| is no operator here; a value is changed by a function around it: upperCase(…).".to_owned()
            }
            _ => format!("{found} does not belong here; an operator or the end of the tag is expected."),
        };
        self.findings
            .error(FindingCode::UnexpectedToken, word.span, message);
    }

    /// Whether the word so far ahead is `fragment`.
    fn names_fragment(&self, ahead: usize) -> bool {
        match self.peek_at(ahead).token {
            Token::Name { name, .. } => self.program.text(name) == "fragment",
            _ => false,
        }
    }
}
