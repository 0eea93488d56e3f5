//! Telling the console how fast Google lets this process send.

use std::collections::HashMap;

use heliograph_fcm::Pace;
use heliograph_model::{app_config::GooglePace, time::Timestamp};
use heliograph_store::{Error, google_pace};
use uuid::Uuid;

use crate::service::Inner;

/// What was told of the paces of the Firebase projects, and when.
#[derive(Debug)]
pub(crate) struct Paces {
    process: Uuid,
    told: HashMap<String, (Pace, Timestamp)>,
}

impl Paces {
    /// Nothing is told yet.
    pub(crate) fn new(inner: &Inner) -> Self {
        Self {
            process: inner.store.ids().next(),
            told: HashMap::new(),
        }
    }

    /// Tells what is news. To be asked for each set of pushes, and not for each push.
    pub(crate) async fn tell(&mut self, inner: &Inner) {
        let now = inner.store.now();
        for (project, pace) in inner.clients.accounts().paces() {
            if !is_news(self.told.get(&project), &pace, now) {
                continue;
            }
            match self.write(inner, &project, &pace, now).await {
                Ok(()) => {
                    self.told.insert(project, (pace, now));
                }
                Err(error) => tracing::warn!(%error, project, "telling how fast Google lets us send failed"),
            }
        }
    }

    async fn write(&self, inner: &Inner, project: &str, pace: &Pace, now: Timestamp) -> Result<(), Error> {
        let pace = GooglePace {
            per_minute: pace.per_minute.into(),
            of: pace.of.into(),
            cut_at: pace.cut.map(|ago| now - ago),
        };
        let mut tx = inner.store.begin().await?;
        google_pace::note(&mut tx, self.process, project, &pace).await?;
        tx.commit().await
    }
}

/// Is a pace more than a tenth off what was told, cut or back at its height since, of another quota, or is it time to say it again?
fn is_news(told: Option<&(Pace, Timestamp)>, pace: &Pace, now: Timestamp) -> bool {
    told.is_none_or(|(told, at)| {
        *at + google_pace::AGAIN <= now
            || told.cut.is_some() != pace.cut.is_some()
            || told.of != pace.of
            || u64::from(told.per_minute.abs_diff(pace.per_minute)) * 10 > told.per_minute.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_told_where_it_differs_and_once_a_minute() {
        let pace = |per_minute, cut| Pace {
            per_minute,
            of: 600_000,
            cut,
        };
        let at = Timestamp::from_millis;
        let told = (pace(300_000, None), at(0));
        let is_news = |pace: &Pace, now| is_news(Some(&told), pace, at(now));
        assert!(!is_news(&pace(330_000, None), 59_999));
        assert!(is_news(&pace(330_001, None), 1));
        assert!(is_news(&pace(269_999, None), 1));
        assert!(is_news(&pace(300_000, Some(std::time::Duration::ZERO)), 1));
        assert!(is_news(&told.0, 60_000));
        assert!(super::is_news(None, &told.0, at(0)));
    }
}
