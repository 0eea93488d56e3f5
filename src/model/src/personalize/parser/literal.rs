//! Arguments written out in the template that can be judged while it is written.

use super::Parser;
use crate::personalize::dates::pattern::Pattern;
use crate::personalize::dates::zone;
use crate::personalize::finding::{FindingCode, Fix};
use crate::personalize::functions::{self, Function, Kind};
use crate::personalize::locale::Locale;
use crate::personalize::program::{Compiled, Expr, ExprId, Span};

impl Parser<'_> {
    /// Checks the arguments that are plain texts, and gives the place of the regular expression or date pattern among them.
    pub(super) fn check_literals(&mut self, function: &'static Function, args: &[ExprId]) -> Option<u32> {
        let mut compiled = None;
        for (place, arg) in args.iter().enumerate() {
            let Expr::Text(text) = *self.program.expr(*arg) else {
                continue;
            };
            let span = self.program.span(*arg);
            let value = self.program.text(text).to_owned();
            match function.kind(place) {
                Some(Kind::Pattern | Kind::DatePattern) if self.has_all_patterns() => {
                    let most = self.options.max_patterns;
                    let message = format!("The template has more than {most} patterns of texts and dates.");
                    self.findings.error(FindingCode::TooLarge, span, message);
                }
                Some(Kind::Pattern) => match functions::compile(&value) {
                    Ok(regex) => {
                        compiled = Some(self.program.compiled.len() as u32);
                        self.program.compiled.push(Compiled::Regex(regex));
                    }
                    Err(reason) => self.findings.error(
                        FindingCode::InvalidArgument,
                        span,
                        format!("This is not a regular expression: {reason}."),
                    ),
                },
                Some(Kind::DatePattern) => {
                    if let Some(pattern) = self.check_date_pattern(&value, span) {
                        compiled = Some(self.program.compiled.len() as u32);
                        self.program.compiled.push(Compiled::Date(pattern));
                    }
                }
                Some(Kind::Locale) if Locale::find(&value).is_none() => self.findings.warning(
                    FindingCode::UnsupportedLocale,
                    span,
                    format!("The locale {value} is not known; write it as fr_FR. English is used instead."),
                    None,
                ),
                Some(Kind::Zone) if zone::is_known(&value) == Some(false) => self.findings.error(
                    FindingCode::InvalidArgument,
                    span,
                    format!("{value} is not a time zone; write it as Europe/Paris, UTC or +02:00."),
                ),
                _ => {}
            }
        }
        compiled
    }

    /// Whether there are as many patterns as there may be.
    fn has_all_patterns(&self) -> bool {
        self.program.compiled.len() >= self.options.max_patterns
    }

    fn check_date_pattern(&mut self, value: &str, span: Span) -> Option<Pattern> {
        let pattern = match Pattern::parse(value) {
            Ok(pattern) => pattern,
            Err(reason) => {
                self.findings
                    .error(FindingCode::InvalidArgument, span, format!("{reason}."));
                return None;
            }
        };
        if let Some((found, meant, why)) = pattern.misleading() {
            let fix = self.source[span.start()..span.end()]
                .contains(value)
                .then(|| Fix {
                    offset: span.start() + 1,
                    length: value.len(),
                    replacement: value.replace(found, meant),
                    title: format!("Use {meant}"),
                });
            self.findings.warning(
                FindingCode::MisleadingPattern,
                span,
                format!("{found} is {why}; did you mean {meant}?"),
                fix,
            );
        }
        if let Some(message) = pattern.shortened() {
            self.findings
                .warning(FindingCode::MisleadingPattern, span, message, None);
        }
        Some(pattern)
    }
}
