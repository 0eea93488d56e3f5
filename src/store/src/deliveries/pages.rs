//! Going through what is queued and what waits, some at a time and each once, in the order in which it was made.

use heliograph_model::{
    ids::{DeliveryId, JourneyId, MessageId, ProfileId},
    time::Timestamp,
};

use super::backlog::Group;
use crate::{
    Database, Result, Tx,
    statement::{Binds, fetch},
};

/// How many deliveries one transaction changes; few in tests, so that it takes several.
const CHUNK: i64 = if cfg!(test) { 7 } else { 2000 };

/// What is gone through.
#[derive(Debug, Clone, Copy)]
pub(super) enum What<'a> {
    Journey(JourneyId),
    /// Of one message, in one group.
    Message(MessageId, &'a Group),
    Group(&'a Group),
    /// Of one group, what is due after a time.
    Later(&'a Group, Timestamp),
}

/// A delivery, and whose it is.
pub(super) type Found = (ProfileId, DeliveryId);

impl What<'_> {
    /// The query of the deliveries after one.
    fn page(&self, after: DeliveryId, before: DeliveryId) -> (String, Binds) {
        let mut binds = Binds::default();
        let (after, before) = (binds.id(after.0), binds.id(before.0));
        let of = match self {
            Self::Journey(journey) => format!("journey_id = {}", binds.id(journey.0)),
            Self::Group(group) => of_group(group, &mut binds),
            // Not by the message alone, which would read all that was ever sent of it.
            Self::Message(message, group) => {
                let of = of_group(group, &mut binds);
                format!("{of} AND message_id = {}", binds.id(message.0))
            }
            Self::Later(group, time) => {
                let of = of_group(group, &mut binds);
                format!("{of} AND due_at > {}", binds.integer(time.as_millis()))
            }
        };
        let most = binds.integer(CHUNK);
        let text = format!(
            "SELECT profile_id, id FROM delivery WHERE state IN ('queued', 'waiting') AND id > {after} AND id < {before} \
             AND {of} ORDER BY id LIMIT {most}"
        );
        (text, binds)
    }

    /// The deliveries after one and before another.
    pub(super) async fn next(
        &self,
        db: &mut impl Database,
        after: DeliveryId,
        before: DeliveryId,
    ) -> Result<Vec<Found>> {
        let (text, binds) = self.page(after, before);
        fetch(db, text, binds).await
    }

    /// As [`Self::next`], to be changed: what somebody else has in hand is passed over.
    pub(super) async fn claim_next(
        &self,
        tx: &mut Tx,
        after: DeliveryId,
        before: DeliveryId,
    ) -> Result<Vec<Found>> {
        let (mut text, binds) = self.page(after, before);
        text.push_str(tx.store().engine().passing_over());
        fetch(tx, text, binds).await
    }
}

/// The condition of a group.
fn of_group(Group { app, held, reason }: &Group, binds: &mut Binds) -> String {
    let app = app.map_or_else(|| "IS NULL".to_owned(), |app| format!("= {}", binds.id(app.0)));
    let held = if *held { "TRUE" } else { "FALSE" };
    let reason = match reason {
        Some(reason) => format!("= {}", binds.text(reason)),
        None => "IS NULL".to_owned(),
    };
    format!("app_id {app} AND held = {held} AND reason {reason}")
}

#[cfg(test)]
mod tests {
    use heliograph_model::ids::AppId;
    use uuid::Uuid;

    use super::*;
    use crate::{
        sql::explain,
        testing::{START, on_each_engine},
    };

    #[tokio::test]
    async fn nothing_is_read_but_what_is_gone_through() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let [first, last] = [0, u128::MAX].map(|number| DeliveryId(Uuid::from_u128(number)));
            let group = |app, reason: Option<&str>| Group {
                app,
                held: true,
                reason: reason.map(str::to_owned),
            };
            let app = Some(AppId(Uuid::from_u128(1)));
            let groups = [
                group(app, Some("google_busy")),
                group(app, None),
                group(None, Some("google_busy")),
                group(None, None),
            ];
            let message = MessageId(Uuid::from_u128(2));
            let of_groups = groups
                .iter()
                .flat_map(|group| {
                    [
                        What::Group(group),
                        What::Message(message, group),
                        What::Later(group, START),
                    ]
                })
                .map(|what| (what, "delivery_pending"));
            let of_journey = (
                What::Journey(JourneyId(Uuid::from_u128(3))),
                "delivery_journey_pending",
            );
            for (what, index) in of_groups.chain([of_journey]) {
                let (query, _) = what.page(first, last);
                let Some(plan) = explain(&mut tx, &query).await else {
                    return;
                };
                assert!(plan.iter().any(|step| step.contains(index)), "{query}: {plan:?}");
                assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{plan:?}");
            }
        })
        .await;
    }
}
