//! Whether a push that was let go may still go out: its message, journey or app may be stopped while it waits for a stream.

use std::{
    future::pending,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use heliograph_model::{delivery::Exclusion, ids::AppId};
use heliograph_store::deliveries::Claimed;

use super::{Early, prepare::stopped};
use crate::service::Inner;

/// Stands between one push and the wire.
pub(super) struct Gate<'a> {
    inner: &'a Inner,
    claimed: &'a Claimed,
    app: AppId,
    /// Has it been put on a stream?
    passed: AtomicBool,
    /// Why it may not be put on another, where that was asked for.
    shut: OnceLock<Early>,
}

impl<'a> Gate<'a> {
    pub(super) fn new(inner: &'a Inner, claimed: &'a Claimed, app: AppId) -> Self {
        Self {
            inner,
            claimed,
            app,
            passed: AtomicBool::new(false),
            shut: OnceLock::new(),
        }
    }

    /// May it be put on a stream? [`Self::stopped`] sees to the first time. It is asked again where the provider did not take
    /// it up, or refused to let us in.
    pub(super) fn is_open(&self) -> bool {
        if !self.passed.swap(true, Ordering::Relaxed) {
            return true;
        }
        match self.why_stopped() {
            Some(why) => {
                // Once it is shut, it is not asked again.
                let _ = self.shut.set(why);
                false
            }
            None => true,
        }
    }

    /// Ends with the reason when the push is stopped before it was put on a stream, and else never. To be asked when sending
    /// has begun: most pushes get a stream at once, and need not listen for stops.
    pub(super) async fn stopped(&self) -> Early {
        if !self.passed.load(Ordering::Relaxed) {
            let mut changes = self.inner.guard.changes();
            loop {
                if let Some(why) = self.why_stopped() {
                    return why;
                }
                if changes.changed().await.is_err() || self.passed.load(Ordering::Relaxed) {
                    break;
                }
            }
        }
        pending().await
    }

    /// Why it was not put on a stream any more.
    pub(super) fn into_shut(self) -> Option<Early> {
        self.shut.into_inner()
    }

    fn why_stopped(&self) -> Option<Early> {
        let guard = &self.inner.guard;
        if guard.has_stopped(&self.claimed.place) {
            return Some(Exclusion::Stopped.into());
        }
        guard.stop_of(self.app).map(|stop| stopped(&stop))
    }
}
