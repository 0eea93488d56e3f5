//! What was sent, as it is shown.

use serde::de::IgnoredAny;

use super::content::collapse_id;
use crate::{
    ids::DeliveryId,
    message::{Content, Priority},
    time::Timestamp,
};

/// A JSON text over several lines, two spaces for each depth: nothing is changed but the space between its signs, so that
/// names stay in their order and texts as they were written. What is not JSON stays as it is.
pub fn indented(json: &str) -> String {
    if serde_json::from_str::<IgnoredAny>(json).is_err() {
        return json.to_owned();
    }
    let mut shown = String::with_capacity(json.len() * 2);
    let line = |shown: &mut String, depth: usize| {
        shown.push('\n');
        shown.extend(std::iter::repeat_n("  ", depth));
    };
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    let mut signs = json.chars().peekable();
    while let Some(sign) = signs.next() {
        if in_text {
            shown.push(sign);
            in_text = escaped || sign != '"';
            escaped = sign == '\\' && !escaped;
            continue;
        }
        match sign {
            '{' | '[' => {
                shown.push(sign);
                while signs.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if let Some(end) = signs.next_if(|next| matches!(next, '}' | ']')) {
                    shown.push(end);
                } else {
                    depth += 1;
                    line(&mut shown, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut shown, depth);
                shown.push(sign);
            }
            ',' => {
                shown.push(sign);
                line(&mut shown, depth);
            }
            ':' => shown.push_str(": "),
            space if space.is_ascii_whitespace() => {}
            sign => {
                in_text = sign == '"';
                shown.push(sign);
            }
        }
    }
    shown
}

/// The headers that Apple was sent with a payload, as far as what is kept tells them for certain: not the topic, which is
/// that of the app configuration at the time, nor a collapse identifier that was made for the person.
pub fn apple_headers(
    delivery: DeliveryId,
    expires_at: Timestamp,
    content: &Content,
) -> Vec<(&'static str, String)> {
    let priority = match content.priority {
        Priority::High => "10",
        Priority::Normal => "5",
    };
    let mut headers = vec![
        ("apns-id", delivery.to_string()),
        ("apns-push-type", "alert".to_owned()),
        ("apns-priority", priority.to_owned()),
        ("apns-expiration", expires_at.as_seconds().to_string()),
    ];
    if !content.collapse_key.contains('{') {
        headers.push(("apns-collapse-id", collapse_id(&content.collapse_key, delivery)));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_shown_in_the_order_in_which_it_was_sent() {
        let sent = r#"{"z":{"b":"a, {b}: \"c\" \\","a":[1,-2.50,[]],"e":{}},"a":null,"é":"\u00e9"}"#;
        let shown = indented(sent);
        assert_eq!(
            shown,
            r#"{
  "z": {
    "b": "a, {b}: \"c\" \\",
    "a": [
      1,
      -2.50,
      []
    ],
    "e": {}
  },
  "a": null,
  "é": "\u00e9"
}"#
        );
        assert_eq!(indented(&shown), shown);
        assert_eq!(indented("[ ]"), "[]");
        assert_eq!(indented("not {json}"), "not {json}");
    }

    #[test]
    fn only_headers_that_are_certain_are_told() {
        let delivery = DeliveryId(uuid::Uuid::from_u128(1));
        let mut content = Content {
            collapse_key: " gate ".into(),
            ..Content::default()
        };
        let names = |content: &Content| {
            apple_headers(delivery, Timestamp::from_millis(1_768_472_430_000), content)
                .into_iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(&content),
            [
                "apns-id: 00000000-0000-0000-0000-000000000001",
                "apns-push-type: alert",
                "apns-priority: 10",
                "apns-expiration: 1768472430",
                "apns-collapse-id: gate",
            ]
        );
        content.collapse_key = "{{profile.gate}}".into();
        content.priority = Priority::Normal;
        let told = names(&content);
        assert_eq!((told.len(), told[2].as_str()), (4, "apns-priority: 5"));
    }
}
