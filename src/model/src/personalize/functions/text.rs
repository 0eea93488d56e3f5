//! Functions of texts.

use bumpalo::collections::String as BumpString;
use unicode_segmentation::UnicodeSegmentation;

use super::args::Args;
use super::replace::{like, matches, regex_group, replace, replace_all};
use super::{Category, Function, Kind, Nulls, Param, Run, param};
use crate::personalize::render::Fault;
use crate::personalize::value::{BYTES_PER_UNIT, Num, Val, parse_number};

type Answer<'a> = Result<Val<'a>, Fault>;

const TEXT: Param = param("text", Kind::Text);
const PART: Param = param("part", Kind::Text);
const OTHER: Param = param("other", Kind::Text);
const CASE: Param = param("caseSensitive", Kind::Boolean).optional();
const REGEX: Param = param("regex", Kind::Pattern);
const FROM: Param = param("from", Kind::Integer);
const TO: Param = param("to", Kind::Integer);

const fn text(name: &'static str, params: &'static [Param], returns: Kind, run: Run) -> Function {
    Function::new(name, Category::Text, params, returns, run)
}

/// A function that asks about a text, so that an empty one is no gap.
const fn asks(name: &'static str, params: &'static [Param], run: Run) -> Function {
    text(name, params, Kind::Boolean, run).nulls(Nulls::Asks)
}

pub(super) const FUNCTIONS: &[Function] = &[
    text("camelCase", &[TEXT], Kind::Text, capitalized)
        .docs("Makes the first letter of each word a capital and leaves the rest as it is.")
        .example(r#"{%= camelCase("high street") %}"#, "High Street"),
    text("charCodeAt", &[TEXT, param("place", Kind::Integer)], Kind::Integer, char_code_at)
        .docs("The code of the character at a place, counted from 0 as JavaScript counts; empty past the end.")
        .example(r#"{%= charCodeAt("some", 1) %}"#, "111"),
    text("concat", &[param("texts", Kind::Text).repeated()], Kind::Text, concat)
        .nulls(Nulls::Handled)
        .docs("Joins texts; an empty one adds nothing.")
        .example(r#"{%= concat("Hello", " ", "World") %}"#, "Hello World"),
    asks("contains", &[TEXT, PART, CASE], |args| relate(args, |text, part| text.contains(part)))
        .docs("Whether a text holds another. Letter case matters unless the third argument is false.")
        .example(r#"{%= contains("ada@example.com", "EXAMPLE", false) %}"#, "true"),
    asks("doesNotContain", &[TEXT, PART, CASE], |args| relate(args, |text, part| !text.contains(part)))
        .docs("Whether a text does not hold another. Letter case matters unless the third argument is false.")
        .example(r#"{%= doesNotContain("ada@example.com", "2010@gm") %}"#, "true"),
    asks("startsWith", &[TEXT, PART, CASE], |args| relate(args, |text, part| text.starts_with(part)))
        .docs("Whether a text starts with another. Letter case matters unless the third argument is false.")
        .example(r#"{%= startsWith("Joe Smith", "joe", false) %}"#, "true"),
    asks("doesNotStartWith", &[TEXT, PART, CASE], |args| relate(args, |text, part| !text.starts_with(part)))
        .docs("Whether a text does not start with another. Letter case matters unless the third argument is false.")
        .example(r#"{%= doesNotStartWith("Ann", "Joe") %}"#, "true"),
    asks("endsWith", &[TEXT, PART, CASE], |args| relate(args, |text, part| text.ends_with(part)))
        .docs("Whether a text ends with another. Letter case matters unless the third argument is false.")
        .example(r#"{%= endsWith("ada@example.com", ".com") %}"#, "true"),
    asks("doesNotEndWith", &[TEXT, PART, CASE], |args| relate(args, |text, part| !text.ends_with(part)))
        .docs("Whether a text does not end with another. Letter case matters unless the third argument is false.")
        .example(r#"{%= doesNotEndWith("ada@example.org", ".com") %}"#, "true"),
    asks("equals", &[TEXT, OTHER], |args| relate(args, |text, other| text == other))
        .docs("Whether two texts are the same, letter case included. A field that is missing counts as an empty text; compared with = it is equal to nothing but null.")
        .example(r#"{%= equals("John", "john") %}"#, "false"),
    asks("equalsIgnoreCase", &[TEXT, OTHER], |args| relate_folded(args, |text, other| text == other))
        .docs("Whether two texts are the same but for letter case.")
        .example(r#"{%= equalsIgnoreCase("John", "john") %}"#, "true"),
    asks("equalsAnyIgnoreCase", &[TEXT, param("others", Kind::Text).repeated()], equals_any)
        .most(11)
        .docs("Whether a text is one of one to ten others but for letter case.")
        .example(r#"{%= equalsAnyIgnoreCase("Icon", "icon", "ambassador", "luminary") %}"#, "true"),
    asks("notEqualTo", &[TEXT, OTHER], |args| relate(args, |text, other| text != other))
        .docs("Whether two texts differ, letter case included.")
        .example(r#"{%= notEqualTo("John", "john") %}"#, "true"),
    asks("notEqualWithIgnoreCase", &[TEXT, OTHER], |args| relate_folded(args, |text, other| text != other))
        .docs("Whether two texts differ by more than letter case.")
        .example(r#"{%= notEqualWithIgnoreCase("John", "john") %}"#, "false"),
    text("indexOf", &[TEXT, PART], Kind::Integer, |args| index_of(args, |text, part| text.find(part)))
        .docs("The place of the first occurrence of a text in another, counted in characters from 0; -1 if there is none.")
        .example(r#"{%= indexOf("hello world", "world") %}"#, "6"),
    text("lastIndexOf", &[TEXT, PART], Kind::Integer, |args| index_of(args, |text, part| text.rfind(part)))
        .docs("The place of the last occurrence of a text in another, counted in characters from 0; -1 if there is none.")
        .example(r#"{%= lastIndexOf("hello world", "o") %}"#, "7"),
    asks("isEmpty", &[param("value", Kind::Any)], |args| Ok(Val::Bool(args.take(0).is_empty())))
        .docs("Whether a value is missing, an empty text or an empty list.")
        .example(r#"{%= isEmpty(profile.mobilePhone.number) %}"#, "true"),
    asks("isNotEmpty", &[param("value", Kind::Any)], |args| Ok(Val::Bool(!args.take(0).is_empty())))
        .docs("Whether a value is there, and neither an empty text nor an empty list.")
        .example(r#"{%= isNotEmpty("x") %}"#, "true"),
    text("join", &[param("list", Kind::List), param("separator", Kind::Text)], Kind::Text, join)
        .docs("Joins the items of a list, with a separator between them.")
        .example(r#"{%= join(["red", "green", "blue"], ",") %}"#, "red,green,blue"),
    text("split", &[TEXT, param("separator", Kind::Text)], Kind::List, split)
        .docs("Cuts a text at each separator and gives the list of the parts.")
        .example(r#"{%= split("a-b-c", "-")[1] %}"#, "b"),
    text("leftTrim", &[TEXT], Kind::Text, |args| trim(args, |text| text.trim_start()))
        .docs("Takes away white space at the start.")
        .example(r#"[{%= leftTrim("  a ") %}]"#, "[a ]"),
    text("rightTrim", &[TEXT], Kind::Text, |args| trim(args, |text| text.trim_end()))
        .docs("Takes away white space at the end.")
        .example(r#"[{%= rightTrim(" a  ") %}]"#, "[ a]"),
    text("trim", &[TEXT], Kind::Text, |args| trim(args, |text| text.trim()))
        .docs("Takes away white space at both ends.")
        .example(r#"[{%= trim("  a  ") %}]"#, "[a]"),
    text("length", &[TEXT], Kind::Integer, length)
        .docs("How many characters a text has, as a person counts them: an emoji is one. Empty where the text is missing.")
        .example(r#"{%= length("Zürich 👩‍👩‍👧") %}"#, "8"),
    asks("like", &[TEXT, param("pattern", Kind::Text)], like)
        .docs("Whether a whole text matches a pattern in which % stands for any characters and _ for exactly one.")
        .example(r#"{%= like("Los Angeles", "%es") %}"#, "true"),
    asks("matches", &[TEXT, REGEX], matches)
        .docs("Whether a regular expression is found in a text. A backslash is written twice; \\p{L} is any letter; there is no looking ahead or behind.")
        .example(r#"{%= matches("john smith", "(?i)^John") %}"#, "true"),
    text("regexGroup", &[TEXT, REGEX, param("group", Kind::Integer)], Kind::Text, regex_group)
        .docs("What a group of a regular expression matched; group 0 is the whole match. Empty if nothing matched.")
        .example(r#"{%= regexGroup("abc@xyz.com", "@(\\w+)", 1) %}"#, "xyz"),
    text("replace", &[TEXT, PART, param("replacement", Kind::Text)], Kind::Text, replace)
        .docs("Replaces every occurrence of a text by another.")
        .example(r#"{%= replace("Hello John, dear John", "John", "Mark") %}"#, "Hello Mark, dear Mark"),
    text("replaceAll", &[TEXT, REGEX, param("replacement", Kind::Text)], Kind::Text, replace_all)
        .docs("Replaces every match of a regular expression by a text, which is taken literally.")
        .example(r#"{%= replaceAll("Zoë 3!", "[^\\p{L}]", "") %}"#, "Zoë"),
    text("lowerCase", &[TEXT], Kind::Text, |args| {
        let text = args.text(0)?;
        lower(args, text).map(Val::Text)
    })
    .docs("Makes every letter small.")
    .example(r#"{%= lowerCase("Ada") %}"#, "ada"),
    text("upperCase", &[TEXT], Kind::Text, |args| {
        let text = args.text(0)?;
        let mut out = args.context.text();
        out.extend(text.chars().flat_map(char::to_uppercase));
        args.made(out)
    })
    .docs("Makes every letter a capital.")
    .example(r#"{%= upperCase("Straße") %}"#, "STRASSE"),
    text("titleCase", &[TEXT], Kind::Text, capitalized)
        .docs("Makes the first letter of each word a capital and leaves the rest as it is.")
        .example(r#"{%= titleCase("Washington high street") %}"#, "Washington High Street"),
    text("mask", &[TEXT, param("keepStart", Kind::Integer), param("keepEnd", Kind::Integer)], Kind::Text, mask)
        .docs("Replaces the characters of a text by X, but for so many at its start and its end.")
        .example(r#"{%= mask("123456789", 1, 2) %}"#, "1XXXXXX89"),
    text("substr", &[TEXT, FROM, TO.optional()], Kind::Text, substr)
        .docs("The characters from one place up to, not including, another; places count from 0 and the second may be left out.")
        .example(r#"{%= substr("Hello World", 0, 5) %}"#, "Hello"),
    text("string_to_integer", &[TEXT], Kind::Integer, |args| args.integer(0).map(Val::Int))
        .docs("The whole number that a text reads as; empty if it reads as none.")
        .example(r#"{%= string_to_integer("42") + 1 %}"#, "43"),
    text("stringToNumber", &[TEXT], Kind::Number, string_to_number)
        .docs("The number that a text reads as; the text itself if it reads as none.")
        .example(r#"{%= stringToNumber("4.5") * 2 %}"#, "9"),
    text("toBool", &[param("value", Kind::Any)], Kind::Boolean, to_bool)
        .nulls(Nulls::Asks)
        .docs("True for true, yes, y, on and 1 in any letter case and for every other number than 0; else false.")
        .example(r#"{%= toBool("Yes") %}"#, "true"),
    Function::new(
        "ampSubstr",
        Category::Migration,
        &[TEXT, FROM, TO],
        Kind::Text,
        substr,
    )
    .docs("The characters from one place up to, not including, another; places count from 0.")
    .example(r#"{%= ampSubstr("Hello World", 0, 5) %}"#, "Hello"),
    Function::new("compareTo", Category::Migration, &[TEXT, OTHER], Kind::Integer, |args| {
        let (text, other) = (args.text(0)?, args.text(1)?);
        Ok(Val::Int(text.cmp(other) as i64))
    })
    .docs("-1 if the first text comes before the second in the order of their characters, 1 if after, 0 if they are the same.")
    .example(r#"{%= compareTo("apple", "banana") %}"#, "-1"),
];

fn relate<'a>(args: &mut Args<'_, 'a>, holds: fn(&str, &str) -> bool) -> Answer<'a> {
    if !args.flag(2, true) {
        return relate_folded(args, holds);
    }
    let (text, part) = (args.text(0)?, args.text(1)?);
    args.context.charge(text.len())?;
    Ok(Val::Bool(holds(text, part)))
}

fn relate_folded<'a>(args: &mut Args<'_, 'a>, holds: fn(&str, &str) -> bool) -> Answer<'a> {
    let (text, part) = (args.text(0)?, args.text(1)?);
    let (text, part) = (lower(args, text)?, lower(args, part)?);
    args.context.charge(text.len() + part.len())?;
    Ok(Val::Bool(holds(text, part)))
}

/// A text in small letters, as [`str::to_lowercase`] makes them: a sigma at the end of a word has its own form.
fn lower<'a>(args: &mut Args<'_, 'a>, text: &str) -> Result<&'a str, Fault> {
    let mut out = args.context.text();
    for (at, character) in text.char_indices() {
        if character == 'Σ' {
            let after = &text[at + character.len_utf8()..];
            let ends = text[..at].ends_with(char::is_alphabetic) && !after.starts_with(char::is_alphabetic);
            out.push(if ends { 'ς' } else { 'σ' });
        } else {
            out.extend(character.to_lowercase());
        }
    }
    args.context.charge(out.len())?;
    Ok(out.into_bump_str())
}

fn equals_any<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let text = args.text(0)?;
    let text = lower(args, text)?;
    for at in 1..args.len() {
        let other = args.text(at)?;
        if lower(args, other)? == text {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn capitalized<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let text = args.text(0)?;
    let mut out = args.context.text();
    let mut starts = true;
    for grapheme in text.graphemes(true) {
        if starts {
            out.extend(grapheme.chars().flat_map(char::to_uppercase));
        } else {
            out.push_str(grapheme);
        }
        starts = grapheme.chars().all(char::is_whitespace);
    }
    args.made(out)
}

fn char_code_at<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (text, place) = (args.text(0)?, args.integer(1)?);
    args.context.charge(text.len())?;
    let code = usize::try_from(place)
        .ok()
        .and_then(|place| text.encode_utf16().nth(place));
    Ok(code.map_or(Val::Null, |code| Val::Int(i64::from(code))))
}

fn concat<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let mut out = args.context.text();
    for at in 0..args.len() {
        let part = args.text(at)?;
        push(args, &mut out, part)?;
    }
    Ok(Val::Text(out.into_bump_str()))
}

/// Adds to a text that is being made, and counts it before.
pub(super) fn push(args: &mut Args<'_, '_>, out: &mut BumpString<'_>, part: &str) -> Result<(), Fault> {
    args.context.charge(part.len())?;
    out.push_str(part);
    Ok(())
}

fn index_of<'a>(args: &mut Args<'_, 'a>, find: fn(&str, &str) -> Option<usize>) -> Answer<'a> {
    let (text, part) = (args.text(0)?, args.text(1)?);
    args.context.charge(text.len())?;
    Ok(Val::Int(match find(text, part) {
        Some(at) => text[..at].graphemes(true).count() as i64,
        None => -1,
    }))
}

fn join<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (items, separator) = (args.list(0)?, args.text(1)?);
    let mut out = args.context.text();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            push(args, &mut out, separator)?;
        }
        let text = args.context.print(&item)?;
        push(args, &mut out, text)?;
    }
    Ok(Val::Text(out.into_bump_str()))
}

fn split<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (text, separator) = (args.text(0)?, args.text(1)?);
    if separator.is_empty() {
        return Err(Fault::Failed(
            "a text cannot be split at an empty separator".to_owned(),
        ));
    }
    args.context.charge(text.len())?;
    let mut parts = args.context.list();
    for part in text.split(separator) {
        args.context.charge_items(1)?;
        parts.push(Val::Text(part));
    }
    Ok(args.listed(parts))
}

fn trim<'a>(args: &mut Args<'_, 'a>, cut: fn(&str) -> &str) -> Answer<'a> {
    let text = args.text(0)?;
    Ok(Val::Text(cut(text)))
}

fn length<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let text = args.text(0)?;
    args.context.charge(text.len())?;
    let count = if text.is_ascii() && !text.contains("\r\n") {
        text.len()
    } else {
        text.graphemes(true).count()
    };
    Ok(Val::Int(count as i64))
}

fn mask<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (text, start, end) = (args.text(0)?, args.integer(1)?, args.integer(2)?);
    let count = text.graphemes(true).count();
    let start = usize::try_from(start.max(0)).unwrap_or(usize::MAX).min(count);
    let end = count
        - usize::try_from(end.max(0))
            .unwrap_or(usize::MAX)
            .min(count - start);
    let mut out = args.context.text();
    for (at, grapheme) in text.graphemes(true).enumerate() {
        out.push_str(if (start..end).contains(&at) { "X" } else { grapheme });
    }
    args.made(out)
}

fn substr<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let to = if args.has(2) { args.integer(2)? } else { i64::MAX };
    let (text, from) = (args.text(0)?, args.integer(1)?);
    args.context.charge(text.len())?;
    let place = |wanted: i64| {
        let wanted = usize::try_from(wanted.max(0)).unwrap_or(usize::MAX);
        text.grapheme_indices(true)
            .nth(wanted)
            .map_or(text.len(), |(at, _)| at)
    };
    let (start, end) = (place(from), place(to));
    Ok(Val::Text(&text[start..end.max(start)]))
}

fn string_to_number<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let text = args.text(0)?;
    Ok(match parse_number(text) {
        Some(number) => Val::number(number),
        None => {
            let short: String = text.chars().take(40).collect();
            args.warn(format!("\"{short}\" is not a number"));
            Val::Text(text)
        }
    })
}

fn to_bool<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let value = args.take(0);
    Ok(Val::Bool(match &value {
        Val::Text(text) => match parse_number(text) {
            Some(Num::Int(number)) => number != 0,
            Some(Num::Float(number)) => number != 0.0,
            None => {
                args.context.charge(text.len() / BYTES_PER_UNIT)?;
                let text = text.trim();
                ["true", "yes", "y", "on"]
                    .iter()
                    .any(|word| text.eq_ignore_ascii_case(word))
            }
        },
        other => other.is_true(),
    }))
}
