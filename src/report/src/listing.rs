//! What there are reports about: every journey and message that has been published, with what was counted of each.

use std::collections::HashMap;

use heliograph_model::report::{Figure, Scope, Totals};
use heliograph_store::{
    Store,
    reports::{self, Reported},
};
use uuid::Uuid;

use crate::{Result, global::Days};

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A journey.
    Journey,
    /// A message.
    Message,
}

/// A journey or message that there is a report about.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Which of the two.
    pub kind: Kind,
    /// Its identifier.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// Is it going on: is a journey live, has a message not been put away?
    pub current: bool,
    /// What was counted in the days.
    pub totals: Totals,
}

/// Every journey and message that is going on, or of which something was counted in these days; the ones with most
/// deliveries first, then those that most profiles entered, then by name.
///
/// # Errors
/// Where the database fails.
pub async fn read(store: &Store, days: Days) -> Result<Vec<Listed>> {
    let db = &mut store.read().await?;
    let range = days.range();
    let journeys = reports::reported_journeys(db).await?;
    let messages = reports::reported_messages(db).await?;
    let of_journeys = reports::by_journey(db, Scope::All, range).await?;
    let of_messages = reports::by_message(db, Scope::All, range).await?;
    let mut listed = counted(
        Kind::Journey,
        journeys,
        of_journeys.into_iter().map(|(id, totals)| (id.0, totals)),
    );
    listed.extend(counted(
        Kind::Message,
        messages,
        of_messages.into_iter().map(|(id, totals)| (id.0, totals)),
    ));
    listed.retain(|one| one.current || !one.totals.is_empty());
    listed.sort_by_cached_key(|one| {
        let n = |figure| std::cmp::Reverse(one.totals.n(figure));
        (
            n(Figure::Targeted),
            n(Figure::Entered),
            one.name.to_lowercase(),
            one.id,
        )
    });
    Ok(listed)
}

fn counted(kind: Kind, reported: Vec<Reported>, totals: impl Iterator<Item = (Uuid, Totals)>) -> Vec<Listed> {
    let mut totals: HashMap<Uuid, Totals> = totals.collect();
    reported
        .into_iter()
        .map(|one| Listed {
            kind,
            totals: totals.remove(&one.id).unwrap_or_default(),
            id: one.id,
            name: one.name,
            current: one.current,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use heliograph_model::{journey::Document, message::Content};
    use heliograph_store::{
        counters::{Counts, Subject},
        journeys, messages,
        testing::{START, on_each_engine},
    };

    use super::*;

    #[tokio::test]
    async fn what_was_published_is_listed_the_busiest_first() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let journey = journeys::create(&mut tx, "Basket", &Document::default())
                .await
                .unwrap();
            journeys::publish(&mut tx, journey, 1, "me").await.unwrap();
            journeys::create(&mut tx, "A draft", &Document::default())
                .await
                .unwrap();
            let mut made = Vec::new();
            for name in ["Reminder", "Put away"] {
                let message = messages::create(&mut tx, name, &Content::default())
                    .await
                    .unwrap();
                messages::publish(&mut tx, message, 1, "me").await.unwrap();
                made.push(message);
            }
            messages::archive(&mut tx, made[1]).await.unwrap();
            let mut counts = Counts::new();
            let subject = Subject {
                message: made[0],
                ..Subject::default()
            };
            counts.add(START, &subject, Figure::Targeted, "");
            counts.write(&mut tx).await.unwrap();
            tx.commit().await.unwrap();

            let today = Days::new(START, START).unwrap();
            let listed = read(&store, today).await.unwrap();
            let shown: Vec<_> = listed
                .iter()
                .map(|one| (one.kind, one.name.as_str(), one.totals.n(Figure::Targeted)))
                .collect();
            assert_eq!(
                shown,
                [(Kind::Message, "Reminder", 1), (Kind::Journey, "Basket", 0)]
            );
        })
        .await;
    }
}
