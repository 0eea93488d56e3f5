//! Which of many audiences each of some profiles is in.

use std::collections::HashMap;

use heliograph_model::{
    audience::Rule,
    ids::{AudienceId, ProfileId},
    personalize::AskedAudiences,
    time::Timestamp,
};

use super::compile::{Library, compile};
use crate::{
    Database, Error, Result,
    statement::{Bind, Binds, engine_of, fetch},
};

/// Most audiences that one statement judges. Few in tests, so that they too need several.
const AUDIENCES: usize = if cfg!(test) { 2 } else { 50 };
/// Most profiles that one statement judges.
const PROFILES: usize = 1_000;

/// Which of the asked audiences each of the profiles is in; one that is in none has no entry. All are judged together, in one
/// statement unless there are very many. Nobody is in an audience that is not there or that can't be judged, for a push is
/// not to wait until somebody mends it.
///
/// # Errors
/// Where the database fails.
pub async fn memberships(
    db: &mut impl Database,
    asked: &AskedAudiences,
    profiles: &[ProfileId],
    now: Timestamp,
) -> Result<HashMap<ProfileId, Vec<AudienceId>>> {
    let mut found: HashMap<ProfileId, Vec<AudienceId>> = HashMap::new();
    let wanted: Vec<AudienceId> = match asked {
        _ if profiles.is_empty() => return Ok(found),
        AskedAudiences::Named(ids) => ids.iter().filter_map(|id| id.parse().ok()).collect(),
        AskedAudiences::All => {
            let all = fetch_all!(db, (AudienceId,), "SELECT id FROM audience ORDER BY id")?;
            all.into_iter().map(|(id,)| id).collect()
        }
    };
    if wanted.is_empty() {
        return Ok(found);
    }
    let rules: Vec<Rule> = wanted.iter().map(|id| Rule::Audience { audience: *id }).collect();
    let library = Library::of(db, &Rule::Any { rules: rules.clone() }).await?;
    let asked: Vec<(AudienceId, Rule)> = wanted.into_iter().zip(rules).collect();
    for profiles in profiles.chunks(PROFILES) {
        for asked in asked.chunks(AUDIENCES) {
            for (profile, marks) in judge(db, asked, &library, profiles, now).await? {
                let inside = asked.iter().zip(marks.chars()).filter(|(_, mark)| *mark == '1');
                let ids: Vec<AudienceId> = inside.map(|((id, _), _)| *id).collect();
                if !ids.is_empty() {
                    found.entry(profile).or_default().extend(ids);
                }
            }
        }
    }
    Ok(found)
}

/// For each profile a text of marks: for each audience `1` where it is in it, and `0` where it is not.
async fn judge(
    db: &mut impl Database,
    asked: &[(AudienceId, Rule)],
    library: &Library,
    profiles: &[ProfileId],
    now: Timestamp,
) -> Result<Vec<(ProfileId, String)>> {
    let mut binds = Binds::default();
    let mut marks = Vec::with_capacity(asked.len());
    for (id, rule) in asked {
        let mut with = binds.clone();
        match compile(engine_of(db), rule, library, now, &mut with) {
            Ok(condition) => {
                binds = with;
                marks.push(format!("CASE WHEN {condition} THEN '1' ELSE '0' END"));
            }
            Err(error @ (Error::AudienceLoop { .. } | Error::RuleTooLarge { .. })) => {
                tracing::warn!(%error, audience = %id, "a message asks for an audience that can't be judged");
                marks.push("'0'".to_owned());
            }
            Err(error) => return Err(error),
        }
    }
    let set = binds.list(profiles.iter().map(|id| Bind::Id(id.0)));
    let text = format!(
        "SELECT p.id, {} FROM profile p WHERE p.merged_into IS NULL AND p.id IN {set}",
        marks.join(" || ")
    );
    fetch(db, text, binds).await
}

#[cfg(test)]
mod tests {
    use heliograph_model::audience::{FieldTest, Operator};
    use serde_json::json;

    use super::*;
    use crate::{
        Json,
        audiences::{Draft, create, delete, update},
        testing::{START, on_each_engine},
    };

    fn draft(name: &str, rule: Rule) -> Draft {
        Draft {
            name: name.to_owned(),
            description: String::new(),
            rule,
        }
    }

    fn pet(kind: &str) -> Rule {
        Rule::Attribute(FieldTest {
            path: "pet".to_owned(),
            operator: Operator::Equals,
            value: json!(kind),
        })
    }

    #[tokio::test]
    async fn each_profile_is_in_the_audiences_whose_rules_hold_for_it_and_a_broken_one_has_nobody() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let people: Vec<_> = ["cat", "dog", "fish"]
                .map(|kind| (ProfileId::new(store.ids()), kind))
                .to_vec();
            insert_all!(
                &mut tx,
                "INSERT INTO profile (id, attributes, test, created_at, updated_at) ",
                5,
                people,
                |(id, kind)| [*id, Json(json!({ "pet": kind })), false, START, START],
                ""
            )
            .unwrap();
            let cats = create(&mut tx, &draft("Cats", pet("cat"))).await.unwrap().id;
            let dogs = create(&mut tx, &draft("Dogs", pet("dog"))).await.unwrap().id;
            let either = Rule::Any {
                rules: vec![
                    Rule::Audience { audience: cats },
                    Rule::Audience { audience: dogs },
                ],
            };
            let furry = create(&mut tx, &draft("Furry", either)).await.unwrap().id;
            let broken = create(&mut tx, &draft("Broken", Rule::default())).await.unwrap();
            let itself = draft("Broken", Rule::Audience { audience: broken.id });
            update(&mut tx, broken.id, broken.revision, &itself)
                .await
                .unwrap();
            let gone = create(&mut tx, &draft("Gone", Rule::default())).await.unwrap().id;
            delete(&mut tx, gone).await.unwrap();
            tx.commit().await.unwrap();

            let db = &mut store.read().await.unwrap();
            let ids: Vec<ProfileId> = people.iter().map(|(id, _)| *id).collect();
            let all = memberships(db, &AskedAudiences::All, &ids, START).await.unwrap();
            assert_eq!(
                all,
                [(ids[0], vec![cats, furry]), (ids[1], vec![dogs, furry])].into()
            );
            let named = [gone.to_string(), "Cats".to_owned(), dogs.to_string()];
            let named = AskedAudiences::Named(named.into());
            let some = memberships(db, &named, &ids[1..], START).await.unwrap();
            assert_eq!(some, [(ids[1], vec![dogs])].into());
            let none = memberships(db, &AskedAudiences::default(), &ids, START)
                .await
                .unwrap();
            assert!(none.is_empty());
        })
        .await;
    }
}
