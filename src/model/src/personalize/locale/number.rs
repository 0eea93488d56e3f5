//! Numbers and amounts of money as a locale writes them.

use std::fmt::Write;

use bumpalo::collections::String as BumpString;

use super::{Column, Locale};
use crate::personalize::value::{Digits, Num};

/// A pattern such as `#,##0.00 ¤`, for positive numbers.
struct Layout<'p> {
    prefix: &'p str,
    suffix: &'p str,
    /// Digits of the group next to the decimal sign; 0 for none.
    first_group: usize,
    /// Digits of the further groups.
    other_groups: usize,
}

impl<'p> Layout<'p> {
    fn read(pattern: &'p str) -> Layout<'p> {
        let positive = pattern.split(';').next().unwrap_or(pattern);
        let number = |c: char| matches!(c, '#' | '0' | ',' | '.');
        let start = positive.find(number).unwrap_or(positive.len());
        let end = positive.rfind(number).map_or(start, |at| at + 1);
        let whole = positive[start..end].split('.').next().unwrap_or_default();
        let mut groups = whole.rsplit(',');
        let first = groups.next().map_or(0, str::len);
        let second = groups.next().map(str::len);
        let third = groups.next().is_some();
        Layout {
            prefix: &positive[..start],
            suffix: &positive[end..],
            first_group: if second.is_some() { first } else { 0 },
            // The outermost part of a pattern says nothing about the size of groups.
            other_groups: second.filter(|_| third).unwrap_or(first),
        }
    }
}

/// Writes a number as the locale does, with up to three decimals, as Java's `NumberFormat` does.
pub(crate) fn number(locale: Locale, value: Num, out: &mut BumpString<'_>) {
    let layout = Layout::read(locale.get(Column::NumberPattern));
    if negative(value) {
        out.push_str(locale.get(Column::Minus));
    }
    let signs = (locale.get(Column::Decimal), locale.get(Column::Group));
    digits(locale, value, (0, 3), signs, &layout, out);
}

/// Writes an amount of the currency of the locale's region as the locale does.
pub(crate) fn money(locale: Locale, value: Num, out: &mut BumpString<'_>) {
    let (code, decimals) = locale.currency().unwrap_or(("XXX", 2));
    let symbol = locale.symbol(code);
    let layout = Layout::read(locale.get(Column::MoneyPattern));
    if negative(value) {
        out.push_str(locale.get(Column::Minus));
    }
    affix(layout.prefix, symbol, true, out);
    let signs = (locale.get(Column::MoneyDecimal), locale.get(Column::MoneyGroup));
    digits(locale, value, (decimals, decimals), signs, &layout, out);
    affix(layout.suffix, symbol, false, out);
}

fn negative(value: Num) -> bool {
    match value {
        Num::Int(value) => value < 0,
        Num::Float(value) => value < 0.0,
    }
}

/// Writes what stands before or behind an amount. A sign that ends in a letter is kept off the digits by a space that
/// does not break (<https://www.unicode.org/reports/tr35/tr35-numbers.html#Currencies>).
fn affix(pattern: &str, symbol: &str, before: bool, out: &mut BumpString<'_>) {
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '.');
    for part in pattern.chars() {
        match part {
            '¤' => {
                if !before && pattern.starts_with('¤') && letter(symbol.chars().next()) {
                    out.push('\u{a0}');
                }
                out.push_str(symbol);
                if before && pattern.ends_with('¤') && letter(symbol.chars().next_back()) {
                    out.push('\u{a0}');
                }
            }
            '\'' => {}
            other => out.push(other),
        }
    }
}

/// Writes the digits of a number without its sign, with from the least to the most decimals.
fn digits(
    locale: Locale,
    value: Num,
    (least, most): (usize, usize),
    (decimal, group): (&str, &str),
    layout: &Layout<'_>,
    out: &mut BumpString<'_>,
) {
    let mut plain = Digits::default();
    // There is room for the digits of every number.
    let _ = match value {
        Num::Int(value) => write!(plain, "{}", value.unsigned_abs()),
        Num::Float(value) => write!(plain, "{:.most$}", value.abs()),
    };
    let (whole, fraction) = plain.as_str().split_once('.').unwrap_or((plain.as_str(), ""));
    let zero = locale.get(Column::Zero).chars().next().unwrap_or('0');
    let digit = |byte: u8| char::from_u32(u32::from(zero) + u32::from(byte - b'0')).unwrap_or('0');
    for (at, byte) in whole.bytes().enumerate() {
        let left = whole.len() - at;
        let starts_group = layout.first_group > 0
            && left >= layout.first_group
            && (left - layout.first_group).is_multiple_of(layout.other_groups.max(1));
        if at > 0 && starts_group {
            out.push_str(group);
        }
        out.push(digit(byte));
    }
    let kept = fraction.trim_end_matches('0').len().max(least);
    if kept > 0 {
        out.push_str(decimal);
        for at in 0..kept {
            out.push(digit(fraction.as_bytes().get(at).copied().unwrap_or(b'0')));
        }
    }
}
