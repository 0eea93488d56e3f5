//! Making, changing and deleting audiences.

use std::collections::BTreeMap;

use heliograph_model::{
    audience::{Place, describe_naming, validate, validate_references},
    ids::AudienceId,
};
use heliograph_store::{
    Store, Tx,
    audiences::{self, Audience, Draft},
    audit::{self, Actor, Change},
};
use serde_json::json;

use crate::{Error, Result};

/// Longest name, in characters.
pub const NAME_MAX: usize = 100;
/// Longest description, in characters.
pub const DESCRIPTION_MAX: usize = 1_000;

/// Keeps a new audience.
///
/// # Errors
/// Where the draft can't be used, or the database fails.
pub async fn create(store: &Store, actor: &Actor, draft: Draft) -> Result<Audience> {
    let mut tx = store.begin().await?;
    let (draft, sentence) = checked(&mut tx, None, draft).await?;
    let audience = audiences::create(&mut tx, &draft).await?;
    record(&mut tx, actor, "created", &audience, json!({ "rule": sentence })).await?;
    tx.commit().await?;
    Ok(audience)
}

/// Changes an audience, if nobody else has since `revision` was read.
///
/// # Errors
/// Where the draft can't be used, someone else has changed or deleted the audience, or the database fails.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: AudienceId,
    revision: i64,
    draft: Draft,
) -> Result<Audience> {
    let mut tx = store.begin().await?;
    let (draft, sentence) = checked(&mut tx, Some(id), draft).await?;
    let audience = audiences::update(&mut tx, id, revision, &draft).await?;
    record(&mut tx, actor, "changed", &audience, json!({ "rule": sentence })).await?;
    tx.commit().await?;
    Ok(audience)
}

/// Deletes an audience that nothing uses.
///
/// # Errors
/// Where a journey or another audience uses it, it is gone, or the database fails.
pub async fn delete(store: &Store, actor: &Actor, id: AudienceId) -> Result<()> {
    let mut tx = store.begin().await?;
    let audience = audiences::load(&mut tx, id).await?;
    audiences::delete(&mut tx, id).await?;
    record(&mut tx, actor, "deleted", &audience, json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// The draft without blanks around its texts, if it can be used, and its rule as a sentence.
async fn checked(tx: &mut Tx, own: Option<AudienceId>, draft: Draft) -> Result<(Draft, String)> {
    let draft = Draft {
        name: draft.name.trim().to_owned(),
        description: draft.description.trim().to_owned(),
        rule: draft.rule,
    };
    if draft.name.is_empty() || draft.name.chars().count() > NAME_MAX {
        return Err(Error::Name { most: NAME_MAX });
    }
    if draft.description.chars().count() > DESCRIPTION_MAX {
        return Err(Error::Description {
            most: DESCRIPTION_MAX,
        });
    }
    let all = audiences::list(tx).await?;
    let key = draft.name.to_lowercase();
    if let Some(other) = all
        .iter()
        .find(|other| Some(other.id) != own && other.name.to_lowercase() == key)
    {
        return Err(Error::NameTaken {
            name: other.name.clone(),
        });
    }
    let names: BTreeMap<_, _> = all.iter().map(|other| (other.id, other.name.clone())).collect();
    let rules = all.into_iter().map(|other| (other.id, other.rule)).collect();
    let mut problems = validate(&draft.rule, Place::Audience);
    problems.extend(validate_references(&draft.rule, own, &rules));
    if !problems.is_empty() {
        return Err(Error::Rule(problems));
    }
    let sentence = describe_naming(&draft.rule, |id| names.get(&id).cloned());
    Ok((draft, sentence))
}

async fn record(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    audience: &Audience,
    detail: serde_json::Value,
) -> Result<()> {
    let change = Change {
        action,
        object_kind: "audience",
        object: Some(audience.id.0),
        name: &audience.name,
        detail,
    };
    Ok(audit::record(tx, actor, change).await?)
}

#[cfg(test)]
mod tests {
    use heliograph_model::audience::{FieldTest, Operator, Rule};
    use heliograph_store::testing::on_each_engine;

    use super::*;

    fn draft(name: &str, rule: Rule) -> Draft {
        Draft {
            name: name.to_owned(),
            description: String::new(),
            rule,
        }
    }

    #[tokio::test]
    async fn each_change_is_in_the_audit_log() {
        on_each_engine(|store, _| async move {
            let actor = Actor::command_line();
            let rome = Rule::Attribute(FieldTest {
                path: "homeAddress.city".to_owned(),
                operator: Operator::Equals,
                value: json!("Rome"),
            });
            let made = create(&store, &actor, draft("  Romans ", rome)).await.unwrap();
            assert_eq!(made.name, "Romans");
            let all = draft("Everyone", Rule::default());
            update(&store, &actor, made.id, made.revision, all).await.unwrap();
            delete(&store, &actor, made.id).await.unwrap();
            let log = audit::list(&mut store.read().await.unwrap(), &audit::Filter::default(), 10)
                .await
                .unwrap();
            let told: Vec<_> = log
                .iter()
                .rev()
                .map(|entry| {
                    (
                        entry.action.as_str(),
                        entry.object_name.as_str(),
                        entry.detail["rule"].clone(),
                    )
                })
                .collect();
            assert_eq!(
                told,
                [
                    ("created", "Romans", json!("City is Rome")),
                    ("changed", "Everyone", json!("Everyone")),
                    ("deleted", "Everyone", json!(null)),
                ]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_draft_that_cannot_be_used_is_refused_whole() {
        on_each_engine(|store, _| async move {
            let actor = Actor::command_line();
            let gold = create(&store, &actor, draft("Gold", Rule::default()))
                .await
                .unwrap();
            let taken = create(&store, &actor, draft("GOLD", Rule::default()))
                .await
                .unwrap_err();
            assert_eq!(
                taken.to_string(),
                "there is already an audience “Gold”; choose another name"
            );
            let nameless = create(&store, &actor, draft(" ", Rule::default())).await;
            assert!(matches!(nameless, Err(Error::Name { .. })));
            let itself = Rule::Audience { audience: gold.id };
            let error = update(&store, &actor, gold.id, gold.revision, draft("Gold", itself))
                .await
                .unwrap_err();
            assert!(
                matches!(&error, Error::Rule(problems) if problems.len() == 1),
                "{error}"
            );
            let kept = audiences::load(&mut store.read().await.unwrap(), gold.id)
                .await
                .unwrap();
            assert_eq!(kept, gold);
        })
        .await;
    }
}
