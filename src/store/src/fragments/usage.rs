//! What calls a fragment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heliograph_model::{
    fragment::{Carries, FragmentDraft, Shelf, UsedBy},
    ids::{FragmentId, MessageId},
    message::Content,
    payload::called_fragments,
    personalize::{Fragments, Template},
    time::Timestamp,
};
use sqlx::types::Json;

use crate::{Database, Result};

/// What calls the fragment of this name.
///
/// # Errors
/// Where the database fails.
pub async fn used_by(db: &mut impl Database, name: &str) -> Result<Vec<UsedBy>> {
    Ok(used_by_each(db).await?.remove(name).unwrap_or_default())
}

/// What calls each fragment, directly or through others: messages, in their draft or in their newest published version; and
/// fragments. One that nothing calls has no entry. Earlier versions do not count: each has the texts that it was published
/// with, so that nothing done to a fragment changes them.
///
/// # Errors
/// Where the database fails.
pub async fn used_by_each(db: &mut impl Database) -> Result<HashMap<String, Vec<UsedBy>>> {
    let drafts = fetch_all!(
        db,
        (FragmentId, String, Json<FragmentDraft>),
        "SELECT id, name, draft FROM fragment ORDER BY LOWER(name)"
    )?;
    let newest = super::published_texts(db).await?;
    // What was never published is called as well, while somebody writes.
    let mut known = newest.clone();
    for (_, name, Json(draft)) in &drafts {
        if newest.get(name).is_none() {
            known.insert(name, &draft.text);
        }
    }
    let mut uses: HashMap<String, BTreeSet<UsedBy>> = HashMap::new();
    for (id, name, Json(draft)) in &drafts {
        for text in [Some(draft.text.as_str()), newest.get(name)]
            .into_iter()
            .flatten()
        {
            for called in Template::parse_fragment(name, text, &known).template.fragments() {
                let user = UsedBy::Fragment {
                    name: name.clone(),
                    id: *id,
                };
                uses.entry(called.to_owned()).or_default().insert(user);
            }
        }
    }
    for (called, user) in by_messages(db, &known, &newest).await? {
        uses.entry(called).or_default().insert(user);
    }
    Ok(uses
        .into_iter()
        .map(|(name, users)| (name, users.into_iter().collect()))
        .collect())
}

async fn by_messages(
    db: &mut impl Database,
    known: &Fragments,
    newest: &Fragments,
) -> Result<Vec<(String, UsedBy)>> {
    // Most messages call none, and are told apart by their text without being read.
    let messages = fetch_all!(
        db,
        (
            MessageId,
            String,
            Json<Content>,
            Option<Json<Content>>,
            Option<Timestamp>
        ),
        "SELECT m.id, m.name, m.draft, v.content, m.archived_at FROM message m \
         LEFT JOIN message_version v ON v.message_id = m.id AND v.version = m.version \
         WHERE CAST(m.draft AS TEXT) LIKE '%fragment%' \
         OR CAST(m.draft AS TEXT) LIKE '%{{%>%' OR CAST(v.content AS TEXT) LIKE '%\"fragments\"%'"
    )?;
    let mut uses = Vec::new();
    for (id, name, Json(draft), published, archived_at) in messages {
        let shelf = match archived_at {
            Some(_) => Shelf::Archived,
            None => Shelf::Current,
        };
        let drafted = called_fragments(&draft, known);
        let mut called: BTreeMap<&str, Carries> = drafted
            .iter()
            .map(|called| (called.as_str(), Carries::Nothing))
            .collect();
        let carried = published
            .map(|Json(content)| content.fragments)
            .unwrap_or_default();
        for (name, text) in carried.iter() {
            let carries = if newest.get(name) == Some(text) {
                Carries::Newest
            } else {
                Carries::Older
            };
            called.insert(name, carries);
        }
        for (called, carries) in called {
            let name = name.clone();
            let user = UsedBy::Message {
                name,
                id,
                carries,
                shelf,
            };
            uses.push((called.to_owned(), user));
        }
    }
    Ok(uses)
}
