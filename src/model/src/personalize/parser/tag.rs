//! Tells what kind of tag it is.

use super::{Parser, fragment};
use crate::personalize::elsewhere;
use crate::personalize::finding::{FindingCode, Fix};
use crate::personalize::program::{Op, Span};
use crate::personalize::scan::{Style, Tag, TagKind};

impl Parser<'_> {
    pub(super) fn tag(&mut self, tag: Tag) {
        if tag.kind == TagKind::Comment {
            return;
        }
        let body = &self.source[tag.body.start()..tag.body.end()];
        let trimmed = body.trim_start();
        let start = tag.body.end() - trimmed.len();
        let inner = Span::new(start, tag.body.end());
        match (trimmed.as_bytes().first(), tag.style) {
            _ if tag.kind == TagKind::Raw => self.emit(tag, inner),
            (Some(b'#'), _) => self.open_block(tag, Span::new(start + 1, inner.end())),
            (Some(b'/'), _) => self.close_block(tag, Span::new(start + 1, inner.end())),
            (Some(b'^'), Style::Mustache) if trimmed[1..].trim().is_empty() => {
                self.otherwise(tag, Span::new(inner.end(), inner.end()));
            }
            (Some(b'^'), Style::Mustache) => {
                self.unsupported(tag.span, "An inverted block is written {{#unless …}}.", None);
            }
            (Some(b'>'), Style::Mustache) => self.call_fragment(tag, Span::new(start + 1, inner.end())),
            (Some(b'='), Style::Percent) => self.emit(tag, Span::new(start + 1, inner.end())),
            _ => self.word_tag(tag, inner, trimmed),
        }
    }

    /// A tag that is told by its first word: `else`, `let`, or a value.
    fn word_tag(&mut self, tag: Tag, inner: Span, trimmed: &str) {
        let word = trimmed
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default();
        let rest = Span::new(inner.start() + word.len(), inner.end());
        // `else` as the first step of a path is a name, not the keyword.
        let alone = !self.source[rest.start()..rest.end()]
            .trim_start()
            .starts_with('.');
        match (word, tag.style) {
            ("else" | "elseif", _) if alone => {
                let condition = if word == "elseif" {
                    Span::new(rest.start() - 2, rest.end())
                } else {
                    rest
                };
                self.otherwise(tag, condition);
            }
            ("let", Style::Percent) => self.let_tag(tag, rest),
            ("set" | "assign", Style::Percent) => {
                let fix = Fix {
                    offset: inner.start(),
                    length: word.len(),
                    replacement: "let".to_owned(),
                    title: "Use let".to_owned(),
                };
                let message = format!("{word} is written let here: {{% let total = 0 %}}.");
                self.unsupported(tag.span, message, Some(fix));
            }
            ("if" | "elif" | "endif" | "for" | "endfor" | "each" | "unless" | "with", Style::Percent) => {
                let (wanted, at) = match word {
                    "endif" => ("/if", word.len()),
                    "endfor" => ("/each", word.len()),
                    "elif" => ("else if", word.len()),
                    "for" => ("#each", word.len()),
                    other => (other, 0),
                };
                let replacement = if at == 0 {
                    "#".to_owned()
                } else {
                    wanted.to_owned()
                };
                let shown = if at == 0 {
                    format!("#{wanted}")
                } else {
                    wanted.to_owned()
                };
                let fix = Fix {
                    offset: inner.start(),
                    length: at,
                    replacement,
                    title: format!("Use {{%{shown}%}}"),
                };
                let message =
                    format!("{{% {word} %}} is not part of this language; it is written {{%{shown}%}}.");
                self.unsupported(tag.span, message, Some(fix));
            }
            (_, Style::Percent) => {
                let fix = Fix {
                    offset: tag.span.start() + 2,
                    length: 0,
                    replacement: "=".to_owned(),
                    title: "Use {%= … %}".to_owned(),
                };
                self.unsupported(tag.span, "A value is printed with {%= … %}.", Some(fix));
            }
            ("fragment", Style::Mustache) if fragment::is_call(&self.source[rest.start()..rest.end()]) => {
                self.call_fragment(tag, rest);
            }
            (_, Style::Mustache) => match elsewhere::helper(word) {
                Some(helper) if fragment::is_call(&self.source[rest.start()..rest.end()]) => {
                    let fix = helper.is_silent.then(|| Fix {
                        offset: tag.span.start(),
                        length: tag.span.len(),
                        replacement: String::new(),
                        title: format!("Take out {word}"),
                    });
                    self.unsupported(tag.span, helper.says, fix);
                }
                _ => self.emit(tag, inner),
            },
        }
    }

    /// `#else`: it opens no block, and one that were never closed would hide what else there is to say.
    pub(super) fn else_with_sign(&mut self, tag: Tag, name: Span) {
        let word = match &self.source[name.start()..name.end()] {
            "else" => "else",
            _ => "else if",
        };
        let sign = tag.body.start() + self.source[tag.body.start()..name.start()].find('#').unwrap_or(0);
        let fix = Fix {
            offset: sign,
            length: name.end() - sign,
            replacement: word.to_owned(),
            title: format!("Use {word}"),
        };
        let message = format!("{word} is no block of its own, and has no #.");
        self.unsupported(tag.span, message, Some(fix));
    }

    pub(super) fn unsupported(&mut self, span: Span, message: impl Into<String>, fix: Option<Fix>) {
        self.findings
            .error_with_fix(FindingCode::UnsupportedSyntax, span, message, fix);
    }

    pub(super) fn emit(&mut self, tag: Tag, body: Span) {
        self.read(body, tag.style);
        let value = self.expression();
        self.expect_end();
        self.program.ops.push(Op::Emit {
            value,
            escaped: tag.kind != TagKind::Raw,
        });
    }
}
