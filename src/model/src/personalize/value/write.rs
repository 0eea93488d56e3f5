//! Values as a reader sees them.

use std::fmt::{self, Write};

use serde_json::{Map, Value};

use super::{MAX_DATA_DEPTH, Val};

impl Val<'_> {
    /// Writes the value as a reader sees it: numbers without needless zeros, lists with commas, objects as JSON.
    pub(crate) fn write(&self, out: &mut impl Write) -> fmt::Result {
        self.write_nested(out, 0)
    }

    fn write_nested(&self, out: &mut impl Write, depth: usize) -> fmt::Result {
        if depth > MAX_DATA_DEPTH {
            return out.write_char('…');
        }
        match self {
            Val::Null => Ok(()),
            Val::Bool(value) => write!(out, "{value}"),
            Val::Int(value) => write!(out, "{value}"),
            Val::Large(value) => write!(out, "{value}"),
            Val::Float(value) => write_float(*value, out),
            Val::Text(text) => out.write_str(text),
            Val::Date(moment) => write!(out, "{moment}"),
            Val::Map(map) => write_json_map(map, out, depth),
            Val::Array(items) => write_joined(items.iter().map(Val::from_json), out, ", ", depth),
            Val::List(items) => write_joined(items.iter().copied(), out, ", ", depth),
        }
    }
}

/// Writes a number as people do: `4` for 4.0, `0.3` for 0.1 + 0.2.
fn write_float(value: f64, out: &mut impl Write) -> fmt::Result {
    // Fifteen digits are what a binary number holds of a decimal one; more are noise of the conversion.
    let noisy = value.abs() < 1e15;
    let rounded = if noisy {
        let mut digits = Digits::default();
        write!(digits, "{value:.14e}")?;
        digits.as_str().parse().unwrap_or(value)
    } else {
        value
    };
    if rounded == 0.0 {
        return out.write_char('0');
    }
    write!(out, "{rounded}")
}

/// The digits of one number, without memory of their own: 17 significant ones and 324 zeros at most.
pub(crate) struct Digits {
    bytes: [u8; 400],
    len: usize,
}

impl Default for Digits {
    fn default() -> Digits {
        Digits {
            bytes: [0; 400],
            len: 0,
        }
    }
}

impl Digits {
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl Write for Digits {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len());
        room.ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

fn write_joined<'v>(
    items: impl Iterator<Item = Val<'v>>,
    out: &mut impl Write,
    separator: &str,
    depth: usize,
) -> fmt::Result {
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.write_str(separator)?;
        }
        item.write_nested(out, depth + 1)?;
    }
    Ok(())
}

fn write_json_map(map: &Map<String, Value>, out: &mut impl Write, depth: usize) -> fmt::Result {
    out.write_char('{')?;
    for (at, (key, value)) in map.iter().enumerate() {
        if at > 0 {
            out.write_char(',')?;
        }
        write_json_text(key, out)?;
        out.write_char(':')?;
        write_json(value, out, depth + 1)?;
    }
    out.write_char('}')
}

fn write_json(value: &Value, out: &mut impl Write, depth: usize) -> fmt::Result {
    match value {
        _ if depth > MAX_DATA_DEPTH => out.write_str("null"),
        Value::Null => out.write_str("null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Number(value) => write!(out, "{value}"),
        Value::String(text) => write_json_text(text, out),
        Value::Object(map) => write_json_map(map, out, depth),
        Value::Array(items) => {
            out.write_char('[')?;
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.write_char(',')?;
                }
                write_json(item, out, depth + 1)?;
            }
            out.write_char(']')
        }
    }
}

fn write_json_text(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            '\n' => out.write_str("\\n")?,
            control if control < ' ' => write!(out, "\\u{:04x}", u32::from(control))?,
            other => out.write_char(other)?,
        }
    }
    out.write_char('"')
}
