//! Follows paths through data.

use bumpalo::collections::Vec as BumpVec;

use super::Context;
use crate::personalize::program::{Program, Segment};
use crate::personalize::scope::RenderError;
use crate::personalize::value::{Items, Val};

/// How many lists inside lists a path leads through without a name between them.
const MAX_NESTED_LISTS: usize = 8;

/// Follows the steps of a path from a value. A name on a list is looked up in each of its items.
pub(crate) fn walk<'a>(
    context: &mut Context<'a>,
    program: &'a Program,
    from: Val<'a>,
    segments: &'a [Segment],
) -> Result<Val<'a>, RenderError> {
    let mut value = from;
    for (at, segment) in segments.iter().enumerate() {
        value = match value {
            Val::Map(map) => map
                .get(program.text(segment.name))
                .map_or(Val::Null, Val::from_json),
            Val::Array(_) | Val::List(_) => {
                let items = value.items().unwrap_or(Items::Json(&[]));
                match segment.index {
                    Some(place) => items.get(place as usize),
                    None => {
                        let mut found = context.list();
                        project(
                            context,
                            program,
                            items,
                            &segments[at..],
                            MAX_NESTED_LISTS,
                            &mut found,
                        )?;
                        return Ok(Val::List(found.into_bump_slice()));
                    }
                }
            }
            _ => return Ok(Val::Null),
        };
    }
    Ok(value)
}

/// Collects what a path leads to in each item of a list, and in the items of lists among them.
fn project<'a>(
    context: &mut Context<'a>,
    program: &'a Program,
    items: Items<'a>,
    segments: &'a [Segment],
    depth: usize,
    found: &mut BumpVec<'a, Val<'a>>,
) -> Result<(), RenderError> {
    for item in items.iter() {
        context.charge(1 + segments.len())?;
        if let Some(inner) = item.items() {
            if depth > 0 {
                project(context, program, inner, segments, depth - 1, found)?;
            }
            continue;
        }
        if !matches!(item, Val::Map(_)) {
            continue;
        }
        match walk(context, program, item, segments)? {
            Val::Null => {}
            value => match value.items() {
                Some(inner) => {
                    context.charge_items(inner.len())?;
                    found.extend(inner.iter());
                }
                None => {
                    context.charge_items(1)?;
                    found.push(value);
                }
            },
        }
    }
    Ok(())
}
