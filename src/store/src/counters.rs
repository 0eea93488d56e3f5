//! Counters: what happened, by minute, hour and day. They change in the transaction of the change that they count.

use std::collections::HashMap;

use heliograph_model::{
    ids::{AppId, JourneyId, JourneyVersionId, MessageId},
    report::{Figure, Grain},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{Result, Topic, Tx};

/// What a count is of. What does not apply is the nil identifier or empty text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject {
    /// The journey.
    pub journey: JourneyId,
    /// Its version.
    pub version: JourneyVersionId,
    /// The node in it.
    pub node: String,
    /// The message.
    pub message: MessageId,
    /// The app.
    pub app: AppId,
}

impl Default for Subject {
    fn default() -> Self {
        let nil = Uuid::nil();
        Self {
            journey: nil.into(),
            version: nil.into(),
            node: String::new(),
            message: nil.into(),
            app: nil.into(),
        }
    }
}

/// Counts collected in memory, to be written at the end of a transaction in one go.
#[derive(Debug, Default)]
pub struct Counts(HashMap<(Timestamp, Subject, Figure, String), i64>);

impl Counts {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one.
    pub fn add(&mut self, at: Timestamp, subject: &Subject, figure: Figure, reason: &str) {
        self.add_many(at, subject, figure, reason, 1);
    }

    /// Counts `n`.
    pub fn add_many(&mut self, at: Timestamp, subject: &Subject, figure: Figure, reason: &str, n: i64) {
        *self
            .0
            .entry((at.minute(), subject.clone(), figure, reason.to_owned()))
            .or_default() += n;
    }

    /// Writes the counts, and tells the reports at commit.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn write(self, tx: &mut Tx) -> Result<()> {
        let shard = tx.store().shard();
        let mut sums: HashMap<(Grain, Timestamp, Subject, Figure, String), i64> = HashMap::new();
        for ((at, subject, figure, reason), n) in self.0 {
            for grain in Grain::ALL {
                *sums
                    .entry((grain, grain.start(at), subject.clone(), figure, reason.clone()))
                    .or_default() += n;
            }
        }
        let mut rows: Vec<_> = sums.into_iter().filter(|(_, n)| *n != 0).collect();
        if rows.is_empty() {
            return Ok(());
        }
        // Always in the same order, so that two transactions never wait for each other's rows crosswise.
        rows.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        insert_all!(
            tx,
            "INSERT INTO counter (grain, at, journey_id, journey_version_id, node, message_id, app_id, figure, reason, \
             shard, n) ",
            11,
            rows,
            |((grain, at, subject, figure, reason), n)| [
                grain.as_str(),
                *at,
                subject.journey,
                subject.version,
                subject.node.as_str(),
                subject.message,
                subject.app,
                figure.as_str(),
                reason.as_str(),
                shard,
                *n,
            ],
            " ON CONFLICT (grain, at, journey_id, journey_version_id, node, message_id, app_id, figure, reason, shard) \
             DO UPDATE SET n = counter.n + excluded.n"
        )?;
        tx.raise(Topic::Counters);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{START, on_each_engine};

    #[tokio::test]
    async fn counts_add_up_over_transactions_in_every_grain() {
        on_each_engine(|store, _| async move {
            for _ in 0..2 {
                let mut tx = store.begin().await.unwrap();
                let mut counts = Counts::new();
                counts.add(START, &Subject::default(), Figure::Entered, "");
                counts.add(START, &Subject::default(), Figure::Entered, "");
                counts.write(&mut tx).await.unwrap();
                tx.commit().await.unwrap();
            }
            let mut conn = store.read().await.unwrap();
            let rows: Vec<(String, i64)> = fetch_all!(
                &mut conn,
                (String, i64),
                "SELECT grain, n FROM counter ORDER BY grain"
            )
            .unwrap();
            assert_eq!(
                rows,
                [("day".into(), 4), ("hour".into(), 4), ("minute".into(), 4)]
            );
        })
        .await;
    }
}
