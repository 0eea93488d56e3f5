//! Erasing a person, and proving it.

use heliograph_model::ids::ProfileId;

use crate::{Error, Result, Tx};

/// Makes the statements over the tables whose rows belong to a profile, in the order in which they are changed.
macro_rules! owned {
    ($($table:literal),* $(,)?) => {
        /// For each table whose rows belong to a profile: its name, the statement that moves the rows of profile `$1`
        /// to `$2`, and the one that deletes those of `$1`.
        pub(super) const OWNED: [(&str, &str, &str); [$($table),*].len()] = [$((
            $table,
            concat!("UPDATE ", $table, " SET profile_id = $2 WHERE profile_id = $1"),
            concat!("DELETE FROM ", $table, " WHERE profile_id = $1"),
        )),*];
    };
}

// Work before what it makes: whoever works on a row of the first has it locked, and what they made of it is then seen
// in the rest. Stays before their entries, as whoever stops a journey or walks it changes them: in another order the two
// would wait for each other.
owned!(
    "identity",
    "device",
    "event_work",
    "instance",
    "journey_entry",
    "step",
    "delivery",
    "delivery_hop",
    "cap_use",
    "experience_event",
);

/// What was erased: each table with the number of its rows that are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased(pub Vec<(&'static str, u64)>);

/// Erases a person from every table that held anything of theirs.
///
/// # Errors
/// [`Error::NotFound`] where there is no such profile.
pub async fn erase(tx: &mut Tx, id: ProfileId) -> Result<Erased> {
    let lock = tx.store().engine().lock();
    let mut erased = Vec::with_capacity(OWNED.len() + 1);
    for (table, _, delete) in OWNED {
        erased.push((table, execute!(tx, delete, id)?));
        if table == "identity" {
            // Whoever moves the person through a journey holds the profile: what they write is awaited, and then seen.
            fetch_in!(
                tx,
                (ProfileId,),
                "SELECT id FROM profile WHERE id IN ",
                [id],
                lock
            )?;
        }
    }
    let profiles = execute!(tx, "DELETE FROM profile WHERE id = $1 OR merged_into = $1", id)?;
    if profiles == 0 {
        return Err(Error::NotFound("profile"));
    }
    erased.push(("profile", profiles));
    Ok(Erased(erased))
}
