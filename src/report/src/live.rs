//! The live report: what is going on, pushed whenever something is counted.

use std::time::Duration;

use futures::{Stream, stream};
use heliograph_model::{
    report::{LiveReport, LiveSpan, Now, Scope, Series, Totals},
    time::Timestamp,
};
use heliograph_store::{
    Listener, Store, Topic,
    reports::{self, Range, Slice},
};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use crate::{Result, apps, nodes};

/// How many of the newest deliveries a report shows.
const LATEST: u32 = 20;

/// How soon the report is read again after it could not be.
const RETRY: Duration = Duration::from_secs(1);

/// Shortest time between two reports of one stream: a page can't show more than four a second.
pub const PACE: Duration = Duration::from_millis(250);

/// The report as of now.
///
/// # Errors
/// Where the database fails.
pub async fn read(store: &Store, scope: Scope, span: LiveSpan) -> Result<LiveReport> {
    let now = store.now();
    let db = &mut store.read().await?;
    let from = match span.from(now) {
        Some(from) => from,
        None => reports::oldest_day(db, scope).await?.unwrap_or(now.day()),
    };
    let to = span.grain().start(now) + span.grain().length();
    let slices = reports::slices(db, scope, span.grain(), Range { from, to }).await?;
    let ever = reports::totals(db, scope, Range::EVER).await?;
    Ok(LiveReport {
        scope,
        span,
        at: now,
        changed_at: reports::newest(db, scope).await?,
        totals: slices.iter().map(Slice::count).collect::<Totals>(),
        now: Now::of(&ever),
        ever,
        nodes: nodes::split(db, scope, Range::EVER).await?,
        apps: apps::split(db, &slices).await?,
        series: Series::of(
            span.grain(),
            from,
            to,
            slices.iter().map(|slice| (slice.at, slice.figure, slice.n)),
        ),
        latest: reports::latest(db, scope, LATEST).await?,
    })
}

/// The report as of now, and again whenever it has changed, at most once in [`PACE`]; the last change is never left out. With
/// each new span of its series (a minute, in the report of the last hour) it comes without a change, too. It ends only by
/// being dropped; after an error it goes on.
pub fn follow(store: Store, scope: Scope, span: LiveSpan) -> impl Stream<Item = Result<LiveReport>> + Send {
    // Listening starts before the first report is read, so that nothing counted in between is missed.
    let heard = store.signals().listen(Topic::Counters);
    let following = Following {
        store,
        scope,
        span,
        heard,
        last: None,
        read_at: None,
        failed: false,
    };
    stream::unfold(following, |mut following| async move {
        let report = following.next().await;
        Some((report, following))
    })
}

struct Following {
    store: Store,
    scope: Scope,
    span: LiveSpan,
    heard: Listener,
    last: Option<LiveReport>,
    read_at: Option<Instant>,
    /// The last attempt to read it failed, so there may be a change that nobody will tell of again.
    failed: bool,
}

impl Following {
    async fn next(&mut self) -> Result<LiveReport> {
        loop {
            if self.failed {
                sleep(RETRY).await;
            } else if let Some(read_at) = self.read_at {
                let end = read_at + self.until_next_span();
                // Whichever comes first. A change during the pause after it wakes the next wait at once.
                let _ = timeout_at(end, self.heard.changed()).await;
                sleep_until(read_at + PACE).await;
            }
            let report = read(&self.store, self.scope, self.span).await;
            self.read_at = Some(Instant::now());
            self.failed = report.is_err();
            let mut report = report?;
            let Some(last) = &self.last else {
                self.last = Some(report.clone());
                return Ok(report);
            };
            let counted = (&report.ever, &report.nodes) != (&last.ever, &last.nodes);
            let moved = report.series.starts != last.series.starts;
            if counted {
                report.changed_at = Some(report.at);
            } else {
                report.changed_at = last.changed_at;
            }
            if counted || moved {
                self.last = Some(report.clone());
                return Ok(report);
            }
        }
    }

    /// How long until the series gets another span.
    fn until_next_span(&self) -> Duration {
        let now: Timestamp = self
            .last
            .as_ref()
            .map_or_else(|| self.store.now(), |last| last.at);
        let grain = self.span.grain();
        (grain.start(now) + grain.length()).since(now) + Duration::from_millis(1)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use futures::{FutureExt, StreamExt};
    use heliograph_model::{delivery::State, message::Content, profile::Identity, report::Figure};
    use heliograph_store::{
        counters::{Counts, Subject},
        deliveries::{Proof, Purpose, Request, queue},
        messages,
        profiles::{Upsert, upsert},
        testing::{START, on_each_engine},
    };
    use uuid::Uuid;

    use super::*;

    fn subject(node: &str) -> Subject {
        Subject {
            journey: Uuid::from_u128(1).into(),
            node: node.to_owned(),
            ..Subject::default()
        }
    }

    async fn count(store: &Store, at: Timestamp, node: &str, figure: Figure, reason: &str) {
        let mut tx = store.begin().await.unwrap();
        let mut counts = Counts::new();
        counts.add(at, &subject(node), figure, reason);
        counts.write(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_report_comes_at_once_and_with_each_change() {
        on_each_engine(|store, _| async move {
            count(&store, START, "", Figure::Entered, "").await;
            let scope = Scope::Journey {
                id: Uuid::from_u128(1).into(),
            };
            let mut reports = pin!(follow(store.clone(), scope, LiveSpan::Hour));
            let first = reports.next().await.unwrap().unwrap();
            assert_eq!((first.now.here, first.totals.n(Figure::Entered)), (1, 1));
            assert_eq!(first.changed_at, Some(START.minute()));
            assert_eq!(first.series.starts.len(), 60);
            assert_eq!(first.series.line(Figure::Entered).unwrap()[59], 1);
            assert!(
                reports.next().now_or_never().is_none(),
                "nothing has changed, so nothing comes"
            );

            count(&store, START, "wait", Figure::Arrived, "").await;
            count(&store, START, "wait", Figure::Passed, "next").await;
            count(&store, START, "", Figure::Left, "end").await;
            // The three may come in one report or in several; the last is not left out.
            let last = reports
                .by_ref()
                .map(Result::unwrap)
                .skip_while(|report| std::future::ready(report.now.here == 1))
                .next()
                .await
                .unwrap();
            assert_eq!(last.changed_at, Some(START));
            assert_eq!((last.nodes[0].passed("next"), last.nodes[0].here()), (1, 0));
        })
        .await;
    }

    #[tokio::test]
    async fn a_delivery_shows_with_its_reason_and_adds_up() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let message = messages::create(&mut tx, "Hello", &Content::default())
                .await
                .unwrap();
            let person = Upsert {
                identities: vec![Identity::new("Email", "a@example.com").unwrap()],
                attributes: serde_json::json!({}),
            };
            let profile = upsert(&mut tx, &[person]).await.unwrap()[0].unwrap();
            let request = |purpose, cause: &str| Request {
                profile,
                message,
                version: 1,
                apps: vec![],
                ttl: Duration::from_secs(3600),
                rank: heliograph_model::message::Rank::Normal,
                journey: None,
                cause: cause.to_owned(),
                context: serde_json::json!({}),
                purpose,
            };
            let proof = Proof {
                content: Content::default(),
                device: None,
            };
            let requests = [
                request(Purpose::Journey, "first"),
                request(Purpose::Proof(Box::new(proof)), "second"),
            ];
            let mut counts = Counts::new();
            queue(&mut tx, &requests, &mut counts).await.unwrap();
            counts.write(&mut tx).await.unwrap();
            tx.commit().await.unwrap();

            let report = read(&store, Scope::Message { id: message }, LiveSpan::Hour)
                .await
                .unwrap();
            let n = |figure| report.totals.n(figure);
            assert_eq!(
                (n(Figure::Targeted), n(Figure::Excluded), report.now.waiting),
                (1, 1, 0)
            );
            let reasons = report.totals.reasons(Figure::Excluded);
            assert_eq!(reasons[0].title, "App configuration deleted");
            assert!(reasons[0].advice.contains("another app"));
            let shown: Vec<_> = report
                .latest
                .iter()
                .map(|latest| (latest.profile, latest.message_name.as_str(), latest.state))
                .collect();
            assert_eq!(
                shown,
                [(profile, "Hello", State::Excluded)],
                "a proof is not shown"
            );
            for scope in [
                Scope::All,
                Scope::Journey {
                    id: Uuid::from_u128(1).into(),
                },
            ] {
                let found = read(&store, scope, LiveSpan::Hour).await.unwrap().latest.len();
                assert_eq!(found, usize::from(scope == Scope::All));
            }
        })
        .await;
    }

    #[tokio::test]
    async fn what_other_journeys_count_is_no_change() {
        on_each_engine(|store, clock| async move {
            let other = Scope::Journey {
                id: Uuid::from_u128(2).into(),
            };
            let mut reports = pin!(follow(store.clone(), other, LiveSpan::Hour));
            let first = reports.next().await.unwrap().unwrap();
            assert!(first.totals.is_empty() && first.changed_at.is_none());
            count(&store, START, "", Figure::Entered, "").await;
            clock.advance(Duration::from_secs(60));
            // The next report comes with the next minute, and not for what was counted elsewhere.
            let next = reports.next().await.unwrap().unwrap();
            assert_eq!(next.series.starts[58], first.series.starts[59]);
            assert!(next.totals.is_empty() && next.changed_at.is_none());
        })
        .await;
    }

    #[tokio::test]
    async fn each_span_adds_up_to_its_series() {
        on_each_engine(|store, _| async move {
            let hour = Duration::from_secs(3600);
            for age in [0, 1, 30, 24 * 40] {
                count(&store, START - hour * age, "", Figure::Targeted, "").await;
            }
            for (span, pieces, sum) in [
                (LiveSpan::Hour, 60, 1),
                (LiveSpan::Day, 24, 2),
                (LiveSpan::Ever, 41, 4),
            ] {
                let report = read(&store, Scope::All, span).await.unwrap();
                let line = report.series.line(Figure::Targeted).unwrap();
                assert_eq!(line.len(), pieces, "{span:?}");
                assert_eq!(line.iter().sum::<i64>(), sum, "{span:?}");
                assert_eq!(report.totals.n(Figure::Targeted), sum, "{span:?}");
                assert_eq!(report.now.waiting, 4, "{span:?}");
            }
        })
        .await;
    }
}
