//! Rule sets: caps, quiet hours and pace.

use std::{collections::HashMap, time::Duration};

use heliograph_model::{
    ids::{MessageId, ProfileId, RuleSetId},
    message::Content,
    rules::{Pacer, Reach, RuleSet, Rules},
    time::Timestamp,
};
use sqlx::types::Json;

use crate::{Database, Error, Result, Store, Topic, Tx};

/// What a person decides about a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Which messages it holds for.
    pub reach: Reach,
    /// What it asks.
    pub rules: Rules,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: RuleSetId,
    name: String,
    description: String,
    #[sqlx(try_from = "String")]
    reach: Reach,
    rules: Json<Rules>,
    revision: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for RuleSet {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            description: row.description,
            reach: row.reach,
            rules: row.rules.0,
            revision: row.revision,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Selects rule sets: `select!("WHERE …")`.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, description, reach, rules, revision, created_at, updated_at FROM rule_set ",
            $rest
        )
    };
}

/// All rule sets, by name.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database) -> Result<Vec<RuleSet>> {
    let rows = fetch_all!(db, Row, select!("ORDER BY LOWER(name), id"))?;
    Ok(rows.into_iter().map(RuleSet::from).collect())
}

/// The rule set.
///
/// # Errors
/// [`Error::NotFound`] where there is none.
pub async fn get(db: &mut impl Database, id: RuleSetId) -> Result<RuleSet> {
    let row = fetch_optional!(db, Row, select!("WHERE id = $1"), id)?;
    row.map(RuleSet::from).ok_or(Error::NotFound("rule set"))
}

/// Keeps a new rule set; it holds at once.
///
/// # Errors
/// Where the database fails.
pub async fn create(tx: &mut Tx, draft: &Draft) -> Result<RuleSetId> {
    let (id, now) = (RuleSetId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO rule_set (id, name, description, reach, rules, revision, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, 1, $6, $6)",
        id,
        draft.name.as_str(),
        draft.description.as_str(),
        draft.reach.as_str(),
        Json(&draft.rules),
        now,
    )?;
    Ok(id)
}

/// Changes a rule set, if nobody else has since `revision` was read; the new revision. It holds at once, also for what is
/// queued. What it holds back keeps the time that it was given.
///
/// # Errors
/// [`Error::Conflict`] where someone has; [`Error::NotFound`].
pub async fn update(tx: &mut Tx, id: RuleSetId, revision: i64, draft: &Draft) -> Result<i64> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE rule_set SET name = $3, description = $4, reach = $5, rules = $6, updated_at = $7, \
         revision = revision + 1 WHERE id = $1 AND revision = $2",
        id,
        revision,
        draft.name.as_str(),
        draft.description.as_str(),
        draft.reach.as_str(),
        Json(&draft.rules),
        now,
    )?;
    if changed == 0 {
        get(tx, id).await?;
        return Err(Error::Conflict("rule set"));
    }
    tx.raise(Topic::Deliveries);
    Ok(revision + 1)
}

/// Deletes a rule set that no message names. What was counted for its caps goes with the next [`forget_uses`].
///
/// # Errors
/// [`Error::InUse`] where a message does; [`Error::NotFound`].
pub async fn delete(tx: &mut Tx, id: RuleSetId) -> Result<()> {
    if let Some((_, name)) = used_by(tx, id).await?.into_iter().next() {
        return Err(Error::InUse {
            what: "rule set",
            by: format!("the message “{name}”"),
        });
    }
    if execute!(tx, "DELETE FROM rule_set WHERE id = $1", id)? == 0 {
        return Err(Error::NotFound("rule set"));
    }
    execute!(tx, "DELETE FROM rule_pace WHERE rule_set_id = $1", id)?;
    tx.raise(Topic::Deliveries);
    Ok(())
}

/// The messages that name the rule set, in their draft or in their newest version, by name.
///
/// # Errors
/// Where the database fails.
pub async fn used_by(db: &mut impl Database, id: RuleSetId) -> Result<Vec<(MessageId, String)>> {
    Ok(used_by_each(db).await?.remove(&id).unwrap_or_default())
}

/// The messages that name each rule set, by name. One that no message names has no entry.
///
/// # Errors
/// Where the database fails.
pub async fn used_by_each(db: &mut impl Database) -> Result<HashMap<RuleSetId, Vec<(MessageId, String)>>> {
    type Row = (MessageId, String, Json<Content>, Option<Json<Content>>);
    let rows: Vec<Row> = fetch_all!(
        db,
        Row,
        "SELECT m.id, m.name, m.draft, v.content FROM message AS m LEFT JOIN message_version AS v \
         ON v.message_id = m.id AND v.version = m.version WHERE m.archived_at IS NULL ORDER BY LOWER(m.name), m.id"
    )?;
    let mut uses: HashMap<RuleSetId, Vec<(MessageId, String)>> = HashMap::new();
    for (message, name, Json(draft), published) in rows {
        let published = published.map(|content| content.0.rule_sets).unwrap_or_default();
        let mut sets = [draft.rule_sets, published].concat();
        sets.sort_unstable();
        sets.dedup();
        for set in sets {
            uses.entry(set).or_default().push((message, name.clone()));
        }
    }
    Ok(uses)
}

/// When pushes counted for the caps of rule sets, by profile and rule set.
pub type Uses = HashMap<(ProfileId, RuleSetId), Vec<(String, Timestamp)>>;

/// The pushes that count for these profiles' caps, each by its cause.
///
/// # Errors
/// Where the database fails.
pub async fn uses(db: &mut impl Database, profiles: &[ProfileId]) -> Result<Uses> {
    type Row = (ProfileId, RuleSetId, String, Timestamp);
    let rows: Vec<Row> = fetch_in!(
        db,
        Row,
        "SELECT profile_id, rule_set_id, cause, at FROM cap_use WHERE profile_id IN ",
        profiles,
        ""
    )?;
    let mut uses = Uses::new();
    for (profile, set, cause, at) in rows {
        uses.entry((profile, set)).or_default().push((cause, at));
    }
    Ok(uses)
}

/// How many uses of caps one transaction removes.
const CHUNK: i64 = 2000;

/// The next rule set after one that uses are kept of.
const NEXT_SET: &str = "SELECT rule_set_id FROM cap_use WHERE rule_set_id > $1 ORDER BY rule_set_id LIMIT 1";

/// The uses of a rule set's caps from before a time.
const OLD_USES: &str = "SELECT profile_id, rule_set_id, cause FROM cap_use WHERE rule_set_id = $1 AND at < $2 ORDER BY at LIMIT $3";

/// Removes what no cap counts any more, in short transactions: the uses of rule sets that are gone, and those from before
/// what a rule set looks back to; how many. Of people who get another push they go by that already.
///
/// # Errors
/// Where the database fails.
pub async fn forget_uses(store: &Store) -> Result<u64> {
    /// By so much one person's calendar may be behind another's, with an hour or two to spare.
    const ZONES: Duration = Duration::from_secs(28 * 60 * 60);

    let sets = list(&mut store.read().await?).await?;
    let now = store.now();
    let (mut forgotten, mut after) = (0, RuleSetId(uuid::Uuid::nil()));
    loop {
        let next: Option<(RuleSetId,)> =
            fetch_optional!(&mut store.read().await?, (RuleSetId,), NEXT_SET, after)?;
        let Some((id,)) = next else {
            return Ok(forgotten);
        };
        let before = match sets.iter().find(|set| set.id == id) {
            Some(set) => set.rules.horizon(now, &set.rules.zone_of(None)) - ZONES,
            None => Timestamp::from_millis(i64::MAX),
        };
        loop {
            let mut tx = store.begin().await?;
            // Those that somebody sends by just now are passed over.
            let lock = store.engine().passing_over();
            let gone = execute!(
                &mut tx,
                sqlx::AssertSqlSafe(format!(
                    "DELETE FROM cap_use WHERE (profile_id, rule_set_id, cause) IN ({OLD_USES}{lock})"
                )),
                id,
                before,
                CHUNK
            )?;
            tx.commit().await?;
            forgotten += gone;
            if gone < CHUNK.unsigned_abs() {
                break;
            }
        }
        after = id;
    }
}

/// How far a rule set's pace has come; none where it has sent nothing yet.
///
/// # Errors
/// Where the database fails.
pub async fn pacer(db: &mut impl Database, id: RuleSetId) -> Result<Option<Pacer>> {
    let row: Option<(Timestamp, i64, Timestamp)> = fetch_optional!(
        db,
        (Timestamp, i64, Timestamp),
        "SELECT next_at, remainder, started_at FROM rule_pace WHERE rule_set_id = $1",
        id
    )?;
    Ok(row.map(|(next_at, remainder, started_at)| Pacer {
        next_at,
        remainder,
        started_at,
    }))
}

#[cfg(test)]
mod tests {
    use heliograph_model::rules::{Cap, Span, Unit};

    use super::*;
    use crate::{sql::explain, testing::on_each_engine};

    #[tokio::test]
    async fn what_no_cap_counts_any_more_is_removed_and_the_rest_stays() {
        on_each_engine(|store, _| async move {
            let day = Duration::from_secs(24 * 60 * 60);
            let draft = |length| Draft {
                name: "Gentle".into(),
                description: String::new(),
                reach: Reach::Marketing,
                rules: Rules {
                    caps: vec![Cap {
                        most: 1,
                        span: Span::Rolling {
                            length,
                            unit: Unit::Day,
                        },
                    }],
                    ..Rules::default()
                },
            };
            let mut tx = store.begin().await.unwrap();
            let short = create(&mut tx, &draft(1)).await.unwrap();
            let long = create(&mut tx, &draft(30)).await.unwrap();
            let gone = create(&mut tx, &draft(30)).await.unwrap();
            let profile = ProfileId::new(store.ids());
            for set in [short, long, gone] {
                for days in [0, 1, 10, 100] {
                    execute!(
                        &mut tx,
                        "INSERT INTO cap_use (profile_id, rule_set_id, cause, at) VALUES ($1, $2, $3, $4)",
                        profile,
                        set,
                        format!("{days} days ago"),
                        store.now() - day * days
                    )
                    .unwrap();
                }
            }
            delete(&mut tx, gone).await.unwrap();
            tx.commit().await.unwrap();

            assert_eq!(forget_uses(&store).await.unwrap(), 2 + 1 + 4);
            assert_eq!(forget_uses(&store).await.unwrap(), 0);
            let left = uses(&mut store.read().await.unwrap(), &[profile]).await.unwrap();
            // What somebody in another zone may still have had today stays.
            assert_eq!(left[&(profile, short)].len(), 2);
            assert_eq!(left[&(profile, long)].len(), 3);
            assert_eq!(left.len(), 2);
        })
        .await;
    }

    #[tokio::test]
    async fn nothing_is_read_but_what_is_removed() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            for query in [NEXT_SET, OLD_USES] {
                let Some(plan) = explain(&mut tx, query).await else {
                    return;
                };
                assert!(
                    plan.iter()
                        .all(|step| step.starts_with("SEARCH cap_use USING") && step.contains("cap_use_age")),
                    "{plan:?}"
                );
            }
        })
        .await;
    }
}
