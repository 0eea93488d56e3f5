//! Calls as Handlebars writes them, `(eq a "b")`: they are no part of this language, and what to write instead is known.

use super::Parser;
use crate::personalize::finding::{FindingCode, Fix};
use crate::personalize::functions;
use crate::personalize::lexer::Token;
use crate::personalize::program::{ExprId, Span};

/// Helpers that Handlebars users know, and the operators that stand for them.
const HELPERS: [(&str, &str); 9] = [
    ("eq", "="),
    ("ne", "!="),
    ("neq", "!="),
    ("gt", ">"),
    ("lt", "<"),
    ("gte", ">="),
    ("lte", "<="),
    ("and", "and"),
    ("or", "or"),
];

impl Parser<'_> {
    /// Reads `(name value …)`, says how it is written here, and stands behind it; nothing where the bracket, which was
    /// read, starts something else.
    pub(super) fn prefix_call(&mut self, open: Span) -> Option<ExprId> {
        let Token::Name { name, quoted: false } = self.peek().token else {
            return None;
        };
        let text = &self.source[name.start()..name.end()];
        let operator = HELPERS.iter().find(|(helper, _)| *helper == text);
        let function = functions::find(text);
        if operator.is_none() && function.is_none() || !self.starts_value() {
            return None;
        }
        if !self.descend() {
            return Some(self.skip_rest());
        }
        self.next();
        let mut values = Vec::new();
        while !matches!(self.peek().token, Token::Close | Token::End | Token::Bad) {
            let before = self.at;
            values.push(self.prefix());
            if self.at == before {
                break;
            }
        }
        self.depth -= 1;
        let close = self.peek().span;
        if !self.eat(Token::Close) {
            return Some(self.skip_rest());
        }
        let whole = open.to(close);
        let written: Vec<&str> = values
            .iter()
            .map(|value| {
                let span = self.program.span(*value);
                &self.source[span.start()..span.end()]
            })
            .collect();
        let (shown, replacement) = match operator {
            Some((_, sign)) => {
                let joined = written.join(&format!(" {sign} "));
                let fits = written.len() == 2 || written.len() > 2 && matches!(*sign, "and" | "or");
                (format!("a {sign} b"), fits.then(|| format!("({joined})")))
            }
            None => {
                let call = format!("{text}({})", written.join(", "));
                (format!("{text}(…)"), Some(call))
            }
        };
        let shown = match &replacement {
            Some(replacement) if replacement.len() <= 60 => replacement
                .strip_prefix('(')
                .and_then(|inner| inner.strip_suffix(')'))
                .unwrap_or(replacement)
                .to_owned(),
            _ => shown,
        };
        let fix = replacement.map(|replacement| Fix {
            offset: whole.start(),
            length: whole.len(),
            title: format!("Write {shown}"),
            replacement,
        });
        let message = format!("{text} does not stand before its values here; write {shown}.");
        self.findings
            .error_with_fix(FindingCode::UnsupportedSyntax, whole, message, fix);
        Some(self.missing(whole))
    }

    /// Whether a value follows the next word.
    fn starts_value(&self) -> bool {
        match self.peek_at(1).token {
            Token::Name { name, quoted } => {
                let word = self.program.text(name);
                quoted || !matches!(word, "and" | "or")
            }
            Token::Text(_) | Token::Int(_) | Token::Float(_) | Token::At(_) | Token::Parent => true,
            // With a space between; else it is a call.
            Token::Open => self.peek().span.end < self.peek_at(1).span.start,
            _ => false,
        }
    }
}
