//! Finds patterns in texts, and puts other texts in their place.

use unicode_segmentation::UnicodeSegmentation;

use super::args::{Args, work_per_byte};
use super::text::push;
use crate::personalize::render::Fault;
use crate::personalize::value::Val;

type Answer<'a> = Result<Val<'a>, Fault>;

/// Matches `%` and `_` in time proportional to the product of both lengths, which is counted.
pub(super) fn like<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (text, pattern) = (args.text(0)?, args.text(1)?);
    args.context
        .charge((text.len() + 1).saturating_mul(pattern.len() + 1))?;
    let (mut text, mut pattern) = (text.graphemes(true), pattern.graphemes(true));
    // Where to go on when what follows the last % did not match: one character later in the text.
    let mut restart = None;
    loop {
        let (here, wanted) = (text.clone(), pattern.next());
        match (text.next(), wanted) {
            (_, Some("%")) => {
                restart = Some((here.clone(), pattern.clone()));
                text = here;
            }
            (Some(found), Some(wanted)) if wanted == "_" || wanted == found => {}
            (None, None) => return Ok(Val::Bool(true)),
            _ => {
                let Some((mut from, after)) = restart else {
                    return Ok(Val::Bool(false));
                };
                if from.next().is_none() {
                    return Ok(Val::Bool(false));
                }
                text = from.clone();
                pattern = after.clone();
                restart = Some((from, after));
            }
        }
    }
}

pub(super) fn matches<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let text = args.text(0)?;
    args.with_regex(1, text, |_, regex| Ok(Val::Bool(regex.is_match(text))))
}

pub(super) fn regex_group<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (text, group) = (args.text(0)?, args.integer(2)?);
    args.with_regex(1, text, |_, regex| {
        let found = usize::try_from(group)
            .ok()
            .and_then(|group| regex.captures(text).and_then(|captures| captures.get(group)));
        Ok(found.map_or(Val::Null, |found| Val::Text(found.as_str())))
    })
}

pub(super) fn replace<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (text, part, by) = (args.text(0)?, args.text(1)?, args.text(2)?);
    args.context.charge(text.len())?;
    if part.is_empty() {
        return Ok(Val::Text(text));
    }
    let mut out = args.context.text();
    let mut from = 0;
    for (at, found) in text.match_indices(part) {
        push(args, &mut out, &text[from..at])?;
        push(args, &mut out, by)?;
        from = at + found.len();
    }
    push(args, &mut out, &text[from..])?;
    Ok(Val::Text(out.into_bump_str()))
}

pub(super) fn replace_all<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (text, by) = (args.text(0)?, args.text(2)?);
    args.with_regex(1, text, |args, regex| {
        let mut out = args.context.text();
        let (mut from, mut at) = (0, 0);
        let mut last = None;
        while let Some(found) = regex.find_at(text, at) {
            // Looking for a longer match may lead to the end of the text each time, and then the work is its square.
            if regex.as_str().contains(['*', '+', '{']) {
                args.context
                    .charge((text.len() - at) * work_per_byte(regex.as_str()) / 8)?;
            }
            args.context.charge(1)?;
            // An empty match right behind another is none.
            if !found.is_empty() || last != Some(found.end()) {
                push(args, &mut out, &text[from..found.start()])?;
                push(args, &mut out, by)?;
                from = found.end();
                last = Some(from);
                at = from;
                continue;
            }
            match text[found.end()..].chars().next() {
                Some(next) => at = found.end() + next.len_utf8(),
                None => break,
            }
        }
        push(args, &mut out, &text[from..])?;
        Ok(Val::Text(out.into_bump_str()))
    })
}
