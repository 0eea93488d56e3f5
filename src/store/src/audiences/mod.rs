//! Audiences, and who is in them.

mod compile;
mod members;
mod memberships;
#[cfg(test)]
mod property;
mod sample;
mod usage;

use heliograph_model::{audience::Rule, ids::AudienceId, time::Timestamp};
use sqlx::types::Json;

pub use members::{Tally, audiences_of, contains, count, count_with_sample, facts, members};
pub use memberships::memberships;
pub use sample::{present, sample};
pub use usage::{used_by, used_by_each};

use crate::{Database, Error, Result, Tx};

/// An audience.
#[derive(Debug, Clone, PartialEq)]
pub struct Audience {
    /// Its identifier.
    pub id: AudienceId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who is in it.
    pub rule: Rule,
    /// Goes up with each change; a change names the one it was made from.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a person decides about an audience.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Who is in it.
    pub rule: Rule,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AudienceId,
    name: String,
    description: String,
    rule: Json<Rule>,
    revision: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for Audience {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            rule: row.rule.0,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// All audiences, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database) -> Result<Vec<Audience>> {
    let rows = fetch_all!(
        db,
        Row,
        "SELECT id, name, description, rule, revision, created_at, updated_at FROM audience \
         ORDER BY lower(name), id"
    )?;
    Ok(rows.into_iter().map(Audience::from).collect())
}

/// The audience.
///
/// # Errors
/// [`Error::NotFound`] where there is none; where the database fails.
pub async fn load(db: &mut impl Database, id: AudienceId) -> Result<Audience> {
    let row = fetch_optional!(
        db,
        Row,
        "SELECT id, name, description, rule, revision, created_at, updated_at FROM audience WHERE id = $1",
        id
    )?;
    row.map(Audience::from).ok_or(Error::NotFound("audience"))
}

/// Keeps a new audience.
///
/// # Errors
/// Where the database fails.
pub async fn create(tx: &mut Tx, draft: &Draft) -> Result<Audience> {
    let (id, now) = (AudienceId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO audience (id, name, description, rule, revision, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 1, $5, $5)",
        id,
        draft.name.as_str(),
        draft.description.as_str(),
        Json(&draft.rule),
        now
    )?;
    load(tx, id).await
}

/// Changes an audience, if nobody else has since `revision` was read.
///
/// # Errors
/// [`Error::Conflict`] where someone has; [`Error::NotFound`] where it is gone; where the database fails.
pub async fn update(tx: &mut Tx, id: AudienceId, revision: i64, draft: &Draft) -> Result<Audience> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE audience SET name = $1, description = $2, rule = $3, revision = revision + 1, updated_at = $4 \
         WHERE id = $5 AND revision = $6",
        draft.name.as_str(),
        draft.description.as_str(),
        Json(&draft.rule),
        now,
        id,
        revision
    )?;
    let audience = load(tx, id).await?;
    if changed == 0 {
        return Err(Error::Conflict("audience"));
    }
    Ok(audience)
}

/// Removes an audience that nothing uses.
///
/// # Errors
/// [`Error::InUse`] where a journey, a message or another audience uses it; [`Error::NotFound`]; where the database fails.
pub async fn delete(tx: &mut Tx, id: AudienceId) -> Result<()> {
    let users = used_by(tx, id).await?;
    if !users.is_empty() {
        let by: Vec<String> = users.iter().map(ToString::to_string).collect();
        return Err(Error::InUse {
            what: "audience",
            by: by.join(", "),
        });
    }
    match execute!(tx, "DELETE FROM audience WHERE id = $1", id)? {
        0 => Err(Error::NotFound("audience")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heliograph_model::{
        audience::{FieldTest, Operator, UsedBy},
        ids::{JourneyId, ProfileId},
        journey::{Activity, Document, Graph, Node, NodeId, Schedule},
    };
    use serde_json::json;
    use tokio::time::Instant;

    use super::*;
    use crate::{
        Store,
        testing::{START, on_each_engine},
    };

    fn in_city(city: &str) -> Rule {
        Rule::Attribute(FieldTest {
            path: "homeAddress.city".to_owned(),
            operator: Operator::Equals,
            value: json!(city),
        })
    }

    fn draft(name: &str, rule: Rule) -> Draft {
        Draft {
            name: name.to_owned(),
            description: "Who lives there".to_owned(),
            rule,
        }
    }

    async fn profiles_in(store: &Store, cities: &[&str]) -> Vec<ProfileId> {
        let rows: Vec<_> = cities
            .iter()
            .map(|city| (ProfileId::new(store.ids()), *city))
            .collect();
        let mut tx = store.begin().await.unwrap();
        insert_all!(
            &mut tx,
            "INSERT INTO profile (id, attributes, test, created_at, updated_at) ",
            5,
            rows,
            |(id, city)| [
                *id,
                Json(json!({"homeAddress": {"city": city}})),
                false,
                START,
                START
            ],
            ""
        )
        .unwrap();
        tx.commit().await.unwrap();
        rows.into_iter().map(|(id, _)| id).collect()
    }

    #[tokio::test]
    async fn an_audience_is_changed_only_from_its_newest_revision() {
        on_each_engine(|store, clock| async move {
            let mut tx = store.begin().await.unwrap();
            let made = create(&mut tx, &draft("Rome", in_city("Rome"))).await.unwrap();
            clock.advance(Duration::from_secs(60));
            let changed = update(&mut tx, made.id, made.revision, &draft("Roma", in_city("Roma")))
                .await
                .unwrap();
            assert_eq!((changed.name.as_str(), changed.revision), ("Roma", 2));
            assert!(changed.updated_at > made.updated_at);
            let stale = update(&mut tx, made.id, made.revision, &draft("Late", in_city("Rome"))).await;
            assert!(matches!(stale, Err(Error::Conflict("audience"))), "{stale:?}");
            assert_eq!(list(&mut tx).await.unwrap(), [changed]);
            delete(&mut tx, made.id).await.unwrap();
            assert!(matches!(
                load(&mut tx, made.id).await,
                Err(Error::NotFound("audience"))
            ));
        })
        .await;
    }

    #[tokio::test]
    async fn an_audience_in_use_stays() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let inner = create(&mut tx, &draft("Rome", in_city("Rome"))).await.unwrap();
            let outer = Rule::Not {
                rule: Box::new(Rule::Audience { audience: inner.id }),
            };
            let outer = create(&mut tx, &draft("Elsewhere", outer)).await.unwrap();
            let document = Document {
                graph: Graph {
                    nodes: vec![Node {
                        id: NodeId("read".to_owned()),
                        label: String::new(),
                        x: 0.0,
                        y: 0.0,
                        activity: Activity::ReadAudience {
                            audience: Some(outer.id),
                            schedule: Schedule::Now,
                        },
                    }],
                    edges: vec![],
                },
                ..Document::default()
            };
            let journey = JourneyId::new(store.ids());
            execute!(
                &mut tx,
                "INSERT INTO journey (id, name, draft, revision, status, created_at, updated_at) \
                 VALUES ($1, 'Welcome', $2, 1, 'draft', $3, $3)",
                journey,
                Json(&document),
                START
            )
            .unwrap();
            assert_eq!(
                used_by(&mut tx, outer.id).await.unwrap(),
                [UsedBy::Journey {
                    name: "Welcome".to_owned(),
                    id: journey
                }]
            );
            let refused = delete(&mut tx, inner.id).await.unwrap_err();
            assert_eq!(
                refused.to_string(),
                "this audience can't be deleted: it is used by the audience “Elsewhere”"
            );
            assert!(matches!(
                delete(&mut tx, outer.id).await,
                Err(Error::InUse { .. })
            ));
        })
        .await;
    }

    #[tokio::test]
    async fn audiences_that_lead_back_to_themselves_are_refused_by_name() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let first = create(&mut tx, &draft("First", Rule::default())).await.unwrap();
            let to_first = Rule::Audience { audience: first.id };
            let second = create(&mut tx, &draft("Second", to_first)).await.unwrap();
            let back = draft("First", Rule::Audience { audience: second.id });
            update(&mut tx, first.id, first.revision, &back).await.unwrap();
            let error = count(&mut tx, &Rule::Audience { audience: first.id }, START)
                .await
                .unwrap_err();
            assert!(
                error.to_string().contains("“First” leads back to itself"),
                "{error}"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn members_come_in_pages_and_a_count_can_be_stopped() {
        on_each_engine(|store, _| async move {
            let ids = profiles_in(&store, &["Rome", "Paris"].repeat(10)).await;
            let mut conn = store.read().await.unwrap();
            let rule = in_city("ROME");
            assert_eq!(count(&mut conn, &rule, START).await.unwrap(), 10);
            let first = members(&mut conn, &rule, START, None, 4).await.unwrap();
            let rest = members(&mut conn, &rule, START, first.last().copied(), 100)
                .await
                .unwrap();
            let all: Vec<_> = ids.iter().copied().step_by(2).collect();
            assert_eq!([first, rest].concat(), all);
            let within = contains(&mut conn, &rule, START, &ids[..3]).await.unwrap();
            assert_eq!(within, [ids[0], ids[2]].into());

            let (whole, some) = count_with_sample(&mut conn, &rule, START, 6, None).await.unwrap();
            assert_eq!((whole.matched, whole.judged, whole.complete), (10, 20, true));
            assert_eq!(some, all[..6]);
            let over = Some(Instant::now());
            let (part, _) = count_with_sample(&mut conn, &rule, START, 0, over).await.unwrap();
            assert_eq!((part.matched, part.judged, part.complete), (4, 7, false));
        })
        .await;
    }
}
