//! Regular expressions as Java writes them, as far as they can be matched in linear time.

mod property;

use std::borrow::Cow;

use regex_lite::{Regex, RegexBuilder};

use property::Property;

/// Most memory of a compiled regular expression in bytes, which bounds the work for each byte it looks at.
pub(crate) const MAX_PATTERN_SIZE: usize = 32 * 1024;
/// Most bytes that a pattern has with its classes of characters written out; compiled it is larger than that.
const MAX_WRITTEN_OUT: usize = 2 * MAX_PATTERN_SIZE;

/// Compiles a regular expression, or says why that cannot be done.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let written_out = write_out(pattern)?;
    RegexBuilder::new(&written_out)
        .size_limit(MAX_PATTERN_SIZE)
        .build()
        .map_err(|error| {
            if ["(?=", "(?!", "(?<=", "(?<!"]
                .iter()
                .any(|sign| pattern.contains(sign))
            {
                format!("{error}; looking ahead or behind is not supported")
            } else {
                error.to_string()
            }
        })
}

/// A pattern whose `\p{…}` and `\P{…}` are written out as ranges, which is all that the engine knows.
fn write_out(pattern: &str) -> Result<Cow<'_, str>, String> {
    if !pattern.contains("\\p") && !pattern.contains("\\P") {
        return Ok(Cow::Borrowed(pattern));
    }
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        match character {
            '\\' if after.starts_with(['p', 'P']) => {
                let (name, end) = name(&after[1..])?;
                let property = Property::named(name)
                    .ok_or_else(|| format!("\\p{{{name}}} is not known; {} are", property::KNOWN))?;
                let ranges = if after.starts_with('P') {
                    property.complement()
                } else {
                    property.ranges()
                };
                if !in_class {
                    out.push('[');
                }
                for (from, to) in ranges {
                    push_literal(&mut out, from);
                    if to > from {
                        out.push('-');
                        push_literal(&mut out, to);
                    }
                }
                if !in_class {
                    out.push(']');
                }
                rest = end;
                if out.len() > MAX_WRITTEN_OUT + pattern.len() {
                    return Err("its classes of characters are too many".to_owned());
                }
                continue;
            }
            '\\' => {
                let escaped = after.chars().next().map_or(0, char::len_utf8);
                out.push_str(&rest[..1 + escaped]);
                rest = &after[escaped..];
                continue;
            }
            '[' if !in_class => {
                in_class = true;
                out.push('[');
                rest = after;
                // A ] right at the start is one of the characters.
                for sign in ['^', ']'] {
                    if let Some(after) = rest.strip_prefix(sign) {
                        out.push(sign);
                        rest = after;
                    }
                }
                continue;
            }
            '[' if after.starts_with(':') => {
                let end = after.find(":]").map_or(after.len(), |at| at + 2);
                out.push('[');
                out.push_str(&after[..end]);
                rest = &after[end..];
                continue;
            }
            ']' => in_class = false,
            _ => {}
        }
        out.push(character);
        rest = after;
    }
    Ok(Cow::Owned(out))
}

/// The name in `{L}`, or `L` without braces, and what follows it.
fn name(text: &str) -> Result<(&str, &str), String> {
    if let Some(inner) = text.strip_prefix('{') {
        return inner
            .split_once('}')
            .ok_or_else(|| "the } after \\p{ is missing".to_owned());
    }
    let length = text.chars().next().map_or(0, char::len_utf8);
    Ok(text.split_at(length))
}

/// A character of a class that means nothing else. Signs are written by their code.
fn push_literal(out: &mut String, character: char) {
    if character.is_ascii() && !character.is_ascii_alphanumeric() {
        out.push_str(&format!("\\x{:02X}", u32::from(character)));
    } else {
        out.push(character);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn replaced(pattern: &str, text: &str) -> String {
        let regex = compile(pattern).unwrap_or_else(|reason| panic!("{pattern}: {reason}"));
        regex.replace_all(text, "_").into_owned()
    }

    #[test]
    fn classes_are_those_of_java() {
        let text = "Zoë Ñ3٣½ ǅ!« _a\t€̈";
        for (pattern, expected) in [
            (r"[^\p{L}]", "Zoë_Ñ____ǅ____a___"),
            (r"\P{L}", "Zoë_Ñ____ǅ____a___"),
            (r"\p{Lu}", "_oë _3٣½ ǅ!« _a\t€̈"),
            (r"\p{Ll}", "Z__ Ñ3٣½ ǅ!« __\t€̈"),
            (r"\p{N}", "Zoë Ñ___ ǅ!« _a\t€̈"),
            (r"\p{Nd}", "Zoë Ñ__½ ǅ!« _a\t€̈"),
            (r"\p{P}", "Zoë Ñ3٣½ ǅ__ _a\t€̈"),
            (r"\p{Sc}", "Zoë Ñ3٣½ ǅ!« _a\t_̈"),
            (r"\p{M}", "Zoë Ñ3٣½ ǅ!« _a\t€_"),
            (r"\pL+", "_ _3٣½ _!« __\t€̈"),
            (r"\p{IsAlphabetic}+", "_ _3٣½ _!« __\t€̈"),
            (r"\p{IsL}", "___ _3٣½ _!« __\t€̈"),
            // Java's POSIX classes are of ASCII alone.
            (r"\p{Alpha}", "__ë Ñ3٣½ ǅ!« __\t€̈"),
            (r"\p{Digit}", "Zoë Ñ_٣½ ǅ!« _a\t€̈"),
            (r"\p{Alnum}", "__ë Ñ_٣½ ǅ!« __\t€̈"),
            (r"\p{Upper}", "_oë Ñ3٣½ ǅ!« _a\t€̈"),
            (r"\p{Lower}", "Z_ë Ñ3٣½ ǅ!« __\t€̈"),
            (r"\p{Punct}", "Zoë Ñ3٣½ ǅ_« _a\t€̈"),
            (r"\p{Space}", "Zoë_Ñ3٣½_ǅ!«__a_€̈"),
            (r"[\p{Alpha}\p{Nd}-]", "__ë Ñ__½ ǅ!« __\t€̈"),
        ] {
            // The underscore of the text is a sign of its own, and stays one.
            assert_eq!(replaced(pattern, text), expected, "{pattern}");
        }
        assert_eq!(replaced(r"[]\p{Digit}]", "a]1"), "a__");
        assert_eq!(replaced(r"\\p", r"a\p"), "a_");
        assert_eq!(replaced(r"[[:alpha:]\p{Digit}]", "a1]"), "__]");
    }

    #[test]
    fn what_is_not_known_is_said() {
        let reason = |pattern: &str| compile(pattern).unwrap_err();
        assert!(reason(r"\p{Klingon}").contains(r"\p{Klingon} is not known"));
        assert!(reason(r"\p{L").contains("} after"));
        assert!(reason(&r"\p{L}".repeat(10_000)).contains("too many"));
        assert!(compile(r"(?<name>\p{Lu}\p{L}*)").is_ok());
        assert!(!reason(r"(?<name>a").contains("ahead"));
        for pattern in ["(?=a)", "(?!a)", "(?<=a)", "(?<!a)"] {
            assert!(reason(pattern).contains("looking ahead or behind"), "{pattern}");
        }
    }
}
