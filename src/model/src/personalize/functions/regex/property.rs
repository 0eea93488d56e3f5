//! The classes of characters that Java's `\p{…}` names
//! (<https://docs.oracle.com/javase/8/docs/api/java/util/regex/Pattern.html#ucc>).

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The classes that are most used, for a message.
pub(super) const KNOWN: &str =
    "L, Lu, Ll, M, N, Nd, P, S, Sc, Z, Alpha, Digit, Alnum, Upper, Lower, Punct and Space";

/// Unicode's general categories: a name and the ends of its ranges on each line. A test holds them against another table
/// and says what to put here. Licensed as the data of the locales.
const CATEGORIES: &str = include_str!("categories.tsv");

/// Ranges of characters, both ends inside, in order.
type Ranges = Vec<(char, char)>;

static TABLE: LazyLock<BTreeMap<&str, Ranges>> = LazyLock::new(|| {
    let lines = CATEGORIES.lines().filter_map(|line| line.split_once('\t'));
    lines.map(|(name, coded)| (name, decode(coded))).collect()
});

static ALPHABETIC: LazyLock<Ranges> = LazyLock::new(|| scan(char::is_alphabetic));
static LOWERCASE: LazyLock<Ranges> = LazyLock::new(|| scan(char::is_lowercase));
static UPPERCASE: LazyLock<Ranges> = LazyLock::new(|| scan(char::is_uppercase));

/// A class of characters.
pub(super) struct Property(Ranges);

impl Property {
    /// The class of that name. POSIX names are of ASCII alone, as in Java.
    pub(super) fn named(name: &str) -> Option<Property> {
        let ascii =
            |holds: fn(&char) -> bool| Some(Property(runs((0..128_u8).map(char::from).filter(holds))));
        match name {
            "Alpha" => ascii(char::is_ascii_alphabetic),
            "Digit" => ascii(char::is_ascii_digit),
            "Alnum" => ascii(char::is_ascii_alphanumeric),
            "Upper" => ascii(char::is_ascii_uppercase),
            "Lower" => ascii(char::is_ascii_lowercase),
            "Punct" => ascii(char::is_ascii_punctuation),
            "Graph" => ascii(char::is_ascii_graphic),
            "Print" => ascii(|c| c.is_ascii_graphic() || *c == ' '),
            "Blank" => ascii(|c| matches!(c, ' ' | '\t')),
            "Cntrl" => ascii(char::is_ascii_control),
            "XDigit" => ascii(char::is_ascii_hexdigit),
            "Space" => ascii(|c| matches!(c, ' ' | '\t'..='\r')),
            "ASCII" => ascii(|_| true),
            "IsAlphabetic" => Some(Property(ALPHABETIC.clone())),
            "IsLowercase" => Some(Property(LOWERCASE.clone())),
            "IsUppercase" => Some(Property(UPPERCASE.clone())),
            "IsLetter" => Property::named("L"),
            "IsDigit" => Property::named("Nd"),
            "IsPunctuation" => Property::named("P"),
            "IsWhite_Space" => Some(Property(scan(char::is_whitespace))),
            _ => {
                let category = name
                    .strip_prefix("Is")
                    .or(name.strip_prefix("gc="))
                    .unwrap_or(name);
                TABLE.get(category).cloned().map(Property)
            }
        }
    }

    pub(super) fn ranges(self) -> Ranges {
        self.0
    }

    /// The ranges of all other characters.
    pub(super) fn complement(self) -> Ranges {
        let mut others = Vec::with_capacity(self.0.len() + 1);
        let mut from = Some('\0');
        for (start, end) in self.0 {
            if let (Some(from), Some(before)) = (from, ('\0'..start).next_back())
                && from <= before
            {
                others.push((from, before));
            }
            from = (end..=char::MAX).nth(1);
        }
        others.extend(from.map(|from| (from, char::MAX)));
        others
    }
}

fn scan(holds: fn(char) -> bool) -> Ranges {
    runs(('\0'..=char::MAX).filter(|character| holds(*character)))
}

/// Characters in order, as ranges.
fn runs(characters: impl Iterator<Item = char>) -> Ranges {
    let mut ranges: Ranges = Vec::new();
    for character in characters {
        match ranges.last_mut() {
            Some((_, end)) if u32::from(*end) + 1 == u32::from(character) => *end = character,
            _ => ranges.push((character, character)),
        }
    }
    ranges
}

/// The digits of the table, five bits each, of which the first has the lowest; the second half says that more follow.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Reads ranges: by turns how many characters lie between two of them, and how many more than one a range has.
fn decode(coded: &str) -> Ranges {
    let mut numbers = Vec::new();
    let (mut number, mut shift) = (0_u32, 0);
    for digit in coded.bytes() {
        let value = DIGITS.iter().position(|known| *known == digit).unwrap_or(0) as u32;
        number |= (value & 31) << shift;
        shift += 5;
        if value < 32 {
            numbers.push(number);
            (number, shift) = (0, 0);
        }
    }
    let mut next = 0;
    let mut ranges = Vec::with_capacity(numbers.len() / 2);
    for pair in numbers.chunks_exact(2) {
        let start = next + pair[0];
        let end = start + pair[1];
        next = end + 1;
        ranges.extend(char::from_u32(start).zip(char::from_u32(end)));
    }
    ranges
}

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{Class, HirKind};

    use super::*;

    fn encode(ranges: &[(char, char)]) -> String {
        let mut coded = String::new();
        let mut next = 0;
        for (start, end) in ranges {
            let (start, end) = (u32::from(*start), u32::from(*end));
            for mut number in [start - next, end - start] {
                while number > 31 {
                    coded.push(char::from(DIGITS[(number & 31 | 32) as usize]));
                    number >>= 5;
                }
                coded.push(char::from(DIGITS[number as usize]));
            }
            next = end + 1;
        }
        coded
    }

    #[test]
    fn categories_are_those_of_unicode() {
        let mut table = String::new();
        for name in ["L", "Lu", "Ll", "M", "N", "Nd", "P", "S", "Sc", "Z"] {
            let hir = regex_syntax::parse(&format!("\\p{{{name}}}")).unwrap();
            let HirKind::Class(Class::Unicode(class)) = hir.kind() else {
                panic!("{name} is no class");
            };
            let ranges: Vec<(char, char)> = class
                .ranges()
                .iter()
                .map(|range| (range.start(), range.end()))
                .collect();
            table.push_str(&format!("{name}\t{}\n", encode(&ranges)));
        }
        assert!(CATEGORIES == table, "categories.tsv is to be:\n{table}");
    }

    #[test]
    fn a_complement_has_the_others() {
        for name in ["L", "P", "ASCII", "Space", "IsAlphabetic"] {
            let inside = Property::named(name).unwrap().ranges();
            let others = Property::named(name).unwrap().complement();
            let within =
                |ranges: &Ranges, c: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
            for character in ('\0'..='\u{2fff}').chain(['\u{d7ff}', '\u{e000}', char::MAX]) {
                assert_ne!(
                    within(&inside, character),
                    within(&others, character),
                    "{name} {character:?}"
                );
            }
        }
    }
}
