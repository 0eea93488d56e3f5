//! Server functions of the list of messages.

use heliograph_model::ids::MessageId;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A message in the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageRow {
    /// Which.
    pub id: MessageId,
    /// What it is called.
    pub name: String,
    /// The newest published version.
    pub version: Option<i64>,
    /// Has it been put away?
    pub archived: bool,
    /// What is not as usual of how it is sent.
    pub sending: Vec<String>,
    /// The names of the journeys that send it.
    pub used_by: Vec<String>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A page of the list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessagePage {
    /// The messages.
    pub rows: Vec<MessageRow>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Messages, the one that changed last first.
#[server]
pub async fn list(search: String, status: String, after: String) -> Result<MessagePage, AppError> {
    use crate::pages::paging;
    use heliograph_model::access::Permission;
    use heliograph_store::{
        Store,
        messages::{self, Filter, State},
    };

    crate::session::require(Permission::ManageMessages)?;
    let filter = Filter {
        search,
        state: State::parse(&status),
        before: paging::begins_after(&after),
        limit: paging::READ,
    };
    let mut conn = expect_context::<Store>().read().await?;
    let mut found = messages::list(&mut conn, &filter).await?;
    let next = paging::cut(&mut found, |message| (message.updated_at, message.id));
    let mut rows = Vec::with_capacity(found.len());
    for message in found {
        let used_by = messages::used_by(&mut conn, message.id).await?;
        rows.push(MessageRow {
            id: message.id,
            name: message.name,
            version: message.version,
            archived: message.archived_at.is_some(),
            sending: message.draft.sending_in_words(),
            used_by: used_by.into_iter().map(|(_, name)| name).collect(),
            updated_at: message.updated_at,
        });
    }
    Ok(MessagePage { rows, next })
}

/// Makes an empty message that goes to every app there is, and leads to its composer.
#[server]
pub async fn create_message(
    /// Its name.
    name: String,
) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::message::Content;
    use heliograph_store::{Store, apps, messages};

    let who = crate::session::require(Permission::ManageMessages)?;
    let name = crate::pages::message::checked_name(&name)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let draft = Content {
        apps: apps::list(&mut tx).await?.into_iter().map(|app| app.id).collect(),
        ..Content::default()
    };
    let id = messages::create(&mut tx, name, &draft).await?;
    crate::pages::message::record(&mut tx, &who, "created", id, name).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/messages/{id}"));
    Ok(())
}

/// Makes a message with the same draft; which.
#[server]
pub async fn duplicate(id: MessageId) -> Result<MessageId, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let copy = messages::duplicate(&mut tx, id).await?;
    let name = messages::get(&mut tx, copy).await?.name;
    crate::pages::message::record(&mut tx, &who, "created", copy, &name).await?;
    tx.commit().await?;
    Ok(copy)
}

/// Puts a message away.
#[server]
pub async fn archive(id: MessageId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    messages::archive(&mut tx, id).await?;
    let name = messages::get(&mut tx, id).await?.name;
    crate::pages::message::record(&mut tx, &who, "archived", id, &name).await?;
    tx.commit().await?;
    Ok(())
}

/// Brings an archived message back.
#[server]
pub async fn restore(id: MessageId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, messages};

    let who = crate::session::require(Permission::ManageMessages)?;
    let mut tx = expect_context::<Store>().begin().await?;
    messages::restore(&mut tx, id).await?;
    let name = messages::get(&mut tx, id).await?.name;
    crate::pages::message::record(&mut tx, &who, "restored", id, &name).await?;
    tx.commit().await?;
    Ok(())
}
