//! What an editor offers in the call of a fragment.

use super::{Completion, CompletionKind, FragmentOffer};
use crate::personalize::fragment::{Argument, Need};
use crate::personalize::lexer::{is_fragment_char, is_name_char};

/// The call of a fragment with what it needs, to be put where a tag has only begun.
pub(super) fn whole_call(fragment: &FragmentOffer, replace_from: usize) -> Completion {
    let mut insert = format!("fragment name=\"{}\"", fragment.name);
    for argument in &fragment.arguments {
        if argument.need == Need::Required {
            insert.push_str(&format!(" {}=\"\"", argument.name));
        }
    }
    offer(fragment, insert, replace_from)
}

/// What could be typed in the call of a fragment: names in the quotes, and after that what it lets its callers give.
/// `body` is the tag up to the cursor at `offset`; none where it calls no fragment.
pub(super) fn inside_call(body: &str, offset: usize, fragments: &[FragmentOffer]) -> Option<Vec<Completion>> {
    let body = body.trim_start_matches(['{', '~']).trim_start();
    let rest = match body.strip_prefix('>') {
        Some(rest) => rest,
        None => body
            .strip_prefix("fragment")
            .filter(|rest| rest.starts_with([' ', '\n', '\t']))?,
    };
    let (named, typed) = read(rest);
    Some(match typed {
        Typed::Name(partial) => fragments
            .iter()
            .filter(|fragment| contains(&fragment.name, partial))
            .map(|fragment| offer(fragment, fragment.name.clone(), offset - partial.len()))
            .collect(),
        Typed::Key { partial, given } => {
            let called = fragments
                .iter()
                .find(|fragment| Some(fragment.name.as_str()) == named);
            called
                .into_iter()
                .flat_map(|fragment| &fragment.arguments)
                .filter(|argument| {
                    contains(&argument.name, partial) && !given.contains(&argument.name.as_str())
                })
                .map(|argument| key(argument, offset - partial.len()))
                .collect()
        }
        Typed::Value => Vec::new(),
    })
}

/// What is being typed.
enum Typed<'s> {
    /// The fragment's name.
    Name(&'s str),
    /// The key of an argument, after these.
    Key { partial: &'s str, given: Vec<&'s str> },
    /// The value of one.
    Value,
}

/// Reads a call up to the cursor: the fragment's name, where it has been given, and what is being typed.
fn read(mut rest: &str) -> (Option<&str>, Typed<'_>) {
    let mut named = None;
    let mut given = Vec::new();
    let mut key = "name";
    loop {
        rest = rest.trim_start();
        if let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) {
            let inside = &rest[1..];
            let Some(end) = inside.find(quote) else {
                let name = matches!(key, "name" | "id") && named.is_none();
                return (named, if name { Typed::Name(inside) } else { Typed::Value });
            };
            if matches!(key, "name" | "id") {
                named = named.or(Some(&inside[..end]));
            }
            rest = &inside[end + 1..];
            key = "";
            continue;
        }
        // The name of the fragment may have letters that no key has.
        let part_of_word =
            |letter: char| is_name_char(letter) || (named.is_none() && is_fragment_char(letter));
        let word_end = rest.find(|letter| !part_of_word(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(word_end);
        match after.trim_start().strip_prefix('=') {
            Some(value) => {
                key = word;
                given.push(word);
                rest = value;
                if rest.trim().is_empty() {
                    return (named, Typed::Value);
                }
            }
            None if after.is_empty() => {
                let typed = match named {
                    Some(_) => Typed::Key { partial: word, given },
                    None => Typed::Name(word),
                };
                return (named, typed);
            }
            // A bare name or value; a sign that no call has ends the reading.
            None if word.is_empty() => return (named, Typed::Value),
            None => {
                named = named.or(Some(word));
                rest = after;
                key = "";
            }
        }
    }
}

fn contains(name: &str, partial: &str) -> bool {
    name.to_lowercase().contains(&partial.to_lowercase())
}

fn offer(fragment: &FragmentOffer, insert: String, replace_from: usize) -> Completion {
    Completion {
        kind: CompletionKind::Fragment,
        label: fragment.name.clone(),
        insert,
        replace_from,
        detail: "fragment".to_owned(),
        documentation: fragment.description.clone(),
    }
}

fn key(argument: &Argument, replace_from: usize) -> Completion {
    Completion {
        kind: CompletionKind::Argument,
        label: argument.name.clone(),
        insert: format!("{}=\"\"", argument.name),
        replace_from,
        detail: "argument".to_owned(),
        documentation: match argument.need {
            Need::Required => "The fragment needs it.".to_owned(),
            Need::HasText => "In place of the fragment's own text.".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Schema, complete_with};
    use super::*;

    fn offered(source: &str) -> Vec<String> {
        let fragment = |name: &str, arguments: &[(&str, Need)]| FragmentOffer {
            name: name.to_owned(),
            description: String::new(),
            arguments: arguments
                .iter()
                .map(|(name, need)| Argument {
                    name: (*name).to_owned(),
                    need: *need,
                })
                .collect(),
        };
        let known = [
            fragment("footer", &[]),
            fragment("more", &[("sport", Need::Required), ("tone", Need::HasText)]),
        ];
        complete_with(source, source.len(), &Schema::empty(), &known)
            .into_iter()
            .filter(|one| matches!(one.kind, CompletionKind::Fragment | CompletionKind::Argument))
            .map(|one| format!("{}{}", &source[..one.replace_from], one.insert))
            .collect()
    }

    #[test]
    fn names_are_offered_where_a_call_wants_one() {
        assert_eq!(offered("a {{fragment name=\"fo"), ["a {{fragment name=\"footer"]);
        assert_eq!(
            offered("{{ fragment id='"),
            ["{{ fragment id='footer", "{{ fragment id='more"]
        );
        assert_eq!(offered("{{> mo"), ["{{> more"]);
        assert_eq!(offered("{{fragment \"ore"), ["{{fragment \"more"]);
        assert_eq!(offered("{{mor"), ["{{fragment name=\"more\" sport=\"\""]);
        assert_eq!(offered("{{frag").len(), 2);
        assert_eq!(offered("{%= mor"), [""; 0]);
        assert_eq!(offered("{{fragment name=\"more\"}} mo"), [""; 0]);
    }

    #[test]
    fn arguments_are_offered_after_the_name_each_once() {
        let call = "{{fragment name=\"more\" ";
        assert_eq!(
            offered(call),
            [format!("{call}sport=\"\""), format!("{call}tone=\"\"")]
        );
        assert_eq!(
            offered("{{fragment name=\"more\" sport=\"x\" t"),
            ["{{fragment name=\"more\" sport=\"x\" tone=\"\""]
        );
        assert_eq!(offered("{{fragment name=\"more\" sport=\"fo"), [""; 0]);
        assert_eq!(offered("{{fragment name=\"more\" sport="), [""; 0]);
    }
}
