//! The sample shop: Trailhead, an outdoor shop with an app on both platforms.
//!
//! Everything is made from a seed, so that two demos hold the same people.

mod content;
mod people;
mod products;

pub(crate) use content::{Refs, audiences, fragments, journeys, messages};
pub(crate) use people::{Shopper, shoppers};
pub(crate) use products::{basket, basket_xdm, purchase_xdm, view_xdm};

/// The bundle id and package name of the sample app.
pub(crate) const APP: &str = "com.example.trailhead";

/// A small generator of pseudo-random numbers (SplitMix64): the sample must be the same everywhere, and stays so when a
/// library changes its algorithm.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice that fall the same for the same seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `end`; 0 where `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    /// One of the items.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(items.len() as u64)).unwrap_or(0);
        &items[index]
    }

    /// So many decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| char::from(b'0' + u8::try_from(self.below(10)).unwrap_or(0)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_demos_hold_the_same_thousand_people() {
        let (one, two) = (shoppers(1000), shoppers(1000));
        assert_eq!(one.len(), 1000);
        assert_eq!(one[999].email, two[999].email);
        let addresses: std::collections::HashSet<_> = one.iter().map(|shopper| &shopper.email).collect();
        assert_eq!(addresses.len(), 1000, "each has an address of their own");
    }
}
