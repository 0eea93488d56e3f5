//! Messages: a draft that is edited, and immutable published versions.

mod stopping;
mod users;

use heliograph_model::{ids::MessageId, message::Content, payload::CompiledContent, time::Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

pub(crate) use stopping::stopped;
pub use stopping::{Missing, missing, send_again, stop, stopped_since};
pub(crate) use users::under_way;
pub use users::used_by;

use crate::{Database, Error, Result, Tx};

/// A message.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Message {
    /// Its identifier.
    pub id: MessageId,
    /// What people call it.
    pub name: String,
    /// What is being written.
    pub draft: Json<Content>,
    /// Grows with each change of name or draft.
    pub revision: i64,
    /// The newest published version.
    pub version: Option<i64>,
    /// When it was put away.
    pub archived_at: Option<Timestamp>,
    /// Since when nothing is sent of it.
    pub stopped_at: Option<Timestamp>,
    /// Who stopped it.
    pub stopped_by: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, draft, revision, version, archived_at, stopped_at, stopped_by, created_at, updated_at \
             FROM message ",
            $rest
        )
    };
}

/// A published version.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Version {
    /// Its number, from 1.
    pub version: i64,
    /// What it says.
    pub content: Json<Content>,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_by: String,
}

/// What is sent: a version with the message's name.
#[derive(Debug, Clone)]
pub struct Published {
    /// The message.
    pub id: MessageId,
    /// Its name.
    pub name: String,
    /// The version's number.
    pub version: i64,
    /// What it says.
    pub content: Content,
}

/// Makes a message.
///
/// # Errors
/// Where the database fails.
pub async fn create(tx: &mut Tx, name: &str, draft: &Content) -> Result<MessageId> {
    let (id, now) = (MessageId::new(tx.store().ids()), tx.store().now());
    execute!(
        tx,
        "INSERT INTO message (id, name, draft, revision, created_at, updated_at) VALUES ($1, $2, $3, 1, $4, $4)",
        id,
        name,
        Json(draft.clone().without_fragments()),
        now,
    )?;
    Ok(id)
}

/// A message.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(db: &mut impl Database, id: MessageId) -> Result<Message> {
    fetch_optional!(db, Message, select!("WHERE id = $1"), id)?.ok_or(Error::NotFound("message"))
}

/// Where a message is in its life, for a filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// Anything that is not archived.
    #[default]
    Current,
    /// Never published.
    Draft,
    /// Published at least once.
    Published,
    /// Put away.
    Archived,
}

impl State {
    /// As it is kept in an address: none for [`State::Current`].
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "",
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }

    /// From an address; anything unknown is [`State::Current`].
    pub fn parse(text: &str) -> Self {
        [Self::Draft, Self::Published, Self::Archived]
            .into_iter()
            .find(|state| state.as_str() == text)
            .unwrap_or_default()
    }
}

/// Which messages to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of the name, without case.
    pub search: String,
    /// Where they are in their life.
    pub state: State,
    /// Those changed before this one, for the next page.
    pub before: Option<(Timestamp, MessageId)>,
    /// At most so many.
    pub limit: u32,
}

/// Messages, the one that changed last first.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &mut impl Database, filter: &Filter) -> Result<Vec<Message>> {
    let (at, id) = filter
        .before
        .unwrap_or((Timestamp::from_millis(i64::MAX), MessageId(Uuid::max())));
    fetch_all!(
        db,
        Message,
        select!(
            "WHERE LOWER(name) LIKE $1 ESCAPE '!' AND CASE $2 WHEN 'archived' THEN archived_at IS NOT NULL \
             WHEN 'draft' THEN archived_at IS NULL AND version IS NULL \
             WHEN 'published' THEN archived_at IS NULL AND version IS NOT NULL ELSE archived_at IS NULL END \
             AND (updated_at < $3 OR (updated_at = $3 AND id < $4)) ORDER BY updated_at DESC, id DESC LIMIT $5"
        ),
        crate::dialect::containing(&filter.search),
        filter.state.as_str(),
        at,
        id,
        i64::from(filter.limit),
    )
}

/// Every message that is not archived: name and newest published version. For choosing one.
///
/// # Errors
/// Where the database fails.
pub async fn names(db: &mut impl Database) -> Result<Vec<(MessageId, String, Option<i64>)>> {
    fetch_all!(
        db,
        (MessageId, String, Option<i64>),
        "SELECT id, name, version FROM message WHERE archived_at IS NULL ORDER BY LOWER(name), id"
    )
}

/// Keeps name and draft; the new revision.
///
/// # Errors
/// [`Error::Conflict`] where the message is at another revision, [`Error::NotFound`].
pub async fn save(tx: &mut Tx, id: MessageId, revision: i64, name: &str, draft: &Content) -> Result<i64> {
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE message SET name = $1, draft = $2, revision = revision + 1, updated_at = $3 \
         WHERE id = $4 AND revision = $5",
        name,
        Json(draft.clone().without_fragments()),
        now,
        id,
        revision,
    )?;
    expect_changed(tx, id, changed).await?;
    Ok(revision + 1)
}

async fn expect_changed(tx: &mut Tx, id: MessageId, changed: u64) -> Result<()> {
    if changed == 0 {
        get(tx, id).await?;
        return Err(Error::Conflict("message"));
    }
    Ok(())
}

/// Freezes the draft of this revision as the next version, with the texts that the fragments have now; its number.
///
/// # Errors
/// As [`save`].
pub async fn publish(tx: &mut Tx, id: MessageId, revision: i64, by: &str) -> Result<i64> {
    let now = tx.store().now();
    let published: Option<(i64, Json<Content>)> = fetch_optional!(
        tx,
        (i64, Json<Content>),
        "UPDATE message SET version = COALESCE(version, 0) + 1, updated_at = $1 WHERE id = $2 AND revision = $3 \
         RETURNING version, draft",
        now,
        id,
        revision,
    )?;
    expect_changed(tx, id, u64::from(published.is_some())).await?;
    let (version, Json(draft)) = published.ok_or(Error::Conflict("message"))?;
    let known = crate::fragments::published_texts(tx).await?;
    let content = CompiledContent::new(draft.with_fragments(known)).frozen();
    execute!(
        tx,
        "INSERT INTO message_version (message_id, version, content, published_at, published_by) \
         VALUES ($1, $2, $3, $4, $5)",
        id,
        version,
        Json(content),
        now,
        by,
    )?;
    Ok(version)
}

/// The published versions, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn versions(db: &mut impl Database, id: MessageId) -> Result<Vec<Version>> {
    fetch_all!(
        db,
        Version,
        "SELECT version, content, published_at, published_by FROM message_version WHERE message_id = $1 \
         ORDER BY version DESC",
        id
    )
}

/// A published version: this one, or the newest; none where there is none.
///
/// # Errors
/// Where the database fails.
pub async fn published(
    db: &mut impl Database,
    id: MessageId,
    version: Option<i64>,
) -> Result<Option<Published>> {
    let row: Option<(String, i64, Json<Content>)> = fetch_optional!(
        db,
        (String, i64, Json<Content>),
        "SELECT m.name, v.version, v.content FROM message m JOIN message_version v ON v.message_id = m.id \
         WHERE m.id = $1 AND v.version = COALESCE($2, m.version)",
        id,
        version,
    )?;
    Ok(row.map(|(name, version, Json(content))| Published {
        id,
        name,
        version,
        content,
    }))
}

/// Puts a message away. It stays where it is used, in reports and in history.
///
/// # Errors
/// [`Error::InUse`] where a journey sends it, [`Error::NotFound`].
pub async fn archive(tx: &mut Tx, id: MessageId) -> Result<()> {
    if let Some((_, name)) = used_by(tx, id).await?.into_iter().next() {
        return Err(Error::InUse {
            what: "message",
            by: format!("the journey “{name}”"),
        });
    }
    let now = tx.store().now();
    let changed = execute!(
        tx,
        "UPDATE message SET archived_at = $1 WHERE id = $2 AND archived_at IS NULL",
        now,
        id
    )?;
    if changed == 0 {
        get(tx, id).await?;
    }
    Ok(())
}

/// Deletes a message that was never published and that no journey names. Any other is archived instead: what was sent
/// stays explained.
///
/// # Errors
/// [`Error::InUse`] where it was published or a journey names it, [`Error::NotFound`].
pub async fn delete(tx: &mut Tx, id: MessageId) -> Result<()> {
    let in_use = |by| Error::InUse { what: "message", by };
    if let Some((_, name)) = used_by(tx, id).await?.into_iter().next() {
        return Err(in_use(format!("the journey “{name}”")));
    }
    let deleted = execute!(tx, "DELETE FROM message WHERE id = $1 AND version IS NULL", id)?;
    if deleted == 0 {
        get(tx, id).await?;
        return Err(in_use("its published versions; archive it instead".to_owned()));
    }
    Ok(())
}

/// Brings an archived message back.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn restore(tx: &mut Tx, id: MessageId) -> Result<()> {
    let changed = execute!(tx, "UPDATE message SET archived_at = NULL WHERE id = $1", id)?;
    if changed == 0 {
        Err(Error::NotFound("message"))
    } else {
        Ok(())
    }
}

/// Makes a message with the same draft.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn duplicate(tx: &mut Tx, id: MessageId) -> Result<MessageId> {
    let original = get(tx, id).await?;
    create(tx, &format!("{} (copy)", original.name), &original.draft.0).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_each_engine;

    fn saying(title: &str) -> Content {
        Content {
            title: title.into(),
            ..Content::default()
        }
    }

    #[tokio::test]
    async fn a_published_version_stays_as_it_was_while_the_draft_goes_on() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let id = create(&mut tx, "Hello", &saying("one")).await.unwrap();
            assert!(published(&mut tx, id, None).await.unwrap().is_none());
            assert_eq!(publish(&mut tx, id, 1, "Marta").await.unwrap(), 1);
            let revision = save(&mut tx, id, 1, "Hello", &saying("two")).await.unwrap();
            assert_eq!(
                published(&mut tx, id, None).await.unwrap().unwrap().content.title,
                "one"
            );
            assert_eq!(publish(&mut tx, id, revision, "Marta").await.unwrap(), 2);
            assert_eq!(
                published(&mut tx, id, None).await.unwrap().unwrap().content.title,
                "two"
            );
            assert_eq!(
                published(&mut tx, id, Some(1))
                    .await
                    .unwrap()
                    .unwrap()
                    .content
                    .title,
                "one"
            );
            assert_eq!(versions(&mut tx, id).await.unwrap().len(), 2);
        })
        .await;
    }

    #[tokio::test]
    async fn a_draft_that_someone_else_changed_is_not_overwritten() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let id = create(&mut tx, "Hello", &saying("one")).await.unwrap();
            save(&mut tx, id, 1, "Hello", &saying("theirs")).await.unwrap();
            let mine = save(&mut tx, id, 1, "Hello", &saying("mine")).await;
            assert!(matches!(mine, Err(Error::Conflict(_))), "{mine:?}");
            assert!(matches!(
                publish(&mut tx, id, 1, "Marta").await,
                Err(Error::Conflict(_))
            ));
            assert_eq!(get(&mut tx, id).await.unwrap().draft.title, "theirs");
        })
        .await;
    }

    #[tokio::test]
    async fn a_list_can_be_narrowed_to_drafts_to_published_ones_and_to_archived_ones() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let mut made = Vec::new();
            for name in ["draft", "published", "archived"] {
                made.push(create(&mut tx, name, &Content::default()).await.unwrap());
            }
            publish(&mut tx, made[1], 1, "Marta").await.unwrap();
            archive(&mut tx, made[2]).await.unwrap();
            for state in [State::Draft, State::Published, State::Archived] {
                let filter = Filter {
                    state,
                    limit: 9,
                    ..Filter::default()
                };
                let names: Vec<_> = list(&mut tx, &filter)
                    .await
                    .unwrap()
                    .into_iter()
                    .map(|one| one.name)
                    .collect();
                assert_eq!(names, [State::as_str(state)]);
            }
            let all = Filter {
                limit: 9,
                ..Filter::default()
            };
            assert_eq!(list(&mut tx, &all).await.unwrap().len(), 2);
        })
        .await;
    }

    #[tokio::test]
    async fn a_list_is_searched_without_case_and_paged() {
        on_each_engine(|store, clock| async move {
            let mut tx = store.begin().await.unwrap();
            for name in ["Basket reminder", "100 % off", "basket thanks"] {
                create(&mut tx, name, &Content::default()).await.unwrap();
                clock.advance(std::time::Duration::from_secs(1));
            }
            let find = |search: &str, before| Filter {
                search: search.into(),
                before,
                limit: 1,
                ..Filter::default()
            };
            let first = list(&mut tx, &find("BASKET", None)).await.unwrap();
            assert_eq!(first[0].name, "basket thanks");
            let second = list(&mut tx, &find("BASKET", Some((first[0].updated_at, first[0].id))))
                .await
                .unwrap();
            assert_eq!(second[0].name, "Basket reminder");
            assert_eq!(list(&mut tx, &find("0 %", None)).await.unwrap().len(), 1);
            assert!(list(&mut tx, &find("0_%", None)).await.unwrap().is_empty());
        })
        .await;
    }
}
