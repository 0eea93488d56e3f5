//! One attempt at one delivery: what must hold before it is sent, sending it, and what then follows.

mod conclude;
mod gate;
mod prepare;
mod send;
mod write;

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
pub(crate) use write::{Unfit, Written, write};

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
