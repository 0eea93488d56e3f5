//! What the operators do.

use std::cmp::Ordering;

use super::dates::Moment;
use super::program::BinaryOp;
use super::render::{Context, Fault};
use super::scope::RenderError;
use super::value::{BYTES_PER_UNIT, Items, Num, Val};

/// The value of a sum, difference, product, quotient or remainder.
///
/// A text beside a number is read as one; `+` joins texts; anything with nothing is nothing.
pub(super) fn arithmetic<'a>(
    context: &mut Context<'a>,
    operator: BinaryOp,
    left: Val<'a>,
    right: Val<'a>,
) -> Result<Val<'a>, Fault> {
    let texts = matches!((&left, &right), (Val::Text(_), Val::Text(_)));
    let numbers = if texts && operator == BinaryOp::Add {
        None
    } else {
        left.as_number().zip(right.as_number())
    };
    if let Some((left, right)) = numbers {
        return calculate(operator, left, right);
    }
    if operator == BinaryOp::Add && (matches!(left, Val::Text(_)) || matches!(right, Val::Text(_))) {
        let (left, right) = (context.print(&left)?, context.print(&right)?);
        let mut joined = context.text();
        for part in [left, right] {
            context.charge(part.len())?;
            joined.push_str(part);
        }
        return Ok(Val::Text(joined.into_bump_str()));
    }
    if left.is_null() || right.is_null() {
        return Ok(Val::Null);
    }
    let unfit = if left.as_number().is_none() { &left } else { &right };
    Err(Fault::Failed(format!("{} is not a number", unfit.type_name())))
}

fn calculate<'a>(operator: BinaryOp, left: Num, right: Num) -> Result<Val<'a>, Fault> {
    if matches!(operator, BinaryOp::Divide | BinaryOp::Remainder) && right.as_f64() == 0.0 {
        return Err(Fault::Failed("a number cannot be divided by 0".to_owned()));
    }
    if let (Num::Int(left), Num::Int(right)) = (left, right) {
        let whole = match operator {
            BinaryOp::Add => left.checked_add(right),
            BinaryOp::Subtract => left.checked_sub(right),
            BinaryOp::Multiply => left.checked_mul(right),
            BinaryOp::Divide => left
                .checked_div(right)
                .filter(|_| left.checked_rem(right) == Some(0)),
            _ => left.checked_rem(right),
        };
        if let Some(whole) = whole {
            return Ok(Val::Int(whole));
        }
    }
    let (left, right) = (left.as_f64(), right.as_f64());
    let value = match operator {
        BinaryOp::Add => left + right,
        BinaryOp::Subtract => left - right,
        BinaryOp::Multiply => left * right,
        BinaryOp::Divide => left / right,
        _ => left % right,
    };
    if value.is_finite() {
        Ok(Val::Float(value))
    } else {
        Err(Fault::Failed("the number is too large".to_owned()))
    }
}

/// Whether a comparison holds. Order between things that have none does not hold.
pub(super) fn compare(
    context: &mut Context<'_>,
    operator: BinaryOp,
    left: &Val<'_>,
    right: &Val<'_>,
) -> Result<bool, RenderError> {
    if matches!(operator, BinaryOp::Equal | BinaryOp::NotEqual) {
        return Ok(same(context, left, right)? == (operator == BinaryOp::Equal));
    }
    context.charge(weight(left).min(weight(right)))?;
    let order = order(context, left, right);
    Ok(match operator {
        BinaryOp::Less => order == Some(Ordering::Less),
        BinaryOp::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        BinaryOp::Greater => order == Some(Ordering::Greater),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// Whether two values are the same, or one of them a list that has the other, as a path over a list gives one
/// (<https://experienceleague.adobe.com/en/docs/journey-optimizer/using/content-management/personalization/personalization-use-case-helper-functions>:
/// `productListItems.name = "Juno Jacket"` asks whether it is in the cart).
fn same(context: &mut Context<'_>, left: &Val<'_>, right: &Val<'_>) -> Result<bool, RenderError> {
    match (left.items(), right.items()) {
        (Some(items), None) if !right.is_null() => holds(context, items, right),
        (None, Some(items)) if !left.is_null() => holds(context, items, left),
        _ => equal(context, left, right),
    }
}

/// Whether a value is among the items of a list.
pub(crate) fn holds(
    context: &mut Context<'_>,
    items: Items<'_>,
    value: &Val<'_>,
) -> Result<bool, RenderError> {
    for item in items.iter() {
        if equal(context, &item, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two values are the same; what is looked at for that is counted.
pub(crate) fn equal(context: &mut Context<'_>, left: &Val<'_>, right: &Val<'_>) -> Result<bool, RenderError> {
    if matches!(
        (left, right),
        (Val::Date(_), Val::Text(_)) | (Val::Text(_), Val::Date(_))
    ) {
        context.charge(weight(left) + weight(right))?;
        return Ok(order(context, left, right) == Some(Ordering::Equal));
    }
    let mut seen = 0;
    let equal = left.equals(right, &mut seen);
    context.charge(seen)?;
    Ok(equal)
}

/// The order of two values; a text beside a date is read as one, in the person's zone as functions read it.
pub(crate) fn order(context: &mut Context<'_>, left: &Val<'_>, right: &Val<'_>) -> Option<Ordering> {
    let mut read = |text: &str| Moment::parse(text, Some(context.zone()));
    match (left, right) {
        (Val::Date(left), Val::Text(right)) => read(right).map(|right| left.compare(&right)),
        (Val::Text(left), Val::Date(right)) => read(left).map(|left| left.compare(right)),
        _ => left.compare(right),
    }
}

/// Roughly what it costs to put a value in order with another.
pub(crate) fn weight(value: &Val<'_>) -> usize {
    match value {
        Val::Text(text) => 1 + text.len() / BYTES_PER_UNIT,
        _ => 1,
    }
}
