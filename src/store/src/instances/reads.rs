//! Reads of audiences: everyone in one enters a journey.

use heliograph_model::{
    ids::{AudienceId, JourneyVersionId, ProfileId},
    time::Timestamp,
};

use crate::{Database, Result, Topic, Tx};

/// A read of an audience.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AudienceRead {
    /// The journey's version.
    pub journey_version_id: JourneyVersionId,
    /// Its start.
    pub node: String,
    /// Who enters.
    pub audience_id: AudienceId,
    /// Profiles up to this one have entered.
    pub after_profile: Option<ProfileId>,
}

/// The read that has been due for longest. Whoever goes on with it calls [`claim_read`]: who is in the audience can so be
/// found out beforehand, without keeping anyone from writing.
///
/// # Errors
/// Where the database fails.
pub async fn due_read(db: &mut impl Database, now: Timestamp) -> Result<Option<AudienceRead>> {
    fetch_optional!(
        db,
        AudienceRead,
        "SELECT journey_version_id, node, audience_id, after_profile FROM audience_read \
         WHERE finished_at IS NULL AND due_at <= $1 ORDER BY due_at, journey_version_id LIMIT 1",
        now
    )
}

/// When the next audience is to be read; none where none is.
///
/// # Errors
/// Where the database fails.
pub async fn next_read(db: &mut impl Database) -> Result<Option<Timestamp>> {
    let (at,): (Option<Timestamp>,) = fetch_one!(
        db,
        (Option<Timestamp>,),
        "SELECT MIN(due_at) FROM audience_read WHERE finished_at IS NULL"
    )?;
    Ok(at)
}

/// Claims a read; whether it is still where it was, and nobody else goes on with it.
///
/// # Errors
/// Where the database fails.
pub async fn claim_read(tx: &mut Tx, read: &AudienceRead) -> Result<bool> {
    let sql = claiming!(
        tx,
        "SELECT node FROM audience_read WHERE journey_version_id = $1 AND node = $2 AND finished_at IS NULL \
         AND after_profile IS NOT DISTINCT FROM $3"
    );
    let claimed: Option<(String,)> = fetch_optional!(
        tx,
        (String,),
        sql,
        read.journey_version_id,
        read.node.as_str(),
        read.after_profile
    )?;
    Ok(claimed.is_some())
}

/// How a part of a read ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadProgress {
    /// Profiles up to this one have entered; there may be more.
    UpTo(ProfileId),
    /// Everyone has entered.
    Finished,
    /// It can't be read.
    Failed(String),
}

/// Keeps how far a read has come.
///
/// # Errors
/// Where the database fails.
pub async fn progress_read(tx: &mut Tx, read: &AudienceRead, progress: &ReadProgress) -> Result<()> {
    let now = tx.store().now();
    let (after, finished, error) = match progress {
        ReadProgress::UpTo(profile) => (Some(*profile), None, None),
        ReadProgress::Finished => (read.after_profile, Some(now), None),
        ReadProgress::Failed(why) => (read.after_profile, Some(now), Some(why.as_str())),
    };
    execute!(
        tx,
        "UPDATE audience_read SET after_profile = $1, finished_at = $2, error = $3 \
         WHERE journey_version_id = $4 AND node = $5",
        after,
        finished,
        error,
        read.journey_version_id,
        read.node.as_str(),
    )?;
    if finished.is_none() {
        tx.raise(Topic::Journeys);
    }
    Ok(())
}
