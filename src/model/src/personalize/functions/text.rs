//! Functions of texts.

use unicode_segmentation::UnicodeSegmentation;

use super::args::Args;
use super::{Category, Function, Kind, Nulls, Param, param};
use crate::personalize::render::Fault;
use crate::personalize::value::Val;

type Answer<'a> = Result<Val<'a>, Fault>;

const TEXT: Param = param("text", Kind::Text);
const PART: Param = param("part", Kind::Text);
const CASE: Param = param("caseSensitive", Kind::Boolean).optional();

const fn text(name: &'static str, params: &'static [Param], returns: Kind, run: super::Run) -> Function {
    Function::new(name, Category::Text, params, returns, run)
}

const fn asks(name: &'static str, params: &'static [Param], run: super::Run) -> Function {
    text(name, params, Kind::Boolean, run).nulls(Nulls::Asks)
}

pub(super) const FUNCTIONS: &[Function] = &[
    text("camelCase", &[TEXT], Kind::Text, capitalized)
        .docs("Makes the first letter of each word a capital and leaves the rest as it is.")
        .example(r#"{%= camelCase("high street") %}"#, "High Street"),
    text(
        "concat",
        &[param("texts", Kind::Text).repeated()],
        Kind::Text,
        concat,
    )
    .nulls(Nulls::Handled)
    .docs("Joins texts; an empty one adds nothing.")
    .example(r#"{%= concat("Hello", " ", "World") %}"#, "Hello World"),
    asks("contains", &[TEXT, PART, CASE], contains)
        .docs("Whether a text holds another. Letter case matters unless the third argument is false.")
        .example(r#"{%= contains("ada@example.com", "EXAMPLE", false) %}"#, "true"),
    text("titleCase", &[TEXT], Kind::Text, capitalized)
        .docs("Makes the first letter of each word a capital and leaves the rest as it is.")
        .example(
            r#"{%= titleCase("Washington high street") %}"#,
            "Washington High Street",
        ),
    text("upperCase", &[TEXT], Kind::Text, |args| {
        let text = args.text(0)?;
        args.made(text.to_uppercase())
    })
    .docs("Makes every letter a capital.")
    .example(r#"{%= upperCase("Ada") %}"#, "ADA"),
];

fn capitalized<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let text = args.text(0)?;
    let mut out = String::with_capacity(text.len());
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

fn concat<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let mut out = String::new();
    for at in 0..args.len() {
        let part = args.text(at)?;
        args.context.charge(part.len())?;
        out.push_str(&part);
    }
    args.made(out)
}

fn contains<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (text, part, case) = (args.text(0)?, args.text(1)?, args.flag(2, true));
    Ok(Val::Bool(if case {
        text.contains(part.as_ref())
    } else {
        text.to_lowercase().contains(&part.to_lowercase())
    }))
}
