//! What templates ask of a person beyond the attributes, so that nothing else need be read for them.

use std::collections::{BTreeSet, HashSet};

use super::program::{Expr, ExprId, Origin, Program, Root};

/// The namespace of our own audiences in `profile.segmentMembership`, by the name that Adobe's profile service has for its.
pub(crate) const NAMESPACE: &str = "ups";

/// What templates ask of a person beyond the attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks {
    /// Whether `profile.identityMap` is read.
    pub identities: bool,
    /// Which audiences are asked for, by `profile.segmentMembership` or `inAudience`.
    pub audiences: AskedAudiences,
}

/// Which audiences templates ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedAudiences {
    /// Those whose identifiers are written in the templates; none where there are none.
    Named(BTreeSet<String>),
    /// Which, is known only when a text is made.
    All,
}

impl Default for AskedAudiences {
    fn default() -> Self {
        Self::Named(BTreeSet::new())
    }
}

impl Asks {
    /// All that can be asked.
    pub const ALL: Self = Self {
        identities: true,
        audiences: AskedAudiences::All,
    };

    /// Is there nothing to be read but the attributes?
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Asks for what another asks as well.
    pub fn add(&mut self, other: &Self) {
        self.identities |= other.identities;
        match (&mut self.audiences, &other.audiences) {
            (AskedAudiences::Named(own), AskedAudiences::Named(others)) => own.extend(others.iter().cloned()),
            (own, AskedAudiences::All) => *own = AskedAudiences::All,
            (AskedAudiences::All, _) => {}
        }
    }

    /// What a program asks.
    pub(super) fn of(program: &Program) -> Self {
        let mut found = Self::default();
        // Maps of memberships of which one audience is taken by its name, and nothing else is seen.
        let mut opened = HashSet::new();
        for expr in &program.exprs {
            let Expr::Call { function, args, .. } = expr else {
                continue;
            };
            match (function.name, program.list(*args)) {
                ("inAudience", [id]) => match program.expr(*id) {
                    Expr::Text(id) => found.name(program.text(*id)),
                    _ => found.audiences = AskedAudiences::All,
                },
                ("get", [map, id]) => {
                    if let (Some((seen, own)), Expr::Text(id)) = (namespace(program, *map), program.expr(*id))
                    {
                        opened.insert(seen);
                        if own == NAMESPACE {
                            found.name(program.text(*id));
                        }
                    }
                }
                _ => {}
            }
        }
        for (at, expr) in program.exprs.iter().enumerate() {
            if let Expr::Path(path) = expr
                && !opened.contains(&ExprId(u32::try_from(at).unwrap_or(u32::MAX)))
            {
                found.path(&names(program, *path));
            }
        }
        found
    }

    fn name(&mut self, id: &str) {
        if let AskedAudiences::Named(ids) = &mut self.audiences {
            ids.insert(id.to_owned());
        }
    }

    fn path(&mut self, names: &[&str]) {
        match names {
            ["profile"] => *self = Self::ALL,
            ["profile", "identityMap", ..] => self.identities = true,
            ["profile", "segmentMembership", NAMESPACE, id, ..] => self.name(id),
            // What other systems say of their own audiences is in the attributes, if anywhere.
            ["profile", "segmentMembership", other, ..] if *other != NAMESPACE => {}
            ["profile", "segmentMembership", ..] => self.audiences = AskedAudiences::All,
            _ => {}
        }
    }
}

/// The names of a path from its root on; none where it starts elsewhere.
fn names(program: &Program, path: super::program::PathId) -> Vec<&str> {
    let path = program.path(path);
    let Origin::Root(root @ Root::Profile) = path.origin else {
        return Vec::new();
    };
    let steps = program.segments(path.segments).iter();
    let steps = steps.map(|segment| program.text(segment.name));
    std::iter::once(root.name()).chain(steps).collect()
}

/// Of an expression that is a namespace's map of memberships, `profile.segmentMembership.get("ups")` or
/// `profile.segmentMembership.ups`: the path at which it starts, and the namespace.
fn namespace(program: &Program, map: ExprId) -> Option<(ExprId, &str)> {
    match program.expr(map) {
        Expr::Path(path) => match names(program, *path)[..] {
            ["profile", "segmentMembership", namespace] => Some((map, namespace)),
            _ => None,
        },
        Expr::Call { function, args, .. } if function.name == "get" => {
            let [all, namespace] = program.list(*args) else {
                return None;
            };
            let (Expr::Path(path), Expr::Text(namespace)) = (program.expr(*all), program.expr(*namespace))
            else {
                return None;
            };
            let whole = names(program, *path) == ["profile", "segmentMembership"];
            whole.then(|| (*all, program.text(*namespace)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personalize::{Fragments, ParseOptions, Template};

    fn asks(source: &str) -> Asks {
        let parsed = Template::parse(source);
        assert!(parsed.is_valid(), "{source}: {:?}", parsed.findings);
        parsed.template.asks()
    }

    fn named(ids: &[&str]) -> Asks {
        Asks {
            audiences: AskedAudiences::Named(ids.iter().map(|id| (*id).to_owned()).collect()),
            ..Asks::default()
        }
    }

    #[test]
    fn attributes_ask_for_nothing_more() {
        for source in [
            "Hi",
            "{{profile.person.name.firstName}} {{audience.name}} {{context.journey.events.identityMap}}",
            "{%= get(profile.pets, \"a\") %}",
            "{{profile.segmentMembership.AAM.a-1.status}}",
            r#"{%= profile.segmentMembership.get("AAM").get("a-1").status %}"#,
        ] {
            assert!(asks(source).is_nothing(), "{source}");
        }
    }

    #[test]
    fn audiences_are_known_by_what_is_written() {
        for source in [
            r#"{%#if inAudience("a-1")%}x{%/if%}"#,
            r#"{%#if profile.segmentMembership.get("ups").get("a-1").status = "existing"%}x{%/if%}"#,
            r#"{%#if profile.segmentMembership.ups.get("a-1").status = "existing"%}x{%/if%}"#,
            r#"{%= get(get(profile.segmentMembership, "ups"), "a-1").status %}"#,
            "{{profile.segmentMembership.ups.a-1.status}}",
        ] {
            assert_eq!(asks(source), named(&["a-1"]), "{source}");
        }
        let both = r#"{%#if inAudience("a-1") or inAudience("a-2")%}x{%/if%}"#;
        assert_eq!(asks(both), named(&["a-1", "a-2"]));
    }

    #[test]
    fn what_may_turn_out_to_be_any_audience_asks_for_all() {
        for source in [
            "{%#if inAudience(profile.wanted)%}x{%/if%}",
            "{{#each profile.segmentMembership.ups}}{{@key}}{{/each}}",
            r#"{% let all = profile.segmentMembership %}{%= all.get("ups").get("a-1").status %}"#,
            "{%= count(keys(profile.segmentMembership.get(\"ups\"))) %}",
            r#"{%= profile.segmentMembership.get("ups").get("a-1").status %}{%= profile.segmentMembership.get(profile.x) %}"#,
        ] {
            let asks = asks(source);
            assert_eq!(asks.audiences, AskedAudiences::All, "{source}");
            assert!(!asks.identities, "{source}");
        }
    }

    #[test]
    fn identities_are_asked_for_by_their_field_or_by_all_of_the_profile() {
        let identities = Asks {
            identities: true,
            ..Asks::default()
        };
        assert_eq!(asks("{{profile.identityMap.Email[0].id}}"), identities);
        assert_eq!(
            asks(r#"{%= profile.identityMap.get("Email")[0].id %}"#),
            identities
        );
        assert_eq!(asks("{{#with profile}}{{identityMap}}{{/with}}"), Asks::ALL);
    }

    #[test]
    fn a_fragment_asks_for_whoever_calls_it() {
        let mut fragments = Fragments::default();
        fragments.insert("perks", r#"{%#if inAudience("a-1")%}x{%/if%}"#);
        let source = r#"{{fragment name="perks"}}"#;
        let read = Template::parse_with_fragments(source, &ParseOptions::default(), &fragments);
        assert_eq!(read.template.asks(), named(&["a-1"]));
        assert!(
            Template::parse_with_fragments("Hi", &ParseOptions::default(), &fragments)
                .template
                .asks()
                .is_nothing()
        );
    }

    #[test]
    fn one_asks_for_what_another_asks_as_well() {
        let mut all = named(&["a-1"]);
        all.add(&named(&["a-2"]));
        assert_eq!(all, named(&["a-1", "a-2"]));
        all.add(&Asks::ALL);
        assert_eq!(all, Asks::ALL);
        all.add(&named(&["a-3"]));
        assert_eq!(all, Asks::ALL);
    }
}
