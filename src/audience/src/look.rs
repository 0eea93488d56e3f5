//! Looking at audiences: the list, the count that follows each change of a rule, and one profile's memberships.

use std::{collections::BTreeMap, time::Duration};

use heliograph_model::{
    audience::{Place, Preview, Rule, UsedBy, describe_naming, needs, validate},
    ids::{AudienceId, ProfileId},
};
use heliograph_store::{
    Database, Store,
    audiences::{self, Audience},
};
use tokio::time::Instant;

use crate::{Error, Result};

/// How long a count may take before it is shown as far as it has come.
pub const PREVIEW_LIMIT: Duration = Duration::from_secs(2);
/// How many profiles a preview shows.
pub const SAMPLE: u32 = 10;

/// An audience in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// The audience.
    pub audience: Audience,
    /// Its rule as a sentence.
    pub sentence: String,
    /// What uses it.
    pub used_by: Vec<UsedBy>,
}

/// All audiences, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(store: &Store) -> Result<Vec<Listed>> {
    let db = &mut store.read().await?;
    let all = audiences::list(db).await?;
    let mut uses = audiences::used_by_each(db).await?;
    let names = names(&all);
    Ok(all
        .into_iter()
        .map(|audience| Listed {
            sentence: describe_naming(&audience.rule, |id| names.get(&id).cloned()),
            used_by: uses.remove(&audience.id).unwrap_or_default(),
            audience,
        })
        .collect())
}

/// A rule as a sentence, with the names of the audiences that it mentions.
///
/// # Errors
/// Where the database fails.
pub async fn sentence(db: &mut impl Database, rule: &Rule) -> Result<String> {
    let names = if needs(rule).audiences.is_empty() {
        BTreeMap::new()
    } else {
        names(&audiences::list(db).await?)
    };
    Ok(describe_naming(rule, |id| names.get(&id).cloned()))
}

fn names(all: &[Audience]) -> BTreeMap<AudienceId, String> {
    all.iter()
        .map(|audience| (audience.id, audience.name.clone()))
        .collect()
}

/// How many profiles a rule holds for, saved or not, and some of them; as far as it has come after [`PREVIEW_LIMIT`].
///
/// # Errors
/// [`Error::Rule`] where the rule can't be used; where the database fails.
pub async fn preview(store: &Store, rule: &Rule) -> Result<Preview> {
    let problems = validate(rule, Place::Audience);
    if !problems.is_empty() {
        return Err(Error::Rule(problems));
    }
    let deadline = Instant::now() + PREVIEW_LIMIT;
    let db = &mut store.read().await?;
    let (tally, ids) = audiences::count_with_sample(db, rule, store.now(), SAMPLE, Some(deadline)).await?;
    Ok(Preview {
        matched: tally.matched.unsigned_abs(),
        judged: tally.judged.unsigned_abs(),
        complete: tally.complete,
        sample: audiences::present(db, &ids).await?,
    })
}

/// The audiences that a profile is in, by name.
///
/// # Errors
/// Where the database fails.
pub async fn of_profile(store: &Store, profile: ProfileId) -> Result<Vec<Audience>> {
    let db = &mut store.read().await?;
    let mut all = audiences::list(db).await?;
    let ids: Vec<AudienceId> = all.iter().map(|audience| audience.id).collect();
    let within = audiences::audiences_of(db, profile, &ids, store.now()).await?;
    all.retain(|audience| within.contains(&audience.id));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use heliograph_model::{
        app_config::Platform,
        audience::{FieldTest, Operator},
        profile::{Identity, PushPlatform},
    };
    use heliograph_store::{
        audiences::Draft,
        audit::Actor,
        devices::{Claim, Wanted, sync},
        profiles::{Upsert, upsert},
        testing::on_each_engine,
    };
    use serde_json::json;

    use super::*;
    use crate::create;

    fn in_city(city: &str) -> Rule {
        Rule::Attribute(FieldTest {
            path: "homeAddress.city".to_owned(),
            operator: Operator::Equals,
            value: json!(city),
        })
    }

    #[tokio::test]
    async fn a_rule_is_counted_with_people_to_look_at() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let people: Vec<Upsert> = (0..30)
                .map(|n| Upsert {
                    identities: vec![
                        Identity::new("ECID", &format!("{n}")).unwrap(),
                        Identity::new("Email", &format!("p{n}@example.com")).unwrap(),
                    ],
                    attributes: json!({
                        "person": {"name": {"firstName": "Ada", "lastName": n.to_string()}},
                        "homeAddress": {"city": if n % 2 == 0 { "Rome" } else { "Paris" }},
                    }),
                })
                .collect();
            let ids = upsert(&mut tx, &people).await.unwrap();
            let first = ids[0].unwrap();
            let claim = Claim {
                profile: first,
                ecid: None,
                app: "com.example".to_owned(),
                platform: PushPlatform::ApnsSandbox,
                token: "AB".to_owned(),
                wanted: Wanted::Yes,
                at: store.now(),
            };
            sync(&mut tx, &[claim]).await.unwrap();
            tx.commit().await.unwrap();

            let preview = preview(&store, &in_city("rome")).await.unwrap();
            assert_eq!(
                (preview.matched, preview.judged, preview.complete),
                (15, 30, true)
            );
            assert_eq!(preview.sample.len(), 10);
            let shown = preview.sample.iter().find(|shown| shown.id == first).unwrap();
            assert_eq!(shown.name.as_deref(), Some("Ada 0"));
            assert_eq!(shown.identity.as_deref(), Some("p0@example.com"));
            assert_eq!(shown.platforms, [Platform::Ios]);

            let rome = Draft {
                name: "Rome".to_owned(),
                description: String::new(),
                rule: in_city("Rome"),
            };
            let rome = create(&store, &Actor::system(), rome).await.unwrap();
            let beyond = Draft {
                name: "Beyond".to_owned(),
                description: String::new(),
                rule: Rule::Not {
                    rule: Box::new(Rule::Audience { audience: rome.id }),
                },
            };
            create(&store, &Actor::system(), beyond).await.unwrap();
            assert_eq!(of_profile(&store, first).await.unwrap(), [rome]);
            let listed = list(&store).await.unwrap();
            assert_eq!(listed[0].sentence, "Not in the audience “Rome”");
            assert_eq!(
                listed[1]
                    .used_by
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>(),
                ["the audience “Beyond”"]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_rule_that_cannot_be_used_is_not_counted() {
        on_each_engine(|store, _| async move {
            let refused = preview(&store, &in_city("")).await.unwrap_err();
            assert_eq!(
                refused.to_string(),
                "the rule can’t be used yet: Enter what to compare with."
            );
        })
        .await;
    }
}
