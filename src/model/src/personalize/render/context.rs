//! What one rendering shares: its limits, its clock and its chance.

use std::fmt;

use jiff::tz::TimeZone;

use super::Fault;
use crate::personalize::dates::Moment;
use crate::personalize::scope::{RenderError, RenderLimits, Scope};
use crate::personalize::value::Val;

/// What functions may use beside their arguments.
pub(crate) struct Context<'a> {
    pub(crate) scope: &'a Scope<'a>,
    pub(super) limits: RenderLimits,
    work: u64,
    zone: Option<TimeZone>,
    pub(super) zone_failed: bool,
    random: u64,
}

impl<'a> Context<'a> {
    pub(super) fn new(scope: &'a Scope<'a>, limits: RenderLimits) -> Context<'a> {
        Context {
            scope,
            limits,
            work: 0,
            zone: None,
            zone_failed: false,
            random: scope.first_random(),
        }
    }

    /// Counts work, and ends rendering when it was too much.
    pub(crate) fn charge(&mut self, units: usize) -> Result<(), RenderError> {
        self.work = self.work.saturating_add(units as u64);
        if self.work > self.limits.work {
            return Err(RenderError::TooMuchWork {
                limit: self.limits.work,
            });
        }
        Ok(())
    }

    /// The profile's time zone; UTC where it is not known.
    pub(crate) fn zone(&mut self) -> &TimeZone {
        let failed = &mut self.zone_failed;
        let scope = self.scope;
        self.zone.get_or_insert_with(|| {
            scope.zone().unwrap_or_else(|_| {
                *failed = true;
                TimeZone::UTC
            })
        })
    }

    pub(crate) fn now(&mut self) -> Moment {
        let at = self.scope.now();
        let zone = self.zone().clone();
        Moment::zoned(at.to_zoned_datetime(zone))
    }

    /// The next number of the scope's sequence (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>).
    pub(crate) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A value as text, bounded like everything that is made.
    pub(crate) fn print(&mut self, value: &Val<'a>) -> Result<String, Fault> {
        let mut bounded = Bounded {
            text: String::new(),
            limit: self.limits.output_bytes,
        };
        if value.write(&mut bounded).is_err() {
            return Err(RenderError::OutputTooLong {
                limit: self.limits.output_bytes,
            }
            .into());
        }
        self.charge(bounded.text.len())?;
        Ok(bounded.text)
    }
}

/// A text that refuses to grow past a limit.
pub(super) struct Bounded {
    pub(super) text: String,
    pub(super) limit: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.limit {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}
