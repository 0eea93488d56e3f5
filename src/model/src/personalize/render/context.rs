//! What one rendering shares: its limits, its clock and its chance.

use std::fmt;

use bumpalo::Bump;
use bumpalo::collections::{String as BumpString, Vec as BumpVec};
use jiff::tz::TimeZone;

use super::Fault;
use crate::personalize::dates::Moment;
use crate::personalize::scope::{RenderError, RenderLimits, Scope};
use crate::personalize::value::Val;

/// What functions may use beside their arguments.
pub(crate) struct Context<'a> {
    /// Where everything is made that the text does not keep.
    pub(crate) arena: &'a Bump,
    pub(crate) scope: &'a Scope<'a>,
    pub(super) limits: RenderLimits,
    work: u64,
    zone: Option<TimeZone>,
    pub(super) zone_failed: bool,
    random: u64,
}

impl<'a> Context<'a> {
    pub(super) fn new(arena: &'a Bump, scope: &'a Scope<'a>, limits: RenderLimits) -> Context<'a> {
        Context {
            arena,
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

    /// Goes on counting from another sum, and gives the one so far.
    pub(crate) fn work(&mut self, from: u64) -> u64 {
        std::mem::replace(&mut self.work, from)
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

    /// An empty text in the arena. What is written there is to be charged.
    pub(crate) fn text(&self) -> BumpString<'a> {
        BumpString::new_in(self.arena)
    }

    /// An empty list in the arena. What is put there is to be charged, by [`Context::charge_items`].
    pub(crate) fn list(&self) -> BumpVec<'a, Val<'a>> {
        BumpVec::new_in(self.arena)
    }

    /// Bytes in the arena, all zero at first.
    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a mut [u8], RenderError> {
        self.charge(length)?;
        Ok(self.arena.alloc_slice_fill_copy(length, 0))
    }

    /// A date as a value.
    pub(crate) fn date(&mut self, moment: Moment) -> Result<Val<'a>, RenderError> {
        const DATE: usize = 8;
        self.charge(DATE)?;
        Ok(Val::Date(self.arena.alloc(moment)))
    }

    /// A list of one.
    pub(crate) fn single(&mut self, value: Val<'a>) -> Result<&'a [Val<'a>], RenderError> {
        self.charge_items(1)?;
        Ok(std::slice::from_ref(self.arena.alloc(value)))
    }

    /// Counts a text that was made: its bytes, and the room that every one takes.
    pub(crate) fn charge_text(&mut self, text: &str) -> Result<(), RenderError> {
        const TEXT: usize = 8;
        self.charge(TEXT + text.len())
    }

    /// Counts the items of a list that is made: each takes room until the rendering ends.
    pub(crate) fn charge_items(&mut self, items: usize) -> Result<(), RenderError> {
        const ITEM: usize = 8;
        self.charge(items.saturating_mul(ITEM))
    }

    /// A value as text, bounded like everything that is made.
    pub(crate) fn print(&mut self, value: &Val<'a>) -> Result<&'a str, Fault> {
        if let Val::Text(text) = value {
            return Ok(text);
        }
        let mut bounded = Bounded {
            text: self.text(),
            limit: self.limits.output_bytes,
        };
        if value.write(&mut bounded).is_err() {
            return Err(RenderError::OutputTooLong {
                limit: self.limits.output_bytes,
            }
            .into());
        }
        self.charge_text(&bounded.text)?;
        Ok(bounded.text.into_bump_str())
    }
}

/// A text that refuses to grow past a limit.
pub(super) struct Bounded<T> {
    pub(super) text: T,
    pub(super) limit: usize,
}

impl fmt::Write for Bounded<String> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.limit {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Write for Bounded<BumpString<'_>> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.limit {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}
