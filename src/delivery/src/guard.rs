//! The mass-retire guard: where many addresses of an app are called not valid at once, it is a setting that is wrong and not
//! the addresses. Beyond the first few of each minute, nothing is retired then.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use heliograph_model::{ids::AppId, time::Timestamp};

/// For how long answers are counted together.
const SPAN: Duration = Duration::from_secs(60);
/// So many refusals may be chance, whatever their share is.
const FEW: u32 = 20;
/// The share of all answers that may be chance: one in so many.
const ONE_IN: u32 = 20;

/// What came back for one app lately.
#[derive(Debug, Clone, Copy)]
struct Lately {
    since: Timestamp,
    answers: u32,
    not_valid: u32,
    /// Has it been said that nothing is retired?
    said: bool,
}

/// Counts what providers say of addresses, app by app.
#[derive(Debug, Default)]
pub(crate) struct Guard(Mutex<HashMap<AppId, Lately>>);

impl Guard {
    /// Notes an answer, and whether it calls the address not valid. May such an address be suspected or retired?
    pub(crate) fn allows(&self, app: AppId, now: Timestamp, not_valid: bool) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Lately {
            since: now,
            answers: 0,
            not_valid: 0,
            said: false,
        };
        let lately = all.entry(app).or_insert(fresh);
        if now >= lately.since + SPAN {
            *lately = fresh;
        }
        lately.answers = lately.answers.saturating_add(1);
        lately.not_valid = lately.not_valid.saturating_add(u32::from(not_valid));
        let many = lately.not_valid > FEW && lately.not_valid > lately.answers / ONE_IN;
        if many && !lately.said {
            lately.said = true;
            tracing::error!(
                %app,
                not_valid = lately.not_valid,
                answers = lately.answers,
                "many push tokens of this app are called not valid at once: no device is retired for it. Check the app \
                 configuration's environment and the property's “sandbox” setting"
            );
        }
        !many
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_at_once_are_not_believed_and_a_few_are() {
        let (guard, app) = (Guard::default(), AppId::from(uuid::Uuid::from_u128(1)));
        let start = Timestamp::from_millis(1_790_000_000_000);
        // One in fifty is believed, however many there are.
        for n in 0..10_000 {
            assert!(guard.allows(app, start, n % 50 == 0));
        }
        // Half of them is not, but for the first few.
        let later = start + SPAN;
        let believed = (0..200)
            .filter(|n| guard.allows(app, later, n % 2 == 0) && n % 2 == 0)
            .count();
        assert_eq!(believed, FEW as usize);
        // Another app has nothing to do with it, and after a minute it is judged anew.
        assert!(guard.allows(AppId::from(uuid::Uuid::from_u128(2)), later, true));
        assert!(guard.allows(app, later + SPAN, true));
    }
}
