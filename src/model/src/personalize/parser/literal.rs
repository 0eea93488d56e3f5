//! Arguments written out in the template that can be judged while it is written.

use super::Parser;
use crate::personalize::dates::names;
use crate::personalize::dates::pattern::Pattern;
use crate::personalize::dates::zone;
use crate::personalize::finding::{FindingCode, Fix};
use crate::personalize::functions::{self, Function, Kind};
use crate::personalize::program::{Expr, ExprId, Span};

impl Parser<'_> {
    /// Checks the arguments that are plain texts, and gives the place of a regular expression among them.
    pub(super) fn check_literals(&mut self, function: &'static Function, args: &[ExprId]) -> Option<u32> {
        let mut compiled = None;
        for (place, arg) in args.iter().enumerate() {
            let Expr::Text(text) = *self.program.expr(*arg) else {
                continue;
            };
            let span = self.program.span(*arg);
            let value = self.program.text(text).to_owned();
            match function.kind(place) {
                Some(Kind::Pattern) => match functions::compile(&value) {
                    Ok(regex) => {
                        compiled = Some(self.program.patterns.len() as u32);
                        self.program.patterns.push(regex);
                    }
                    Err(reason) => self.findings.error(
                        FindingCode::InvalidArgument,
                        span,
                        format!("This is not a regular expression: {reason}."),
                    ),
                },
                Some(Kind::DatePattern) => self.check_date_pattern(&value, span),
                Some(Kind::Locale) if !names::speaks(&value) => {
                    let pattern = args.iter().find_map(|arg| match *self.program.expr(*arg) {
                        Expr::Text(text) => Pattern::parse(self.program.text(text)).ok(),
                        _ => None,
                    });
                    if pattern.is_some_and(|pattern| pattern.has_names()) {
                        self.findings.warning(
                            FindingCode::UnsupportedLocale,
                            span,
                            "Names of months and days are printed in English whatever the locale; numbers are not affected.",
                            None,
                        );
                    }
                }
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

    fn check_date_pattern(&mut self, value: &str, span: Span) {
        match Pattern::parse(value) {
            Err(reason) => {
                self.findings
                    .error(FindingCode::InvalidArgument, span, format!("{reason}."));
            }
            Ok(pattern) => {
                let Some((found, meant, why)) = pattern.misleading() else {
                    return;
                };
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
        }
    }
}
