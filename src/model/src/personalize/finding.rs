//! What is wrong or unwise in a template, and where.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub(crate) use super::near::nearest;
use super::program::{Program, Span};

/// Findings kept for one template; a template with more is broken in one place, and the rest is noise.
const MAX_FINDINGS: usize = 100;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The template cannot be used until this is put right.
    Error,
    /// The template works, though perhaps not as meant.
    Warning,
}

/// The kind of a finding, stable across releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// A `{{` or `{%` has no closing braces.
    UnclosedTag,
    /// A text in quotes does not end.
    UnclosedString,
    /// A block such as `{{#if}}` has no closing tag.
    UnclosedBlock,
    /// A closing tag closes nothing.
    UnexpectedClose,
    /// A closing tag names another block than the one that is open.
    CrossedBlocks,
    /// An `else` stands outside a block, or after the block's last `else`.
    UnexpectedElse,
    /// A block helper has a name that does not exist.
    UnknownHelper,
    /// Syntax of another template language.
    UnsupportedSyntax,
    /// A value was expected and something else, or nothing, was found.
    ExpectedExpression,
    /// A complete expression is followed by something that does not belong to it.
    UnexpectedToken,
    /// A character that has no meaning in an expression.
    InvalidCharacter,
    /// A backslash that is neither doubled nor the start of a known escape.
    InvalidEscape,
    /// A number that cannot be represented.
    InvalidNumber,
    /// A function has a name that does not exist.
    UnknownFunction,
    /// A function was given too few or too many arguments.
    WrongArgumentCount,
    /// A name that is neither a root, nor a variable, nor a field of the surrounding block.
    UnknownName,
    /// A variable would hide `profile`, `context` or `this`.
    ReservedName,
    /// An argument that can never work, such as an invalid regular expression or date pattern.
    InvalidArgument,
    /// A date pattern whose letters probably mean something else than the author thinks.
    MisleadingPattern,
    /// A locale whose words are not known.
    UnsupportedLocale,
    /// A template longer than the limit.
    TooLarge,
    /// Blocks or expressions nested more deeply than the limit.
    TooDeep,
    /// More findings than are shown.
    TooManyFindings,
    /// A path that the schema does not know.
    UnknownField,
    /// A value of a type that this place does not take.
    WrongType,
    /// A variable that is set and never read.
    UnusedVariable,
    /// A branch that can never be taken.
    UnreachableBranch,
    /// A field is printed without a fallback for those who have none.
    MissingFallback,
    /// A fragment has a name that does not exist.
    UnknownFragment,
    /// A fragment exists and was never published, so that it has no text to call.
    UnpublishedFragment,
    /// A fragment calls itself, by way of others perhaps.
    RecursiveFragment,
}

/// An edit that puts a finding right: replace `length` bytes at `offset` by `replacement`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// Start of the replaced part, in bytes of UTF-8 from the start of the template.
    pub offset: usize,
    /// Length of the replaced part in bytes; 0 to insert.
    pub length: usize,
    /// The text to put there.
    pub replacement: String,
    /// What the edit does, for a button: "Use firstName".
    pub title: String,
}

impl Fix {
    /// The text with the edit done; none where the text has changed so that it no longer fits.
    pub fn apply(&self, text: &str) -> Option<String> {
        let before = text.get(..self.offset)?;
        let after = text.get(self.offset + self.length..)?;
        Some(format!("{before}{}{after}", self.replacement))
    }
}

/// One thing that is wrong or unwise, with its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether the template can be used all the same.
    pub severity: Severity,
    /// The kind of the finding.
    pub code: FindingCode,
    /// Line of its start, from 1.
    pub line: usize,
    /// Column of its start in characters, from 1.
    pub column: usize,
    /// Its start in bytes of UTF-8 from the start of the template.
    pub offset: usize,
    /// Its length in bytes; 0 where something is missing.
    pub length: usize,
    /// One sentence: what was found, and what was expected or could be done.
    pub message: String,
    /// The edit that puts it right, where there is one.
    pub fix: Option<Fix>,
    /// The anchor of the entry of the reference that says more: the name of a function.
    #[serde(default)]
    pub entry: Option<String>,
}

impl Finding {
    /// Whether the finding forbids use of the template.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A finding whose line and column are not yet known.
#[derive(Debug)]
struct Draft {
    severity: Severity,
    code: FindingCode,
    span: Span,
    message: String,
    fix: Option<Fix>,
    entry: Option<&'static str>,
}

/// Collects findings while a template is read.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    drafts: Vec<Draft>,
    errors: usize,
    /// The worst of what was left out.
    dropped: Option<Severity>,
}

impl Findings {
    pub(crate) fn error(&mut self, code: FindingCode, span: Span, message: impl Into<String>) {
        self.add(Severity::Error, code, span, message.into(), None);
    }

    pub(crate) fn error_with_fix(
        &mut self,
        code: FindingCode,
        span: Span,
        message: impl Into<String>,
        fix: Option<Fix>,
    ) {
        self.add(Severity::Error, code, span, message.into(), fix);
    }

    pub(crate) fn warning(
        &mut self,
        code: FindingCode,
        span: Span,
        message: impl Into<String>,
        fix: Option<Fix>,
    ) {
        self.add(Severity::Warning, code, span, message.into(), fix);
    }

    /// Whether a further error is dropped; if so, one counts as dropped.
    pub(crate) fn is_full(&mut self) -> bool {
        let full = self.errors >= MAX_FINDINGS;
        if full {
            self.drop(Severity::Error);
        }
        full
    }

    fn drop(&mut self, severity: Severity) {
        self.dropped = Some(self.dropped.map_or(severity, |worst| worst.min(severity)));
    }

    fn add(&mut self, severity: Severity, code: FindingCode, span: Span, message: String, fix: Option<Fix>) {
        if self.drafts.len() >= MAX_FINDINGS {
            // No number of warnings hides an error.
            let warning = |draft: &Draft| draft.severity == Severity::Warning;
            match self.drafts.iter().rposition(warning) {
                Some(last) if severity == Severity::Error => {
                    self.drafts.remove(last);
                    self.drop(Severity::Warning);
                }
                _ => return self.drop(severity),
            }
        }
        self.errors += usize::from(severity == Severity::Error);
        self.drafts.push(Draft {
            severity,
            code,
            span,
            message,
            fix,
            entry: None,
        });
    }

    /// How many there are so far.
    pub(crate) fn count(&self) -> usize {
        self.drafts.len()
    }

    /// Says which entry of the reference explains what was found since there were so many.
    pub(crate) fn explain(&mut self, since: usize, entry: &'static str) {
        for draft in self.drafts.iter_mut().skip(since) {
            draft.entry.get_or_insert(entry);
        }
    }

    /// Takes over the findings of a part of the source that starts at `from`.
    pub(crate) fn absorb(&mut self, other: Findings, from: usize) {
        for draft in other.drafts {
            let span = Span::new(draft.span.start() + from, draft.span.end() + from);
            self.add(draft.severity, draft.code, span, draft.message, None);
        }
        if let Some(severity) = other.dropped {
            self.drop(severity);
        }
    }

    /// Says of findings inside a fragment where they are there, each once, and places them where it was called.
    fn place(&mut self, program: &Program) {
        let mut seen = BTreeSet::new();
        self.drafts.retain_mut(|draft| {
            let Some(region) = program.region(draft.span) else {
                return true;
            };
            let before = &program.pool[region.text.start()..draft.span.start()];
            let line = before.matches('\n').count() + 1;
            draft.message = format!("In the fragment {}, line {line}: {}", region.name, draft.message);
            draft.fix = None;
            let new = seen.insert((draft.span.start, draft.message.clone()));
            draft.span = program.place(draft.span);
            new
        });
    }

    /// The findings in the order of their place, each with line and column in the template's source.
    pub(crate) fn locate(mut self, program: &Program) -> Vec<Finding> {
        self.place(program);
        let source = program.source();
        if let Some(severity) = self.dropped {
            let end = Span::new(source.len(), source.len());
            let message = match severity {
                Severity::Error => {
                    format!("There are more than {MAX_FINDINGS} errors; put these right first.")
                }
                Severity::Warning => {
                    format!("There are more than {MAX_FINDINGS} findings; the last warnings are not shown.")
                }
            };
            self.drafts.push(Draft {
                severity,
                code: FindingCode::TooManyFindings,
                span: end,
                message,
                fix: None,
                entry: None,
            });
        }
        self.drafts
            .sort_by_key(|draft| (draft.span.start, draft.severity));
        let mut line = 1;
        let mut column = 1;
        let mut reached = 0;
        self.drafts
            .into_iter()
            .map(|draft| {
                let start = draft.span.start();
                for character in source[reached..start].chars() {
                    if character == '\n' {
                        line += 1;
                        column = 1;
                    } else {
                        column += 1;
                    }
                }
                reached = start;
                Finding {
                    severity: draft.severity,
                    code: draft.code,
                    line,
                    column,
                    offset: start,
                    length: draft.span.len(),
                    message: draft.message,
                    fix: draft.fix,
                    entry: draft.entry.map(str::to_owned),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_and_lines() {
        let source = "é\nñandú {{x}}";
        let mut findings = Findings::default();
        let at = source.find('x').unwrap();
        findings.error(FindingCode::UnknownName, Span::new(at, at + 1), "x");
        let program = Program {
            pool: source.to_owned(),
            source_len: source.len(),
            ..Program::default()
        };
        let found = findings.locate(&program);
        assert_eq!(
            (found[0].line, found[0].column, found[0].offset, found[0].length),
            (2, 9, at, 1)
        );
    }
}
