//! Asking again and again, as long as the page is open and somebody sees it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

type Asked = Pin<Box<dyn Future<Output = ()>>>;

/// Asks at intervals: the next time comes a while after the answer to the last, so that two are never on their way at once.
/// While the tab is hidden nothing is asked; once it is seen again, at once.
#[derive(Clone, Copy)]
pub struct Follow {
    every: Duration,
    ask: StoredValue<Box<dyn Fn() -> Asked + Send + Sync>>,
    timer: StoredValue<Option<TimeoutHandle>>,
    asking: StoredValue<bool>,
    /// It was asked for while an answer was on its way.
    again: StoredValue<bool>,
}

impl std::fmt::Debug for Follow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Follow")
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}

impl Follow {
    /// Begins once the page is alive, and ends with it.
    pub fn new<Fut>(every: Duration, ask: impl Fn() -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = ()> + 'static,
    {
        let follow = Self {
            every,
            ask: StoredValue::new(Box::new(move || Box::pin(ask()) as Asked)),
            timer: StoredValue::new(None),
            asking: StoredValue::new(false),
            again: StoredValue::new(false),
        };
        Effect::new(move |_| {
            follow.rest();
            let seen = window_event_listener(leptos::ev::visibilitychange, move |_| {
                if !document().hidden() {
                    follow.now();
                }
            });
            on_cleanup(move || {
                seen.remove();
                follow.wake();
            });
        });
        follow
    }

    /// Asks now, or as soon as the answer that is on its way has come: it may be of before.
    pub fn now(self) {
        // The page may have been left meanwhile.
        match self.asking.try_get_value() {
            None => return,
            Some(true) => {
                self.again.try_set_value(true);
                return;
            }
            Some(false) => {}
        }
        self.wake();
        self.asking.try_set_value(true);
        let Some(asked) = self.ask.try_with_value(|ask| ask()) else {
            return;
        };
        leptos::task::spawn_local(async move {
            asked.await;
            self.asking.try_set_value(false);
            if self.again.try_get_value() == Some(true) {
                self.again.try_set_value(false);
                self.now();
            } else {
                self.rest();
            }
        });
    }

    /// Waits for the next time.
    fn rest(self) {
        let due = move || {
            if !document().hidden() {
                self.now();
            }
        };
        // Without a place to keep it, as when the page was left meanwhile, there is no timer either.
        if self.timer.try_get_value().is_some() {
            self.timer
                .try_set_value(set_timeout_with_handle(due, self.every).ok());
        }
    }

    /// Waits no longer.
    fn wake(self) {
        if let Some(Some(timer)) = self.timer.try_get_value() {
            timer.clear();
        }
    }
}
