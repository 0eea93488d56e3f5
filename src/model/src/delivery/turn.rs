//! What goes before what in the queue.

use std::fmt;

use crate::message::Rank;

/// A delivery's place among those that are due: a lesser one goes before, whatever its time; those alike go by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// Somebody tries a message out, and waits for it.
    Proof,
    /// Of a message that goes first.
    First,
    /// Of a message as most are.
    Normal,
    /// Of a message that goes last.
    Last,
}

impl Turn {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Proof, Self::First, Self::Normal, Self::Last];

    /// As it is kept in the database.
    pub const fn number(self) -> i64 {
        match self {
            Self::Proof => 0,
            Self::First => 1,
            Self::Normal => 2,
            Self::Last => 3,
        }
    }

    /// From the database's number.
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|turn| turn.number() == number)
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Proof => "Before all others",
            Self::First => Rank::First.title(),
            Self::Normal => Rank::Normal.title(),
            Self::Last => Rank::Last.title(),
        }
    }

    /// Which pushes they are, after a number of them: “3 test pushes”.
    pub const fn noun(self, count: u64) -> &'static str {
        match (self, count) {
            (Self::Proof, 1) => "test push",
            (Self::Proof, _) => "test pushes",
            (Self::First, 1) => "push of a message that goes first",
            (Self::First, _) => "pushes of messages that go first",
            (Self::Normal, 1) => "push of normal rank",
            (Self::Normal, _) => "pushes of normal rank",
            (Self::Last, 1) => "push of a message that goes last",
            (Self::Last, _) => "pushes of messages that go last",
        }
    }
}

impl From<Rank> for Turn {
    fn from(rank: Rank) -> Self {
        match rank {
            Rank::First => Self::First,
            Rank::Normal => Self::Normal,
            Rank::Last => Self::Last,
        }
    }
}

/// Pushes that are due, all of one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Ahead {
    /// Which turn.
    pub turn: Turn,
    /// How many; [`Ahead::COUNTED`] where there are as many or more.
    pub count: u64,
}

impl Ahead {
    /// So many are counted one by one.
    pub const COUNTED: u64 = 1_000;

    /// Are there more than were counted?
    pub const fn is_more(&self) -> bool {
        self.count >= Self::COUNTED
    }
}

impl fmt::Display for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { turn, count } = *self;
        if self.is_more() {
            write!(f, "1,000 or more {}", turn.noun(count))
        } else {
            write!(f, "{count} {}", turn.noun(count))
        }
    }
}

/// What goes before one push, in a sentence; none where nothing does.
pub fn goes_before(ahead: &[Ahead]) -> Option<String> {
    let (last, others) = ahead.split_last()?;
    if others.is_empty() {
        return Some(format!("It goes out after {last}."));
    }
    let others: Vec<String> = others.iter().map(Ahead::to_string).collect();
    Some(format!("It goes out after {} and {last}.", others.join(", ")))
}

/// In which order what is due goes out, in a sentence; none where it is by time alone.
pub fn in_order(due: &[Ahead]) -> Option<String> {
    let (last, others) = due.split_last().filter(|(_, others)| !others.is_empty())?;
    let others: Vec<String> = others.iter().map(Ahead::to_string).collect();
    let waits = match last.turn {
        Turn::Last => ", which wait for as long as any other is due",
        Turn::Proof | Turn::First | Turn::Normal => "",
    };
    Some(format!(
        "Due now, in this order: {}, then {last}{waits}.",
        others.join(", then ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_before_what_reads_as_a_person_would_say_it() {
        let of = |turn, count| Ahead { turn, count };
        let all = [of(Turn::Proof, 1), of(Turn::First, 1000), of(Turn::Last, 3)];
        assert_eq!(
            goes_before(&all).unwrap(),
            "It goes out after 1 test push, 1,000 or more pushes of messages that go first and 3 pushes of messages that \
             go last."
        );
        assert_eq!(goes_before(&all[..1]).unwrap(), "It goes out after 1 test push.");
        assert_eq!(
            in_order(&all).unwrap(),
            "Due now, in this order: 1 test push, then 1,000 or more pushes of messages that go first, then 3 pushes of \
             messages that go last, which wait for as long as any other is due."
        );
        assert_eq!((goes_before(&[]), in_order(&all[..1])), (None, None));
    }

    #[test]
    fn turns_are_numbered_in_their_order_and_keep_that_of_the_ranks() {
        assert!(Turn::ALL.is_sorted_by_key(|turn| turn.number()));
        for turn in Turn::ALL {
            assert_eq!(Turn::of_number(turn.number()), Some(turn));
        }
        assert_eq!(Turn::of_number(4), None);
        assert!(Rank::ALL.map(Turn::from).is_sorted());
        assert!(Rank::ALL.into_iter().all(|rank| Turn::Proof < Turn::from(rank)));
    }
}
