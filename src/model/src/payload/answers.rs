//! The roots of a person that are no attributes: `profile.identityMap` and `profile.segmentMembership`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    ids::AudienceId,
    personalize::{AskedAudiences, Asks, NAMESPACE},
    profile::{Identity, Names},
};

const MEMBERSHIP: &str = "segmentMembership";

/// Of a membership: whoever is in an audience when it is asked. Nobody notes when people come and go, so that nobody is
/// `realized`, which Journey Optimizer says of those who have only now entered, and nobody `exited`; whoever is not in it
/// has no entry. Its own examples compare with this word
/// (<https://experienceleague.adobe.com/en/docs/journey-optimizer/using/content-management/personalization/functions/helpers>).
const STATUS: &str = "existing";

/// Writes into a person's attributes what templates ask beyond them, in the form that XDM gives it
/// (<https://experienceleague.adobe.com/en/docs/experience-platform/xdm/field-groups/profile/identitymap>,
/// <https://experienceleague.adobe.com/en/docs/experience-platform/xdm/field-groups/profile/segmentation>).
///
/// `identities` are all of the person's, the oldest first; `audiences` are those of the asked that the person is in. What
/// attributes say of other audiences, as where they were brought along from elsewhere, stays.
pub fn answer(attributes: &mut Value, asks: &Asks, identities: &[Identity], audiences: &[AudienceId]) {
    if asks.is_nothing() {
        return;
    }
    let mut known = fields(Some(attributes.take()));
    if asks.identities {
        known.insert("identityMap".to_owned(), identity_map(identities));
    }
    if asks.audiences != AskedAudiences::default() {
        let mut memberships = fields(known.remove(MEMBERSHIP));
        let mut own = fields(memberships.remove(NAMESPACE));
        own.extend(
            audiences
                .iter()
                .map(|audience| (audience.to_string(), json!({ "status": STATUS }))),
        );
        memberships.insert(NAMESPACE.to_owned(), own.into());
        known.insert(MEMBERSHIP.to_owned(), memberships.into());
    }
    *attributes = known.into();
}

/// The fields of an object; none where it is no object.
fn fields(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The identities by namespace. One is the primary: the oldest that names a person, or the oldest.
fn identity_map(identities: &[Identity]) -> Value {
    let person = identities
        .iter()
        .position(|identity| identity.names() == Names::Person);
    let primary = person.unwrap_or(0);
    let mut map: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (at, identity) in identities.iter().enumerate() {
        let one = json!({ "id": identity.value, "primary": at == primary });
        map.entry(&identity.namespace).or_default().push(one);
    }
    json!(map)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::personalize::{RenderOptions, Scope, Template};

    fn says(source: &str, identities: &[(&str, &str)], audiences: &[AudienceId]) -> String {
        let template = Template::parse(source).template;
        let identities: Vec<Identity> = identities
            .iter()
            .map(|(namespace, value)| Identity::new(namespace, value).unwrap())
            .collect();
        let mut attributes = json!({"pet": "cat"});
        answer(&mut attributes, &template.asks(), &identities, audiences);
        let scope = Scope::at(0).profile(&attributes);
        template.render(&scope, &RenderOptions::default()).unwrap().text
    }

    #[test]
    fn memberships_are_what_adobes_own_examples_compare_with() {
        let id = AudienceId(Uuid::from_u128(0x5fd5));
        let asked = format!(r#"profile.segmentMembership.get("ups").get("{id}").status"#);
        for condition in [
            format!(r#"{asked} = "existing""#),
            format!(r#"in({asked}, ["realized", "existing"])"#),
            format!(r#"inAudience("{id}")"#),
        ] {
            let source = format!("{{%#if {condition}%}}in{{%else%}}out{{%/if%}}");
            assert_eq!(says(&source, &[], &[id]), "in", "{source}");
            assert_eq!(says(&source, &[], &[]), "out", "{source}");
        }
    }

    #[test]
    fn identities_are_listed_by_namespace_and_one_that_names_the_person_is_the_primary() {
        let identities = [("ECID", "1"), ("Email", "a@b.c"), ("Email", "d@e.f")];
        let all = r#"{{#each profile.identityMap as |list|}}{{#each list as |one|}}{{one.id}}:{{one.primary}} {{/each}}{{/each}}"#;
        assert_eq!(says(all, &identities, &[]), "1:false a@b.c:true d@e.f:false ");
        assert_eq!(
            says("{{profile.identityMap.Email[1].id}}", &identities, &[]),
            "d@e.f"
        );
        assert_eq!(says(all, &identities[..1], &[]), "1:true ");
        assert_eq!(says("{{profile.identityMap.CRM[0].id}}.", &identities, &[]), ".");
    }

    #[test]
    fn what_is_not_asked_for_is_not_written_and_what_was_brought_along_stays() {
        let mut attributes =
            json!({"segmentMembership": {"ups": {"theirs": {"status": "realized"}}}, "pet": "cat"});
        let before = attributes.clone();
        answer(&mut attributes, &Asks::default(), &[], &[]);
        assert_eq!(attributes, before);
        let id = AudienceId(Uuid::from_u128(1));
        answer(&mut attributes, &Asks::ALL, &[], &[id]);
        let id = id.to_string();
        assert_eq!(
            attributes,
            json!({
                "pet": "cat",
                "identityMap": {},
                "segmentMembership": {"ups": {"theirs": {"status": "realized"}, id: {"status": "existing"}}},
            })
        );
    }
}
