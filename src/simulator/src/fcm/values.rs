//! What the values of a send request may be, as Google's JSON parser has them.
//!
//! Sources: Protocol Buffers, "ProtoJSON Format" (which JSON each type is read from); Google, "REST Resource:
//! projects.messages" (the enums and their names). How Google words what it can't read was read in its answers to others.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::errors::Misfit;
use super::fields::camel_case;

/// A type of one value.
pub(super) enum Value {
    Text,
    Flag,
    /// A whole number of 32 bits.
    Whole,
    Number,
    /// `google.protobuf.Duration`: seconds with an `s`, such as `3.5s`.
    Duration,
    /// `google.protobuf.Timestamp`: RFC 3339.
    Timestamp,
    /// The enum's name and its values.
    Enum(&'static str, &'static [&'static str]),
}

impl Value {
    /// The type as Google calls it.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Text => "TYPE_STRING".into(),
            Self::Flag => "TYPE_BOOL".into(),
            Self::Whole => "TYPE_INT32".into(),
            Self::Number => "TYPE_FLOAT".into(),
            Self::Duration => "type.googleapis.com/google.protobuf.Duration".into(),
            Self::Timestamp => "type.googleapis.com/google.protobuf.Timestamp".into(),
            Self::Enum(name, _) => format!("type.googleapis.com/google.{name}").into(),
        }
    }

    /// That the value of a field at this place is none of the type.
    pub(super) fn misfit(&self, at: &str, field: &str, value: &Json) -> Option<Misfit> {
        let problem = match self {
            Self::Text if value.is_string() => return None,
            Self::Flag if value.is_boolean() => return None,
            Self::Whole if whole(value) => return None,
            Self::Number if number(value).is_some() => return None,
            // Integers are as good as names, and capitals as small letters: Google's own clients send `high`.
            Self::Enum(..) if whole(value) && value.is_number() => return None,
            Self::Enum(_, names)
                if value
                    .as_str()
                    .is_some_and(|text| names.iter().any(|name| name.eq_ignore_ascii_case(text))) =>
            {
                return None;
            }
            Self::Duration => seconds_problem(value)?,
            Self::Timestamp => time_problem(value)?,
            _ => return Some(Misfit::value(at, &self.name(), value)),
        };
        let field = camel_case(field);
        let kind = self.name();
        Some(Misfit {
            place: at.to_owned(),
            description: format!("Invalid value at '{at}' ({kind}), Field '{field}', {problem}"),
        })
    }
}

/// A number, or the text of one.
pub(super) fn number(value: &Json) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn whole(value: &Json) -> bool {
    number(value).is_some_and(|number| number.fract() == 0.0 && i32::try_from(number as i64).is_ok())
}

/// The seconds of a duration.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let number = text.strip_suffix('s')?;
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // It goes down to nanoseconds.
    (all_digits(whole) && all_digits(fraction) && fraction.len() <= 9)
        .then(|| number.parse().ok())
        .flatten()
}

/// What is wrong with a duration, if anything is.
fn seconds_problem(value: &Json) -> Option<String> {
    let Some(text) = value.as_str() else {
        return Some(format!("Invalid data type for duration, value is {value}"));
    };
    if !text.ends_with('s') {
        Some("Illegal duration format; duration must end with 's'".to_owned())
    } else if seconds(text).is_none() {
        Some("Invalid duration format, failed to parse seconds".to_owned())
    } else {
        None
    }
}

/// What is wrong with a time, if anything is.
fn time_problem(value: &Json) -> Option<String> {
    let Some(text) = value.as_str() else {
        return Some(format!("Invalid data type for timestamp, value is {value}"));
    };
    let good = text.contains('T') && text.parse::<Timestamp>().is_ok();
    (!good).then(|| format!("Invalid time format: {text}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fits(kind: &Value, value: &Json) -> bool {
        kind.misfit("message.x", "x", value).is_none()
    }

    #[test]
    fn each_type_takes_what_proto_json_reads_as_it_and_nothing_else() {
        let way = Value::Enum("Way", &["ALLOW", "DENY"]);
        let cases: [(&Value, &[Json], &[Json]); 7] = [
            (
                &Value::Text,
                &[json!(""), json!("a")],
                &[json!(1), json!(true), json!([]), json!({})],
            ),
            (
                &Value::Flag,
                &[json!(true), json!(false)],
                &[json!(1), json!("yes"), json!([])],
            ),
            (
                &Value::Whole,
                &[json!(-1), json!("7"), json!(1.0), json!(2_147_483_647)],
                &[json!(1.5), json!("x"), json!(2_147_483_648_u64), json!(true)],
            ),
            (
                &Value::Number,
                &[json!(0), json!(0.5), json!("0.5"), json!("NaN")],
                &[json!("half"), json!(false)],
            ),
            (
                &Value::Duration,
                &[json!("3.5s"), json!("0s"), json!("-1s"), json!("0.000000001s")],
                &[
                    json!("3.5"),
                    json!("s"),
                    json!("1.s"),
                    json!("1e3s"),
                    json!("infs"),
                    json!("0.0000000001s"),
                    json!(3),
                ],
            ),
            (
                &Value::Timestamp,
                &[
                    json!("2014-10-02T15:01:23Z"),
                    json!("2014-10-02T15:01:23.045+05:30"),
                ],
                &[json!("2014-10-02"), json!("2014-10-02 15:01:23Z"), json!(0)],
            ),
            (
                &way,
                &[json!("ALLOW"), json!("deny"), json!(1)],
                &[json!("MAYBE"), json!(""), json!("1"), json!(true)],
            ),
        ];
        for (kind, good, bad) in cases {
            let name = kind.name();
            for value in good {
                assert!(fits(kind, value), "{name} {value}");
            }
            for value in bad {
                assert!(!fits(kind, value), "{name} {value}");
            }
        }
    }
}
