//! What was sent, as it is shown.

use serde::de::IgnoredAny;

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
}
