//! Server functions of the list of rule sets.

use heliograph_model::ids::RuleSetId;
use heliograph_model::rules::Reach;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A rule set in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSetRow {
    /// Which.
    pub id: RuleSetId,
    /// What it is called.
    pub name: String,
    /// Which messages it holds for.
    pub reach: Reach,
    /// Its rules, each in a few words.
    pub words: Vec<String>,
    /// How many messages name it.
    pub used_by: u64,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// All rule sets, by name.
#[server]
pub async fn list() -> Result<Vec<RuleSetRow>, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, rule_sets};

    crate::session::require(Permission::Administer)?;
    let mut conn = expect_context::<Store>().read().await?;
    let uses = rule_sets::used_by_each(&mut conn).await?;
    let sets = rule_sets::list(&mut conn).await?;
    Ok(sets
        .into_iter()
        .map(|set| RuleSetRow {
            id: set.id,
            words: set.rules.in_words(),
            name: set.name,
            reach: set.reach,
            used_by: uses.get(&set.id).map_or(0, |users| users.len() as u64),
            updated_at: set.updated_at,
        })
        .collect())
}

/// Makes a rule set with a cap to begin with, for messages that choose it, and leads to its page.
#[server]
pub async fn create_rule_set(name: String) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::rules::{Cap, Rules, Span, Unit, check_name};
    use heliograph_store::{Store, rule_sets};

    let who = crate::session::require(Permission::Administer)?;
    let name = check_name(&name).map_err(|message| AppError::field("name", message))?;
    let first = Cap {
        most: 3,
        span: Span::Rolling {
            length: 1,
            unit: Unit::Day,
        },
    };
    let draft = rule_sets::Draft {
        name: name.to_owned(),
        description: String::new(),
        reach: Reach::Chosen,
        rules: Rules {
            caps: vec![first],
            ..Rules::default()
        },
    };
    let mut tx = expect_context::<Store>().begin().await?;
    let id = rule_sets::create(&mut tx, &draft).await?;
    crate::pages::administration::rule_set::record(&mut tx, &who, "created", id, &draft).await?;
    tx.commit().await?;
    leptos_axum::redirect(&format!("/administration/rules/{id}"));
    Ok(())
}
