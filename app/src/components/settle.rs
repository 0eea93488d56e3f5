//! What follows the keys at a little distance, so that it never holds up the next one.

use std::time::Duration;

use js_sys::Date;
use leptos::prelude::*;

/// How long the keys must pause, in milliseconds: less than lies between two keys of a fast typist's.
const PAUSE: f64 = 60.0;
/// The longest that is waited while they do not, as when a key is held down, in milliseconds.
const LONGEST: f64 = 250.0;

/// Changes that nobody was told of yet: when the first came, and the last.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    first: f64,
    last: f64,
}

impl Waiting {
    /// How long is to be waited at a moment; none when it is time.
    fn left(self, now: f64) -> Option<f64> {
        let due = (self.last + PAUSE).min(self.first + LONGEST);
        // A clock that was set back must not make anyone wait for long.
        (due > now).then(|| (due - now).min(PAUSE))
    }
}

/// Tells when what `changes` tracks has changed and the keys pause, or have not paused for a quarter of a second. What is
/// made anew by it is never stale for longer than that.
pub fn settled(changes: impl Fn() + 'static) -> RwSignal<()> {
    let settled = RwSignal::new(());
    let waiting = StoredValue::new(None::<Waiting>);
    Effect::watch(
        changes,
        move |(), _, _| {
            let now = Date::now();
            match waiting.get_value() {
                Some(Waiting { first, .. }) => waiting.set_value(Some(Waiting { first, last: now })),
                None => {
                    waiting.set_value(Some(Waiting {
                        first: now,
                        last: now,
                    }));
                    wait(settled, waiting, PAUSE);
                }
            }
        },
        false,
    );
    settled
}

fn wait(settled: RwSignal<()>, waiting: StoredValue<Option<Waiting>>, milliseconds: f64) {
    let look = move || {
        // The page may have been left.
        let Some(changes) = waiting.try_get_value().flatten() else {
            return;
        };
        match changes.left(Date::now()) {
            Some(left) => wait(settled, waiting, left),
            None => {
                waiting.set_value(None);
                settled.set(());
            }
        }
    };
    set_timeout(look, Duration::from_secs_f64(milliseconds / 1000.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_for_a_pause_but_not_for_ever() {
        let typing = |first, last| Waiting { first, last };
        assert_eq!(typing(0.0, 0.0).left(20.0), Some(40.0));
        assert_eq!(typing(0.0, 0.0).left(60.0), None);
        assert_eq!(typing(0.0, 230.0).left(240.0), Some(10.0));
        assert_eq!(typing(0.0, 249.0).left(250.0), None);
        assert_eq!(typing(9e9, 9e9).left(0.0), Some(60.0));
    }
}
