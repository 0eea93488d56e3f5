//! One attempt at one delivery: what must hold before it is sent, sending it, and what then follows.

mod conclude;
mod gate;
mod prepare;
mod send;

use std::{sync::Arc, time::Instant};

use heliograph_model::{
    app_config::CredentialState,
    delivery::{Exclusion, Outcome},
    ids::AppId,
    payload::{CompiledContent, Payload, RenderedContent},
    profile::Device,
};
use heliograph_store::deliveries::{Claimed, ClaimedApp, Credential, End, Settlement};

use crate::{answer::Answer, rules::Restraint, service::Inner};
use conclude::{conclude, no_client};
use gate::Gate;
use prepare::prepare;
pub(crate) use prepare::{admit, seed};
use send::send;

/// Why a delivery is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    /// It is due.
    Due,
    /// To see whether the app's refused credential works again.
    Probe,
}

/// What an attempt tells of a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CredentialNews {
    pub(crate) app: AppId,
    pub(crate) revision: i64,
    pub(crate) state: CredentialState,
}

/// How an attempt ended.
#[derive(Debug)]
pub(crate) struct Attempted {
    pub(crate) settlement: Settlement,
    pub(crate) news: Option<CredentialNews>,
}

/// An end that comes before anything is sent.
pub(crate) struct Early {
    end: End,
    detail: Option<String>,
    news: Option<CredentialNews>,
}

impl From<Exclusion> for Early {
    fn from(why: Exclusion) -> Self {
        Self {
            end: End::Excluded(why),
            detail: None,
            news: None,
        }
    }
}

impl Early {
    fn new(end: End, detail: impl Into<String>) -> Self {
        Self {
            end,
            detail: Some(detail.into()),
            news: None,
        }
    }
}

/// A delivery that nothing stands in the way of.
struct Ready<'a> {
    claimed: &'a Claimed,
    app: &'a Arc<ClaimedApp>,
    device: &'a Device,
    credential: &'a Credential,
    compiled: Arc<CompiledContent>,
    rendered: RenderedContent,
    payload: Payload,
}

/// Carries out one attempt. It does not fail: whatever goes wrong is an end.
pub(crate) async fn carry_out(
    inner: &Inner,
    claimed: Claimed,
    errand: Errand,
    restraint: Option<Restraint>,
) -> Attempted {
    let ready = match prepare(inner, &claimed, errand, restraint) {
        Ok(ready) => ready,
        Err(early) => return stop(inner, &claimed, early),
    };
    let (revision, client) = match inner
        .clients
        .of(&inner.store, ready.app.id, ready.credential.revision)
        .await
    {
        Ok(found) => found,
        Err(why) => return stop(inner, &claimed, no_client(inner, &ready, why)),
    };
    let sent_at = inner.store.now();
    let started = Instant::now();
    let gate = Gate::new(inner, &claimed, ready.app.id);
    let answer = tokio::select! {
        biased;
        answer = tokio::time::timeout(inner.options.send_limit, send(&client, &ready, &gate)) => {
            answer.unwrap_or_else(|_| Answer::of(Outcome::AnswerLost, "no answer came in time"))
        }
        early = gate.stopped() => return stop(inner, &claimed, early),
    };
    if let Some(early) = gate.into_shut() {
        return stop(inner, &claimed, early);
    }
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    conclude(inner, &ready, &client, revision, answer, sent_at, milliseconds)
}

fn stop(inner: &Inner, claimed: &Claimed, early: Early) -> Attempted {
    Attempted {
        settlement: Settlement {
            place: Arc::clone(&claimed.place),
            attempts: claimed.attempts,
            expires_at: claimed.expires_at,
            lease_until: claimed.lease_until,
            at: inner.store.now(),
            end: early.end,
            detail: early.detail,
            sent_at: None,
            milliseconds: None,
            payload: None,
            device: None,
        },
        news: early.news,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heliograph_model::{
        app_config::{PayloadStyle, Platform},
        ids::MessageId,
        message::Content,
        profile::{Identity, PushPlatform},
    };
    use heliograph_store::{
        Store, apps,
        counters::Counts,
        deliveries::{self, Purpose, Request, Room},
        devices, messages, profiles,
        testing::on_each_engine,
    };
    use serde_json::json;

    use super::*;
    use crate::{Providers, Sealer, Service};

    /// One delivery of a message that is claimed and read, and its message.
    async fn in_hand(store: &Store) -> (Claimed, MessageId) {
        let mut tx = store.begin().await.unwrap();
        let new = apps::NewApp {
            name: "Shop",
            platform: Platform::Ios,
            app: "com.example.shop",
            style: PayloadStyle::Standard,
        };
        let app = apps::create(&mut tx, &new).await.unwrap();
        let person = profiles::Upsert {
            identities: vec![Identity::new("CRMID", "ada").unwrap()],
            attributes: json!({}),
        };
        let profile = profiles::upsert(&mut tx, &[person]).await.unwrap()[0].unwrap();
        let claim = devices::Claim {
            profile,
            ecid: None,
            app: new.app.into(),
            platform: PushPlatform::Apns,
            token: "ab".repeat(32),
            wanted: devices::Wanted::Yes,
            at: store.now(),
        };
        devices::sync(&mut tx, &[claim]).await.unwrap();
        let content = Content {
            apps: vec![app],
            title: "Hi".into(),
            body: "there".into(),
            ..Content::default()
        };
        let message = messages::create(&mut tx, "Thanks", &content).await.unwrap();
        messages::publish(&mut tx, message, 1, "Ada").await.unwrap();
        let request = Request {
            profile,
            message,
            version: 1,
            apps: vec![app],
            ttl: Duration::from_secs(600),
            rank: content.rank,
            journey: None,
            cause: "1".into(),
            context: json!({}),
            purpose: Purpose::Journey,
        };
        deliveries::queue(&mut tx, &[request], &mut Counts::new())
            .await
            .unwrap();
        let taken = deliveries::claim(&mut tx, store.now(), Room::of(1), Duration::from_secs(180))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut loaded = deliveries::load(&mut store.read().await.unwrap(), &taken)
            .await
            .unwrap();
        (loaded.remove(0), message)
    }

    fn end(inner: &Inner, claimed: &Claimed) -> Option<End> {
        admit(inner, claimed, Errand::Due).err().map(|early| early.end)
    }

    #[tokio::test]
    async fn what_is_in_hand_when_its_message_is_stopped_does_not_go_out() {
        on_each_engine(|store, _| async move {
            let folder = tempfile::tempdir().unwrap();
            let sealer = Arc::new(Sealer::open_or_create(&folder.path().join("key")).unwrap());
            let inner = Service::new(store.clone(), sealer, Providers::default()).inner;
            let (claimed, message) = in_hand(&store).await;
            let look = async || inner.guard.look(&store).await.unwrap();
            let stopped = Some(End::Excluded(Exclusion::Stopped));
            look().await;
            assert_ne!(end(&inner, &claimed), stopped);

            let mut tx = store.begin().await.unwrap();
            messages::stop(&mut tx, message, "Ada").await.unwrap();
            tx.commit().await.unwrap();
            look().await;
            assert_eq!(end(&inner, &claimed), stopped);
            let mut proof = claimed.clone();
            Arc::make_mut(&mut proof.place).proof = true;
            assert_ne!(end(&inner, &proof), stopped);

            let mut tx = store.begin().await.unwrap();
            messages::send_again(&mut tx, message).await.unwrap();
            tx.commit().await.unwrap();
            look().await;
            assert_ne!(end(&inner, &claimed), stopped);
        })
        .await;
    }
}
