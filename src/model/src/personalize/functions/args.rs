//! What a function is called with, and how it reads it.

use std::fmt::Write as _;

use bumpalo::collections::{String as BumpString, Vec as BumpVec};
use jiff::tz::TimeZone;
use regex_lite::Regex;

use super::compile;
use crate::personalize::dates::Moment;
use crate::personalize::locale::Locale;
use crate::personalize::program::{Compiled, Path, Program};
use crate::personalize::render::{Context, Fault, walk};
use crate::personalize::value::{BYTES_PER_UNIT, Items, Num, Val};

/// The arguments of one call.
pub(crate) struct Args<'c, 'a> {
    pub(crate) values: &'c mut [Val<'a>],
    pub(crate) context: &'c mut Context<'a>,
    pub(crate) program: &'a Program,
    /// The property argument, if the function takes one.
    pub(crate) property: Option<&'a Path>,
    /// The regular expression or the date pattern, if it was compiled when the template was read.
    pub(crate) compiled: Option<&'a Compiled>,
    /// A conversion that failed though the call has a result.
    pub(crate) warning: Option<String>,
}

impl<'a> Args<'_, 'a> {
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn has(&self, at: usize) -> bool {
        self.values.get(at).is_some_and(|value| !value.is_null())
    }

    pub(crate) fn is_null(&self, at: usize) -> bool {
        !self.has(at)
    }

    /// Takes an argument as it is; it is null afterwards.
    pub(crate) fn take(&mut self, at: usize) -> Val<'a> {
        self.values.get_mut(at).map(std::mem::take).unwrap_or_default()
    }

    /// An argument as text: printed, if it is something else; nothing is an empty text.
    pub(crate) fn text(&mut self, at: usize) -> Result<&'a str, Fault> {
        let value = self.take(at);
        let text = self.context.print(&value)?;
        // A function looks through its texts once at least.
        self.context.charge(text.len() / BYTES_PER_UNIT)?;
        Ok(text)
    }

    pub(crate) fn number(&mut self, at: usize) -> Result<Num, Fault> {
        let value = self.take(at);
        value.as_number().ok_or_else(|| unfit(&value, "a number"))
    }

    pub(crate) fn integer(&mut self, at: usize) -> Result<i64, Fault> {
        let value = self.take(at);
        value
            .as_number()
            .and_then(Num::as_i64)
            .ok_or_else(|| unfit(&value, "a whole number"))
    }

    /// A flag, or `default` where it is not given.
    pub(crate) fn flag(&mut self, at: usize, default: bool) -> bool {
        match self.take(at) {
            Val::Null => default,
            Val::Text(text) => !text.eq_ignore_ascii_case("false") && !text.is_empty(),
            other => other.is_true(),
        }
    }

    pub(crate) fn date(&mut self, at: usize) -> Result<Moment, Fault> {
        let value = self.take(at);
        self.read_date(&value).ok_or_else(|| unfit(&value, "a date"))
    }

    pub(crate) fn read_date(&mut self, value: &Val<'a>) -> Option<Moment> {
        match value {
            Val::Date(moment) => Some((*moment).clone()),
            Val::Text(text) => Moment::parse(text, Some(self.zone())),
            Val::Int(millis) => Moment::from_millis(*millis),
            Val::Float(millis) => Num::Float(*millis).as_i64().and_then(Moment::from_millis),
            _ => None,
        }
    }

    /// The profile's time zone.
    pub(crate) fn zone(&mut self) -> &TimeZone {
        self.context.zone()
    }

    /// A locale; English where none is given, and with a warning where it is not known.
    pub(crate) fn locale(&mut self, at: usize) -> Result<Locale, Fault> {
        if self.is_null(at) {
            return Ok(Locale::english());
        }
        let name = self.text(at)?;
        Ok(Locale::find(name).unwrap_or_else(|| {
            let short: String = name.chars().take(40).collect();
            self.warn(format!("the locale {short} is not known, and English is used"));
            Locale::english()
        }))
    }

    /// A list; nothing is an empty list, and a single value a list of one.
    pub(crate) fn list(&mut self, at: usize) -> Result<Items<'a>, Fault> {
        let value = self.take(at);
        let items = match value.items() {
            Some(items) => items,
            None if value.is_null() => Items::Json(&[]),
            None => Items::Made(self.context.single(value)?),
        };
        self.context.charge(items.len())?;
        Ok(items)
    }

    /// The value of the property argument in one item.
    pub(crate) fn property_of(&mut self, item: &Val<'a>) -> Result<Val<'a>, Fault> {
        match self.property {
            Some(path) => {
                let segments = self.program.segments(path.segments);
                Ok(walk(self.context, self.program, *item, segments)?)
            }
            None => Ok(Val::Null),
        }
    }

    /// Runs the regular expression that stands at a place.
    pub(crate) fn with_regex<T>(
        &mut self,
        at: usize,
        subject: &str,
        run: impl FnOnce(&mut Self, &Regex) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if let Some(Compiled::Regex(regex)) = self.compiled {
            let weight = work_per_byte(regex.as_str());
            self.context.charge(subject.len().saturating_mul(weight))?;
            return run(self, regex);
        }
        let pattern = self.text(at)?;
        let weight = work_per_byte(pattern);
        self.context.charge(subject.len().saturating_mul(weight))?;
        self.context
            .charge(pattern.len().saturating_mul(MOST_WORK_PER_BYTE))?;
        let classes = pattern.matches("\\p").count() + pattern.matches("\\P").count();
        self.context.charge(classes.saturating_mul(WORK_PER_CLASS))?;
        let regex = compile(pattern)
            .map_err(|reason| Fault::Failed(format!("{pattern} is not a regular expression: {reason}")))?;
        run(self, &regex)
    }

    /// Counts what the function wrote, and makes it its result.
    pub(crate) fn made(&mut self, text: BumpString<'a>) -> Result<Val<'a>, Fault> {
        self.context.charge_text(&text)?;
        Ok(Val::Text(text.into_bump_str()))
    }

    /// Writes a short text and makes it the result.
    pub(crate) fn written(&mut self, text: std::fmt::Arguments<'_>) -> Result<Val<'a>, Fault> {
        let mut out = self.context.text();
        // Writing to the arena cannot fail.
        let _ = out.write_fmt(text);
        self.made(out)
    }

    /// Makes a date the result.
    pub(crate) fn dated(&mut self, moment: Moment) -> Result<Val<'a>, Fault> {
        Ok(self.context.date(moment)?)
    }

    /// Makes a list, whose items were counted, the result.
    pub(crate) fn listed(&self, items: BumpVec<'a, Val<'a>>) -> Val<'a> {
        Val::List(items.into_bump_slice())
    }

    /// Notes a conversion that failed though the call has a result.
    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        self.warning = Some(warning.into());
    }
}

/// What a byte that a regular expression looks at costs at most, given the limit on the size of a compiled one.
const MOST_WORK_PER_BYTE: usize = 64;

/// What it costs to compile a class of characters by its name: some have hundreds of ranges.
const WORK_PER_CLASS: usize = 16 * 1024;

/// What a byte costs that a regular expression looks at: about one unit for each state it can be in.
pub(crate) fn work_per_byte(pattern: &str) -> usize {
    // Counted repetitions make few letters into many states.
    if pattern.contains('{') {
        MOST_WORK_PER_BYTE
    } else {
        pattern.len().clamp(1, MOST_WORK_PER_BYTE)
    }
}

/// Says that a value cannot be used as something else.
fn unfit(value: &Val<'_>, wanted: &str) -> Fault {
    let shown = match value {
        Val::Text(text) => {
            let short: String = text.chars().take(40).collect();
            format!("\"{short}\"")
        }
        other => other.type_name().to_owned(),
    };
    Fault::Failed(format!("{shown} is not {wanted}"))
}
