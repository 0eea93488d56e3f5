//! Writes values into the text.

use super::context::Bounded;
use super::machine::Machine;
use crate::personalize::scope::{Escape, RenderError};
use crate::personalize::value::Val;

impl Machine<'_> {
    #[inline]
    pub(super) fn push(&mut self, text: &str) -> Result<(), RenderError> {
        if self.out.len() + text.len() > self.context.limits.output_bytes {
            return Err(RenderError::OutputTooLong {
                limit: self.context.limits.output_bytes,
            });
        }
        self.out.push_str(text);
        Ok(())
    }

    #[inline]
    pub(super) fn emit(&mut self, value: &Val<'_>, escaped: bool) -> Result<(), RenderError> {
        let escaped = escaped && self.escape == Escape::Html;
        match value {
            Val::Null => Ok(()),
            Val::Text(text) if escaped => self.push_escaped(text),
            Val::Text(text) => self.push(text),
            // Digits and a sign need no escape, nor a formatter.
            Val::Int(value) => {
                let before = self.out.len();
                self.push(itoa::Buffer::new().format(*value))?;
                self.context.charge(self.out.len() - before)
            }
            other => {
                let limit = self.context.limits.output_bytes;
                let start = self.out.len();
                let mut bounded = Bounded {
                    text: std::mem::take(&mut self.out),
                    limit,
                };
                let written = other.write(&mut bounded);
                self.out = bounded.text;
                if written.is_err() {
                    return Err(RenderError::OutputTooLong { limit });
                }
                if escaped && self.out[start..].contains(NEEDS_ESCAPE) {
                    let plain = self.context.arena.alloc_str(&self.out[start..]);
                    self.out.truncate(start);
                    self.push_escaped(plain)?;
                }
                self.context.charge(self.out.len() - start)
            }
        }
    }

    /// Escapes what Handlebars escapes (<https://handlebarsjs.com/guide/#html-escaping>).
    fn push_escaped(&mut self, text: &str) -> Result<(), RenderError> {
        let mut rest = text;
        while let Some(at) = rest.find(NEEDS_ESCAPE) {
            self.push(&rest[..at])?;
            self.push(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#x27;",
                b'`' => "&#x60;",
                _ => "&#x3D;",
            })?;
            rest = &rest[at + 1..];
        }
        self.push(rest)
    }
}

const NEEDS_ESCAPE: [char; 7] = ['&', '<', '>', '"', '\'', '`', '='];
