//! What people set for the whole install.

use sqlx::types::Json;

use crate::{Database, Result, Tx};

/// Under which key the install's name is kept.
const INSTALL_NAME: &str = "install_name";

/// The install's own name, where it was given one.
///
/// # Errors
/// Where the database fails.
pub async fn install_name(db: &mut impl Database) -> Result<Option<String>> {
    let found: Option<(Json<String>,)> = fetch_optional!(
        db,
        (Json<String>,),
        "SELECT value FROM setting WHERE key = $1",
        INSTALL_NAME
    )?;
    Ok(found.map(|(name,)| name.0))
}

/// Names the install.
///
/// # Errors
/// Where the database fails.
pub async fn set_install_name(tx: &mut Tx, name: &str) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        INSTALL_NAME,
        Json(name)
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::on_each_engine;

    #[tokio::test]
    async fn the_install_has_the_name_that_it_was_last_given() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            assert_eq!(install_name(&mut tx).await.unwrap(), None);
            set_install_name(&mut tx, "Trailhead").await.unwrap();
            set_install_name(&mut tx, "Trailhead “north”").await.unwrap();
            assert_eq!(
                install_name(&mut tx).await.unwrap().as_deref(),
                Some("Trailhead “north”")
            );
        })
        .await;
    }
}
