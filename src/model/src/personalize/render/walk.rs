//! Follows paths through data.

use bumpalo::collections::Vec as BumpVec;

use serde_json::{Map, Value};

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
    let (mut value, mut rest) = (from, segments);
    while let [first, after @ ..] = rest {
        match value {
            Val::Map(map) => (value, rest) = descend(program, map, first, after),
            Val::Array(_) | Val::List(_) => {
                let items = value.items().unwrap_or(Items::Json(&[]));
                let Some(place) = first.index else {
                    let mut found = context.list();
                    project(context, program, items, rest, MAX_NESTED_LISTS, &mut found)?;
                    return Ok(Val::List(found.into_bump_slice()));
                };
                (value, rest) = (items.get(place as usize), after);
            }
            _ => return Ok(Val::Null),
        }
    }
    Ok(value)
}

/// Goes from object to object, which is what most paths do; where that ends, and the steps that are left.
#[inline]
fn descend<'a>(
    program: &Program,
    mut map: &'a Map<String, Value>,
    mut step: &'a Segment,
    mut rest: &'a [Segment],
) -> (Val<'a>, &'a [Segment]) {
    loop {
        let value = field(map, program.text(step.name));
        match (value, rest) {
            (Some(Value::Object(inner)), [next, after @ ..]) => (map, step, rest) = (inner, next, after),
            _ => return (value.map_or(Val::Null, Val::from_json), rest),
        }
    }
}

/// The value of a field.
///
/// Most objects have a handful, which are sooner looked through by the length of their names than searched in order.
fn field<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    const HANDFUL: usize = 12;
    if map.len() > HANDFUL {
        return map.get(name);
    }
    map.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
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
