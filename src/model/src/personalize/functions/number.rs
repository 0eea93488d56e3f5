//! Functions of numbers.

use super::args::Args;
use super::{Category, Function, Kind, Nulls, Param, Run, param};
use crate::personalize::locale;
use crate::personalize::operate;
use crate::personalize::program::BinaryOp;
use crate::personalize::render::Fault;
use crate::personalize::value::{Num, Val};

type Answer<'a> = Result<Val<'a>, Fault>;

const NUMBER: Param = param("number", Kind::Number);
const LOCALE: Param = param("locale", Kind::Locale);

const fn number(name: &'static str, params: &'static [Param], returns: Kind, run: Run) -> Function {
    Function::new(name, Category::Number, params, returns, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    number("absolute", &[NUMBER], Kind::Number, |args| {
        Ok(match args.number(0)? {
            Num::Int(value) => value.checked_abs().map_or(Val::float((value as f64).abs()), Val::Int),
            Num::Float(value) => Val::float(value.abs()),
        })
    })
    .docs("The number without its sign.")
    .example("{%= absolute(-3.5) %}", "3.5"),
    number("formatNumber", &[NUMBER, LOCALE], Kind::Text, |args| {
        let (value, locale) = (args.number(0)?, args.locale(1)?);
        let mut out = args.context.text();
        locale::number(locale, value, &mut out);
        args.made(out)
    })
    .docs("A number as a locale writes it, with its digits, separators and up to three decimals, half to even.")
    .example(r#"{%= formatNumber(123456.789, "fr_FR") %}"#, "123\u{202f}456,789"),
    number("random", &[], Kind::Number, |args| {
        // The upper 53 bits are as many as the number can hold.
        let bits = args.context.random() >> 11;
        Ok(Val::Float(bits as f64 / (1_u64 << 53) as f64))
    })
    .docs("A random number from 0 up to, not including, 1.")
    .example("{%#if random() < 1%}yes{%/if%}", "yes"),
    number("roundDown", &[NUMBER], Kind::Integer, |args| round(args, f64::floor))
        .docs("The largest whole number that is not above the number.")
        .example("{%= roundDown(4.7) %}", "4"),
    number("roundUp", &[NUMBER], Kind::Integer, |args| round(args, f64::ceil))
        .docs("The smallest whole number that is not below the number.")
        .example("{%= roundUp(4.2) %}", "5"),
    number("toHexString", &[NUMBER], Kind::Text, |args| {
        let value = args.integer(0)?;
        args.written(format_args!("{value:x}"))
    })
    .docs("A whole number in hexadecimal; a negative one in two's complement of 64 bits.")
    .example("{%= toHexString(158) %}", "9e"),
    number("toInt", &[param("value", Kind::Any)], Kind::Integer, |args| args.integer(0).map(Val::Int))
        .docs("The whole part of a number, or of the number that a text reads as; true is 1. Empty if there is none.")
        .example(r#"{%= toInt(42.6) %} {%= toInt("7") %}"#, "42 7"),
    number("toPercentage", &[NUMBER], Kind::Text, |args| {
        let value = args.number(0)?.as_f64() * 100.0;
        if !value.is_finite() {
            return Err(Fault::Failed("the number is too large".to_owned()));
        }
        let printed = args.context.print(&Val::float(value))?;
        args.written(format_args!("{printed}%"))
    })
    .docs("A share as a percentage: 0.25 is 25%.")
    .example("{%= toPercentage(0.25) %}", "25%"),
    number("toPrecision", &[NUMBER, param("decimals", Kind::Integer)], Kind::Text, |args| {
        let (value, decimals) = (args.number(0)?.as_f64(), args.integer(1)?);
        match usize::try_from(decimals) {
            Ok(decimals) if decimals <= 20 => args.written(format_args!("{value:.decimals$}")),
            _ => Err(Fault::Failed(format!("{decimals} is not a number of decimals from 0 to 20"))),
        }
    })
    .docs("A number with so many decimals, from 0 to 20. Of two that are equally near, the one whose last digit is even.")
    .example("{%= toPrecision(12.3456, 2) %}", "12.35"),
    number("toString", &[param("value", Kind::Any)], Kind::Text, |args| args.text(0).map(Val::Text))
        .docs("A value as it would be printed.")
        .example("{%= toString(12) %}", "12"),
    Function::new("formatCurrency", Category::Text, &[NUMBER, LOCALE], Kind::Text, |args| {
        let (value, locale) = (args.number(0)?, args.locale(1)?);
        let mut out = args.context.text();
        locale::money(locale, value, &mut out);
        args.made(out)
    })
    .docs(
        "An amount in the currency of a locale's country, as the locale writes it. A locale without a country takes the \
         language's most likely one.",
    )
    .example(r#"{%= formatCurrency(56L, "en_GB") %}"#, "£56.00"),
    Function::new(
        "ampCompare",
        Category::Migration,
        &[param("value", Kind::Any), param("other", Kind::Any), param("operator", Kind::Integer)],
        Kind::Boolean,
        amp_compare,
    )
    .nulls(Nulls::Asks)
    .docs("Compares two values by the number of an operator: 1 is =, 2 is !=, 3 is >, 4 is >=, 5 is <, 6 is <=.")
    .example("{%= ampCompare(21, 18, 4) %}", "true"),
];

fn round<'a>(args: &mut Args<'_, 'a>, round: fn(f64) -> f64) -> Answer<'a> {
    Ok(match args.number(0)? {
        Num::Int(value) => Val::Int(value),
        Num::Float(value) => {
            let rounded = round(value);
            Num::Float(rounded).as_i64().map_or(Val::float(rounded), Val::Int)
        }
    })
}

fn amp_compare<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (value, other) = (args.take(0), args.take(1));
    let operator = match args.integer(2)? {
        1 => BinaryOp::Equal,
        2 => BinaryOp::NotEqual,
        3 => BinaryOp::Greater,
        4 => BinaryOp::GreaterOrEqual,
        5 => BinaryOp::Less,
        6 => BinaryOp::LessOrEqual,
        number => {
            return Err(Fault::Failed(format!(
                "{number} is not the number of an operator from 1 to 6"
            )));
        }
    };
    Ok(Val::Bool(operate::compare(
        args.context,
        operator,
        &value,
        &other,
    )?))
}
