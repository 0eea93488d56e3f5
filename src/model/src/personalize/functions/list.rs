//! Functions of lists and objects.

use std::cmp::Ordering;

use bumpalo::collections::Vec as BumpVec;

use super::args::Args;
use super::{Category, Function, Kind, Nulls, Param, Run, param};
use crate::personalize::operate::{self, weight};
use crate::personalize::program::Root;
use crate::personalize::render::Fault;
use crate::personalize::value::{Items, Num, Val};

type Answer<'a> = Result<Val<'a>, Fault>;

const LIST: Param = param("list", Kind::List);
const OTHER: Param = param("other", Kind::List);
const VALUE: Param = param("value", Kind::Any);
const MAP: Param = param("map", Kind::Map);

const fn list(name: &'static str, params: &'static [Param], returns: Kind, run: Run) -> Function {
    Function::new(name, Category::List, params, returns, run)
}

const fn asks(name: &'static str, params: &'static [Param], run: Run) -> Function {
    list(name, params, Kind::Boolean, run).nulls(Nulls::Asks)
}

const fn total(name: &'static str, returns: Kind, run: Run) -> Function {
    Function::new(name, Category::Aggregation, &[LIST], returns, run)
}

const fn map(name: &'static str, params: &'static [Param], returns: Kind, run: Run) -> Function {
    Function::new(name, Category::Map, params, returns, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    list("countOnlyNull", &[LIST], Kind::Integer, |args| {
        let items = args.list(0)?;
        Ok(Val::Int(items.iter().filter(is_nothing).count() as i64))
    })
    .nulls(Nulls::Asks)
    .docs("How many items of a list are null; as in Journey Optimizer, 0 counts as null here.")
    .example("{%= countOnlyNull([4,0,1,6,0,0]) %}", "3"),
    list("countWithNull", &[LIST], Kind::Integer, |args| Ok(Val::Int(args.list(0)?.len() as i64)))
        .nulls(Nulls::Asks)
        .docs("How many items a list has, null ones included.")
        .example("{%= countWithNull([4,0,1,6,0,0]) %}", "6"),
    list("distinct", &[LIST], Kind::List, |args| {
        let kept = distinct(args)?;
        Ok(args.listed(kept))
    })
        .docs("The items of a list without repetitions, in their first order.")
        .example(r#"{%= distinct(["a", "b", "a"]).count() %}"#, "2"),
    list("distinctCountWithNull", &[LIST], Kind::Integer, |args| Ok(Val::Int(distinct(args)?.len() as i64)))
        .nulls(Nulls::Asks)
        .docs("How many different items a list has; null is one of them.")
        .example("{%= distinctCountWithNull([10,2,10,null]) %}", "3"),
    list("head", &[LIST], Kind::Any, |args| Ok(args.list(0)?.get(0)))
        .docs("The first item of a list; empty if there is none.")
        .example(r#"{%= head(["a", "b"]) %}"#, "a"),
    list("topN", &[LIST, param("property", Kind::Property), param("count", Kind::Integer)], Kind::List, |args| {
        sorted(args, Ordering::reverse)
    })
    .docs("The items of a list with the highest values of a property, from the highest down. The property is its bare name.")
    .example("{%= topN(profile.productsInCart, price, 1)[0].name %}", "Trail shoes"),
    list("bottomN", &[LIST, param("property", Kind::Property), param("count", Kind::Integer)], Kind::List, |args| {
        sorted(args, |order| order)
    })
    .docs("The items of a list with the lowest values of a property, from the lowest up. The property is its bare name.")
    .example("{%= bottomN(profile.productsInCart, price, 1)[0].name %}", "Wool socks"),
    asks("in", &[VALUE, LIST], |args| {
        let value = args.take(0);
        let items = args.list(1)?;
        holds(args, items, &value).map(Val::Bool)
    })
    .docs("Whether a value is one of the items of a list.")
    .example("{%= in (6, [3, 6, 9]) %}", "true"),
    asks("notIn", &[VALUE, LIST], |args| {
        let value = args.take(0);
        if value.is_null() || args.is_null(1) {
            return Ok(Val::Bool(false));
        }
        let items = args.list(1)?;
        holds(args, items, &value).map(|found| Val::Bool(!found))
    })
    .docs("Whether a value is there, and none of the items of a list. False if either is missing.")
    .example("{%= notIn(5, [3, 6, 9]) %} {%= notIn(null, [3]) %}", "true false"),
    asks("includes", &[LIST, VALUE], |args| {
        let (items, value) = (args.list(0)?, args.take(1));
        holds(args, items, &value).map(Val::Bool)
    })
    .docs("Whether a list has an item.")
    .example(r#"{%= includes(["red", "blue"], "red") %}"#, "true"),
    asks("intersects", &[LIST, OTHER], |args| {
        let (items, other) = (args.list(0)?, args.list(1)?);
        for item in items.iter() {
            if holds(args, other, &item)? {
                return Ok(Val::Bool(true));
            }
        }
        Ok(Val::Bool(false))
    })
    .docs("Whether two lists have an item in common.")
    .example(r#"{%= intersects(["red"], ["red", "blue"]) %}"#, "true"),
    asks("subsetOf", &[LIST, OTHER], |args| {
        let (items, other) = (args.list(0)?, args.list(1)?);
        all_in(args, items, other)
    })
    .docs("Whether every item of the first list is in the second.")
    .example(r#"{%= subsetOf(["red"], ["red", "blue"]) %}"#, "true"),
    asks("supersetOf", &[LIST, OTHER], |args| {
        let (items, other) = (args.list(0)?, args.list(1)?);
        all_in(args, other, items)
    })
    .docs("Whether every item of the second list is in the first.")
    .example(r#"{%= supersetOf(["sushi", "pizza", "soup"], ["sushi", "pizza"]) %}"#, "true"),
    total("average", Kind::Number, |args| {
        let numbers = numbers(args)?;
        let sum: f64 = numbers.iter().map(|number| number.as_f64()).sum();
        Ok(if numbers.is_empty() { Val::Null } else { Val::float(sum / numbers.len() as f64) })
    })
    .docs("The mean of the numbers of a list; empty if it has none. A whole result is printed as 4, not as 4.0.")
    .example("{%= average([1, 2, 6]) %}", "3"),
    total("count", Kind::Integer, |args| {
        let items = args.list(0)?;
        Ok(Val::Int(items.iter().filter(|item| !item.is_null()).count() as i64))
    })
    .nulls(Nulls::Asks)
    .docs("How many items a list has, null ones left out.")
    .example(r#"{%= count(["a", "b"]) %}"#, "2"),
    total("max", Kind::Any, |args| extreme(args, Ordering::Greater))
        .docs("The largest item of a list; empty if it has none. Texts that are all numbers are compared as numbers.")
        .example("{%= max([3, 9.5, 4]) %}", "9.5"),
    total("min", Kind::Any, |args| extreme(args, Ordering::Less))
        .docs("The smallest item of a list; empty if it has none. Texts that are all numbers are compared as numbers.")
        .example("{%= min([3, 9.5, 4]) %}", "3"),
    total("sum", Kind::Number, |args| {
        let numbers = numbers(args)?;
        let whole = numbers.iter().try_fold(0_i64, |sum, number| match number {
            Num::Int(value) => sum.checked_add(*value),
            Num::Float(_) => None,
        });
        Ok(whole.map_or_else(|| Val::float(numbers.iter().map(|number| number.as_f64()).sum()), Val::Int))
    })
    .docs("The sum of the numbers of a list; items that are no numbers are left out.")
    .example("{%= sum([1, 2, 3.5]) %}", "6.5"),
    map("get", &[MAP, param("key", Kind::Text)], Kind::Any, |args| {
        let (map, key) = (args.take(0), args.text(1)?);
        match map {
            Val::Map(map) => Ok(map.get(key).map_or(Val::Null, Val::from_json)),
            other => Err(Fault::Failed(format!("{} has no keys", other.type_name()))),
        }
    })
    .docs("The value of a key.")
    .example(r#"{%= get(profile.identityMap, "Email")[0].id %}"#, "ada@example.com"),
    map("keys", &[MAP], Kind::List, |args| {
        entries(args, |(key, _)| Val::Text(key))
    })
    .docs("The list of the keys.")
    .example(r#"{%= join(keys(profile.identityMap), " and ") %}"#, "CRM and Email"),
    map("values", &[MAP], Kind::List, |args| entries(args, |(_, value)| Val::from_json(value)))
        .docs("The list of the values, in the order of their keys.")
        .example(r#"{%= count(values(profile.identityMap)) %}"#, "2"),
    Function::new("isNull", Category::Object, &[VALUE], Kind::Boolean, |args| Ok(Val::Bool(args.is_null(0))))
        .nulls(Nulls::Asks)
        .docs("Whether a value is missing or null.")
        .example("{%= isNull(profile.workEmail) %}", "true"),
    Function::new("isNotNull", Category::Object, &[VALUE], Kind::Boolean, |args| Ok(Val::Bool(args.has(0))))
        .nulls(Nulls::Asks)
        .docs("Whether a value is there.")
        .example("{%= isNotNull(profile.workEmail) %}", "false"),
    Function::new("inAudience", Category::Object, &[param("id", Kind::Text)], Kind::Boolean, in_audience)
        .nulls(Nulls::Asks)
        .docs("Whether the profile is in an audience when the text is made, by the identifier that the audience's page shows.")
        .example(r#"{%= inAudience("5fd513d7") %}"#, "true"),
];

/// Null, or what Adobe's own example counts as null: `countOnlyNull([4,0,1,6,0,0])` is 3.
fn is_nothing(value: &Val<'_>) -> bool {
    matches!(value, Val::Null | Val::Int(0))
}

fn holds<'a>(args: &mut Args<'_, 'a>, items: Items<'a>, value: &Val<'a>) -> Result<bool, Fault> {
    Ok(operate::holds(args.context, items, value)?)
}

fn all_in<'a>(args: &mut Args<'_, 'a>, items: Items<'a>, others: Items<'a>) -> Answer<'a> {
    for item in items.iter() {
        if !holds(args, others, &item)? {
            return Ok(Val::Bool(false));
        }
    }
    Ok(Val::Bool(true))
}

fn distinct<'a>(args: &mut Args<'_, 'a>) -> Result<BumpVec<'a, Val<'a>>, Fault> {
    let items = args.list(0)?;
    let mut kept = args.context.list();
    for item in items.iter() {
        if !operate::holds(args.context, Items::Made(&kept), &item)? {
            args.context.charge_items(1)?;
            kept.push(item);
        }
    }
    Ok(kept)
}

fn sorted<'a>(args: &mut Args<'_, 'a>, direction: fn(Ordering) -> Ordering) -> Answer<'a> {
    // About the comparisons that sorting needs for each item.
    const COMPARISONS: usize = 16;
    let (items, count) = (args.list(0)?, args.integer(2)?);
    args.context.charge_items(2 * items.len())?;
    let mut keyed = BumpVec::with_capacity_in(items.len(), args.context.arena);
    for (place, item) in items.iter().enumerate() {
        let key = args.property_of(&item)?;
        args.context.charge(COMPARISONS * weight(&key))?;
        keyed.push((key, place));
    }
    // Texts that are all numbers have the order of numbers.
    if keyed.iter().all(|(key, _)| key.is_null() || reads_as_number(key)) {
        for (key, _) in &mut keyed {
            *key = key.as_number().map_or(Val::Null, Val::number);
        }
    }
    // Equal items keep their order by their places, which spares the memory of a stable sort.
    keyed.sort_unstable_by(|(left, left_place), (right, right_place)| {
        order_of_keys(left, right, direction).then_with(|| left_place.cmp(right_place))
    });
    keyed.truncate(usize::try_from(count).unwrap_or(0));
    let mut sorted = args.context.list();
    sorted.extend(keyed.iter().map(|(_, place)| items.get(*place)));
    Ok(args.listed(sorted))
}

/// A total order, as sorting needs: by type first, numbers before texts, what has no order and what is missing last.
fn order_of_keys(left: &Val<'_>, right: &Val<'_>, direction: fn(Ordering) -> Ordering) -> Ordering {
    let rank = |key: &Val<'_>| match key {
        Val::Int(_) | Val::Float(_) | Val::Large(_) => 0,
        Val::Text(_) => 1,
        Val::Date(_) => 2,
        Val::Bool(_) => 3,
        Val::Map(_) | Val::Array(_) | Val::List(_) => 4,
        Val::Null => 5,
    };
    let within = || match (left, right) {
        // Whole and other numbers in one list are compared as one type, or the order would not be total.
        (Val::Int(_) | Val::Float(_) | Val::Large(_), Val::Int(_) | Val::Float(_) | Val::Large(_)) => {
            let number = |key: &Val<'_>| key.as_number().map_or(0.0, Num::as_f64);
            number(left).total_cmp(&number(right))
        }
        _ => left.compare(right).unwrap_or(Ordering::Equal),
    };
    rank(left).cmp(&rank(right)).then_with(|| direction(within()))
}

/// The numbers of a list, texts that read as numbers among them; null items are left out.
fn numbers<'a>(args: &mut Args<'_, 'a>) -> Result<BumpVec<'a, Num>, Fault> {
    let items = args.list(0)?;
    let mut unread = 0;
    args.context.charge_items(items.len())?;
    let mut numbers = BumpVec::with_capacity_in(items.len(), args.context.arena);
    for item in items.iter() {
        match item.as_number() {
            Some(number) => numbers.push(number),
            None if item.is_null() => {}
            None => unread += 1,
        }
    }
    if unread > 0 {
        args.warn(format!("{unread} of {} items are not numbers", items.len()));
    }
    Ok(numbers)
}

fn extreme<'a>(args: &mut Args<'_, 'a>, wanted: Ordering) -> Answer<'a> {
    let items = args.list(0)?;
    let numeric = items.iter().all(|item| item.is_null() || reads_as_number(&item));
    let mut best = Val::Null;
    for item in items.iter() {
        args.context.charge(weight(&item))?;
        let order = match (item.as_number(), best.as_number()) {
            (Some(item), Some(best)) if numeric => item.compare(best),
            _ => operate::order(args.context, &item, &best),
        };
        if best.is_null() || order == Some(wanted) {
            best = item;
        }
    }
    Ok(best)
}

/// Whether a value is a number, or a text that is one.
fn reads_as_number(value: &Val<'_>) -> bool {
    !matches!(value, Val::Bool(_)) && value.as_number().is_some()
}

fn entries<'a>(
    args: &mut Args<'_, 'a>,
    pick: fn((&'a String, &'a serde_json::Value)) -> Val<'a>,
) -> Answer<'a> {
    match args.take(0) {
        Val::Map(map) => {
            args.context.charge_items(map.len())?;
            let mut found = args.context.list();
            found.extend(map.iter().map(pick));
            Ok(args.listed(found))
        }
        other => Err(Fault::Failed(format!("{} has no keys", other.type_name()))),
    }
}

fn in_audience<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let id = args.text(0)?;
    let namespaces = args
        .context
        .scope
        .root(Root::Profile)
        .and_then(|profile| profile.get("segmentMembership"))
        .and_then(|membership| membership.as_object());
    let status = namespaces.and_then(|namespaces| {
        namespaces
            .values()
            .find_map(|audiences| audiences.get(id)?.get("status")?.as_str())
    });
    Ok(Val::Bool(matches!(
        status,
        Some("existing" | "entered" | "realized")
    )))
}
