//! Server functions of one rule set.

use heliograph_model::ids::{MessageId, RuleSetId};
use heliograph_model::rules::{Reach, Rules};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What a person decides about a rule set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Which messages it holds for.
    pub reach: Reach,
    /// What it asks.
    pub rules: Rules,
}

/// Everything that the page needs to begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RuleSetView {
    /// Which rule set.
    pub id: RuleSetId,
    /// As it is kept.
    pub draft: Draft,
    /// The revision that is kept.
    pub revision: i64,
    /// The messages that name it.
    pub used_by: Vec<(MessageId, String)>,
}

/// The rule set, to be edited.
#[server]
pub async fn load(id: String) -> Result<RuleSetView, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, rule_sets};

    crate::session::require(Permission::Administer)?;
    let id: RuleSetId = id.parse().map_err(|_| AppError::NotFound {
        what: "This rule set".to_owned(),
    })?;
    let mut conn = expect_context::<Store>().read().await?;
    let set = rule_sets::get(&mut conn, id).await?;
    Ok(RuleSetView {
        id,
        draft: Draft {
            name: set.name,
            description: set.description,
            reach: set.reach,
            rules: set.rules,
        },
        revision: set.revision,
        used_by: rule_sets::used_by(&mut conn, id).await?,
    })
}

/// Keeps a rule set, if nobody else has changed this revision; the new revision. It holds at once.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn save(id: RuleSetId, revision: i64, draft: Draft) -> Result<i64, AppError> {
    use heliograph_model::access::Permission;
    use heliograph_model::rules::check_name;
    use heliograph_store::{Store, rule_sets};

    use crate::error::FieldError;

    let who = crate::session::require(Permission::Administer)?;
    let mut faults: Vec<FieldError> = draft
        .rules
        .problems()
        .into_iter()
        .map(|problem| FieldError::new(problem.field.key(), problem.message))
        .collect();
    if let Err(message) = check_name(&draft.name) {
        faults.push(FieldError::new("name", message));
    }
    if !faults.is_empty() {
        return Err(AppError::fields(faults));
    }
    let draft = rule_sets::Draft {
        name: draft.name.trim().to_owned(),
        description: draft.description,
        reach: draft.reach,
        rules: draft.rules,
    };
    let mut tx = expect_context::<Store>().begin().await?;
    let revision = rule_sets::update(&mut tx, id, revision, &draft).await?;
    super::record(&mut tx, &who, "changed", id, &draft).await?;
    tx.commit().await?;
    Ok(revision)
}

/// Deletes a rule set that no message names, and leads back to the list.
#[server]
pub async fn delete_rule_set(id: RuleSetId) -> Result<(), AppError> {
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, rule_sets};

    let who = crate::session::require(Permission::Administer)?;
    let mut tx = expect_context::<Store>().begin().await?;
    let set = rule_sets::get(&mut tx, id).await?;
    rule_sets::delete(&mut tx, id).await?;
    let draft = rule_sets::Draft {
        name: set.name,
        description: set.description,
        reach: set.reach,
        rules: set.rules,
    };
    super::record(&mut tx, &who, "deleted", id, &draft).await?;
    tx.commit().await?;
    leptos_axum::redirect("/administration/rules");
    Ok(())
}
