//! The global report: what happened in a range of days.

use std::collections::HashMap;

use heliograph_model::{
    report::{Compared, Figure, GlobalReport, Grain, Now, Ranked, Scope, Series, Totals, Week},
    time::Timestamp,
};
use heliograph_store::{
    Database, Store,
    reports::{self, Range, Slice},
};
use uuid::Uuid;

use crate::{Error, Result, apps, nodes};

/// Most days of a range: five years.
pub const DAYS_MAX: u32 = 1_830;

/// A range of whole days in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(Range);

impl Days {
    /// The days from the one that holds `first` to the one that holds `last`, both within.
    ///
    /// # Errors
    /// [`Error::Range`] where `last` is before `first`, or there are more than [`DAYS_MAX`].
    pub fn new(first: Timestamp, last: Timestamp) -> Result<Self> {
        let (from, to) = (first.day(), last.day() + Grain::Day.length());
        let longest = Grain::Day.length() * DAYS_MAX;
        if to <= from || to.since(from) > longest {
            return Err(Error::Range { most: DAYS_MAX });
        }
        Ok(Self(Range { from, to }))
    }

    /// The last days up to the one that holds `now`, which is within.
    ///
    /// # Errors
    /// [`Error::Range`] where there are none, or more than [`DAYS_MAX`].
    pub fn last(count: u32, now: Timestamp) -> Result<Self> {
        let Some(before) = count.checked_sub(1) else {
            return Err(Error::Range { most: DAYS_MAX });
        };
        Self::new(now - Grain::Day.length() * before, now)
    }

    /// The instants that they hold.
    pub(crate) fn range(self) -> Range {
        self.0
    }

    /// As many days, right before these.
    pub fn before(self) -> Self {
        let Range { from, to } = self.0;
        Self(Range {
            from: from - to.since(from),
            to: from,
        })
    }
}

/// What happened in these days, beside others if there are any.
///
/// # Errors
/// Where the database fails.
pub async fn read(store: &Store, scope: Scope, days: Days, compare: Option<Days>) -> Result<GlobalReport> {
    let db = &mut store.read().await?;
    let range = days.0;
    let (slices, totals, series) = by_day(db, scope, range).await?;
    let compared = match compare {
        Some(Days(other)) => {
            let (_, totals, series) = by_day(db, scope, other).await?;
            Some(Compared {
                from: other.from,
                to: other.to,
                totals,
                series,
            })
        }
        None => None,
    };
    let hours: Vec<_> = reports::slices(db, scope, Grain::Hour, range)
        .await?
        .into_iter()
        .map(|slice| (slice.at, slice.figure, slice.n))
        .collect();
    let journeys = reports::by_journey(db, scope, range).await?;
    let ids: Vec<_> = journeys.iter().map(|(id, _)| *id).collect();
    let journey_names = reports::journey_names(db, &ids).await?;
    let messages = reports::by_message(db, scope, range).await?;
    let ids: Vec<_> = messages.iter().map(|(id, _)| *id).collect();
    let message_names = reports::message_names(db, &ids).await?;
    Ok(GlobalReport {
        scope,
        from: range.from,
        to: range.to,
        totals,
        now: Now::of(&reports::totals(db, scope, Range::EVER).await?),
        series,
        week: Week::of(
            &[Figure::Entered, Figure::Accepted, Figure::Opened, Figure::Clicked],
            &hours,
        ),
        nodes: nodes::split(db, scope, range).await?,
        apps: apps::split(db, &slices).await?,
        journeys: ranked(
            journeys.into_iter().map(|(id, totals)| (id.0, totals)),
            journey_names.into_iter().map(|(id, name)| (id.0, name)),
        ),
        messages: ranked(
            messages.into_iter().map(|(id, totals)| (id.0, totals)),
            message_names.into_iter().map(|(id, name)| (id.0, name)),
        ),
        compared,
    })
}

async fn by_day(db: &mut impl Database, scope: Scope, range: Range) -> Result<(Vec<Slice>, Totals, Series)> {
    let slices = reports::slices(db, scope, Grain::Day, range).await?;
    let totals = slices.iter().map(Slice::count).collect();
    let counts = slices.iter().map(|slice| (slice.at, slice.figure, slice.n));
    let series = Series::of(Grain::Day, range.from, range.to, counts);
    Ok((slices, totals, series))
}

/// The ones with most deliveries first, then those that most profiles entered.
fn ranked(
    all: impl Iterator<Item = (Uuid, Totals)>,
    names: impl Iterator<Item = (Uuid, String)>,
) -> Vec<Ranked> {
    let mut names: HashMap<Uuid, String> = names.collect();
    let mut ranked: Vec<Ranked> = all
        .map(|(id, totals)| Ranked {
            id,
            name: names.remove(&id),
            totals,
        })
        .collect();
    ranked.sort_by_key(|one| {
        let n = |figure| std::cmp::Reverse(one.totals.n(figure));
        (n(Figure::Targeted), n(Figure::Entered), one.id)
    });
    ranked
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heliograph_store::{
        counters::{Counts, Subject},
        testing::{START, on_each_engine},
    };

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[tokio::test]
    async fn a_range_is_told_beside_the_one_before_it() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let mut counts = Counts::new();
            let journey = |n: u128| Subject {
                journey: Uuid::from_u128(n).into(),
                node: "send".to_owned(),
                message: Uuid::from_u128(9).into(),
                app: Uuid::from_u128(7).into(),
                ..Subject::default()
            };
            for (days, journey_of, times) in [(0, 1, 1), (1, 2, 2), (7, 1, 4), (30, 1, 8)] {
                for _ in 0..times {
                    counts.add(START - DAY * days, &journey(journey_of), Figure::Targeted, "");
                }
            }
            counts.add(START, &journey(1), Figure::Accepted, "");
            counts.write(&mut tx).await.unwrap();
            tx.commit().await.unwrap();

            let week = Days::new(START - DAY * 6, START).unwrap();
            let report = read(&store, Scope::All, week, Some(week.before())).await.unwrap();
            assert_eq!(report.totals.n(Figure::Targeted), 3);
            assert_eq!(
                report.series.line(Figure::Targeted),
                Some(&[0, 0, 0, 0, 0, 2, 1][..])
            );
            let compared = report.compared.as_ref().unwrap();
            assert_eq!(compared.totals.n(Figure::Targeted), 4);
            assert_eq!(compared.change(&report.totals, Figure::Targeted), Some(-0.25));
            assert_eq!(report.now.waiting, 14);
            let order: Vec<_> = report.journeys.iter().map(|one| one.id.as_u128()).collect();
            assert_eq!(order, [2, 1]);
            assert_eq!(report.messages[0].name, None);
            assert_eq!(
                (report.apps.len(), report.apps[0].totals.n(Figure::Targeted)),
                (1, 3)
            );
            // Thursday at ten.
            let accepted = report
                .week
                .iter()
                .find(|week| week.figure == Figure::Accepted)
                .unwrap();
            assert_eq!(accepted.hours[3 * 24 + 10], 1);
            assert_eq!(report.nodes, []);
            let one = Scope::Journey {
                id: Uuid::from_u128(2).into(),
            };
            let report = read(&store, one, week, None).await.unwrap();
            let [node] = &report.nodes[..] else {
                panic!("{:?}", report.nodes);
            };
            assert_eq!((node.node.as_str(), node.totals.n(Figure::Targeted)), ("send", 2));
        })
        .await;
    }

    #[test]
    fn a_range_that_ends_before_it_starts_is_refused() {
        assert!(Days::new(START, START).is_ok());
        assert_eq!(
            Days::last(7, START).unwrap(),
            Days::new(START - DAY * 6, START).unwrap()
        );
        assert!(Days::last(0, START).is_err());
        assert!(Days::new(START, START - DAY).is_err());
        assert!(Days::new(START - DAY * (DAYS_MAX + 1), START).is_err());
    }
}
