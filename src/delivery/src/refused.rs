//! Stops a message that a provider refuses again and again: what is wrong with it is wrong for everybody, and a million more
//! refusals would make the provider slow down or shut us out.
//!
//! Each process counts what it hears itself. With several, a few more refusals come before one of them has its count; the
//! stop is a row in the database and holds for all.

use std::{collections::HashMap, time::Duration};

use heliograph_model::{
    delivery::Outcome,
    ids::{AppId, MessageId},
    time::Timestamp,
};
use heliograph_store::{
    Error, Store,
    audit::{self, Actor, Change},
    deliveries::{self, End, Settlement},
    messages,
};

/// So many refusals in a row stop a message.
const IN_A_ROW: u32 = 20;
/// As long as they come within this time.
const SPAN: Duration = Duration::from_secs(60);
/// Most characters of the provider's words that are kept with the stop.
const WORDS_MAX: usize = 200;

/// Refusals of one message in one app, with no acceptance between them.
#[derive(Debug, Clone, Copy)]
struct Row {
    count: u32,
    since: Timestamp,
}

/// The messages that were refused of late, as this process heard. Nothing is kept of messages that are accepted.
#[derive(Debug, Default)]
pub(crate) struct Refused(HashMap<(MessageId, Option<AppId>), Row>);

/// A message that is to be stopped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ToStop {
    message: MessageId,
    /// What the provider said last.
    words: String,
}

impl Refused {
    /// Takes in how attempts ended, in their order; what is to be stopped now.
    pub(crate) fn note(&mut self, settlements: &[Settlement]) -> Vec<ToStop> {
        let mut to_stop = Vec::new();
        for settlement in settlements.iter().filter(|one| !one.place.proof) {
            let key = (settlement.place.message_id, settlement.place.app_id);
            match settlement.end {
                End::Accepted { .. } => {
                    self.0.remove(&key);
                }
                End::Failed {
                    outcome: Outcome::NotValid,
                } => {
                    let at = settlement.at;
                    self.0.retain(|_, row| row.since + SPAN >= at);
                    let row = self.0.entry(key).or_insert(Row { count: 0, since: at });
                    row.count += 1;
                    if row.count == IN_A_ROW {
                        self.0.remove(&key);
                        let words = settlement.detail.as_deref().unwrap_or_default();
                        to_stop.push(ToStop {
                            message: key.0,
                            words: words.chars().take(WORDS_MAX).collect(),
                        });
                    }
                }
                _ => {}
            }
        }
        to_stop
    }
}

/// Stops a message as a person would, unless it is stopped already, and says why in the audit log.
pub(crate) async fn stop(store: Store, ToStop { message, words }: ToStop) {
    if let Err(error) = try_stop(&store, message, &words).await {
        tracing::error!(%error, %message, "stopping a message that the provider refuses failed");
    }
}

async fn try_stop(store: &Store, message: MessageId, words: &str) -> Result<(), Error> {
    let why = format!("the provider refused it {IN_A_ROW} times in a row ({words})");
    let mut tx = store.begin().await?;
    if messages::stop(&mut tx, message, &format!("Heliograph, because {why}")).await? {
        let name = messages::get(&mut tx, message).await?.name;
        let change = Change {
            action: "stopped sending",
            object_kind: "message",
            object: Some(message.0),
            name: &name,
            detail: serde_json::json!({
                "because": why,
                "to go on": "mend what the provider names, publish the message, and choose “Send again” on its page",
            }),
        };
        audit::record(&mut tx, &Actor::system(), change).await?;
        tracing::error!(%message, name, words, "a message is stopped: the provider refuses it each time");
    }
    tx.commit().await?;
    deliveries::stop_for_message(store, message).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use heliograph_model::ids::{DeliveryId, ProfileId};
    use heliograph_store::deliveries::Place;
    use uuid::Uuid;

    use super::*;

    fn ended(message: u128, seconds: i64, outcome: Outcome) -> Settlement {
        let at = Timestamp::from_millis(seconds * 1000);
        let end = match outcome {
            Outcome::AcceptedByApple => End::Accepted {
                outcome,
                provider_id: None,
            },
            _ => End::Failed { outcome },
        };
        Settlement {
            place: Arc::new(Place {
                profile_id: ProfileId(Uuid::from_u128(1)),
                id: DeliveryId(Uuid::from_u128(1)),
                app_id: None,
                message_id: MessageId(Uuid::from_u128(message)),
                journey_id: None,
                journey_version_id: None,
                node: String::new(),
                proof: false,
            }),
            lease_until: at,
            attempts: 0,
            expires_at: at,
            at,
            end,
            detail: Some("400 BadPriority".to_owned()),
            sent_at: Some(at),
            milliseconds: None,
            payload: None,
            device: None,
        }
    }

    #[test]
    fn only_many_refusals_in_a_row_within_a_minute_stop_a_message() {
        let refused = |message, seconds| ended(message, seconds, Outcome::NotValid);
        // One of another message in between does not matter, nor does one that failed for another reason.
        let mut all: Vec<_> = (0..19).map(|second| refused(1, second)).collect();
        all.push(refused(2, 19));
        all.push(ended(2, 19, Outcome::AcceptedByApple));
        all.push(ended(1, 20, Outcome::TooLarge));
        let mut seen = Refused::default();
        assert_eq!(seen.note(&all), []);
        let stopped = seen.note(&[refused(1, 21)]);
        assert_eq!(
            stopped,
            [ToStop {
                message: MessageId(Uuid::from_u128(1)),
                words: "400 BadPriority".to_owned()
            }]
        );

        let mut seen = Refused::default();
        all.push(ended(1, 21, Outcome::AcceptedByApple));
        all.push(refused(1, 22));
        assert_eq!(seen.note(&all), []);

        let slow: Vec<_> = (0..40).map(|turn| refused(1, turn * 4)).collect();
        assert_eq!(Refused::default().note(&slow), []);
    }
}
