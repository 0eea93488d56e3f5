//! What must hold when all is done, whatever was killed meanwhile.

use std::collections::BTreeSet;

use heliograph_model::app_config::Platform;
use heliograph_model::delivery::{Delivery, Hop, Outcome, State};
use heliograph_model::ids::DeliveryId;
use heliograph_model::message::WhenUnknown;
use heliograph_model::report::{Figure, Scope};
use heliograph_store::reports::{self, Range};
use heliograph_store::{deliveries, instances};

use crate::shop::{EVENTS, PEOPLE, Shop, event_id, eventually};

/// Waits until nothing is left to do. Then each event must have led to one push, by the database and by the providers'
/// counts: none is lost, and only those whose answer was lost came twice, in such a way that a phone shows one, or are
/// unknown, as their message says. `interrupted` names those that were in somebody's hands when it was killed, each as
/// often as that happened; `what` says what was done, where it did harm.
pub(crate) async fn check(shop: &Shop, interrupted: &[DeliveryId], what: &str) {
    eventually(&format!("nothing is left to do, {what}"), async || {
        shop.is_at_rest().await.then_some(())
    })
    .await;
    let sent = check_journeys(shop).await;
    let mut lost = late(shop, &sent).await;
    lost.extend(interrupted);
    let what = &format!("{what}, {} answers lost", lost.len());
    for delivery in &sent {
        let may_be_unknown =
            shop.when_unknown(delivery) == WhenUnknown::RatherNever && lost.contains(&delivery.id);
        assert!(
            delivery.state == State::Accepted || may_be_unknown && delivery.state == State::Unknown,
            "{what}: {delivery:?}"
        );
    }
    check_reports(shop, &sent).await;
    check_counts(shop, &sent, &lost, what).await;
}

/// Each event has led to one stay in its journey, and that to one delivery; gives all deliveries.
async fn check_journeys(shop: &Shop) -> Vec<Delivery> {
    let mut conn = shop.store.read().await.unwrap();
    let (mut events, mut all) = (BTreeSet::new(), Vec::new());
    for profile in &shop.people {
        let stays = instances::of_profile(&mut conn, *profile).await.unwrap();
        let sent = deliveries::of_profile(&mut conn, *profile, None, 100)
            .await
            .unwrap();
        assert_eq!((stays.len(), sent.len()), (EVENTS / PEOPLE, EVENTS / PEOPLE));
        for stay in stays {
            assert_eq!((stay.active, stay.left_by.as_deref()), (false, Some("end")));
            let event = stay.context.0.pointer("/journey/events/buy/_id").cloned();
            assert!(events.insert(event.unwrap().as_str().unwrap().to_owned()));
            let own = sent.iter().filter(|delivery| delivery.instance == Some(stay.id));
            assert_eq!(own.count(), 1);
        }
        all.extend(sent);
    }
    assert_eq!(events, (0..EVENTS).map(event_id).collect());
    all
}

/// Those whose answer a server waited for in vain, each as often as that happened: on a slow machine, some are late.
async fn late(shop: &Shop, sent: &[Delivery]) -> Vec<DeliveryId> {
    let mut conn = shop.store.read().await.unwrap();
    let mut late = Vec::new();
    for delivery in sent {
        let story = deliveries::get(&mut conn, delivery.id).await.unwrap().unwrap();
        let waited = |hop: &&Hop| {
            hop.detail.reason.as_deref() == Some(Outcome::AnswerLost.as_str())
                && hop.detail.milliseconds.is_some()
        };
        late.extend(story.hops.iter().filter(waited).map(|_| delivery.id));
    }
    late
}

/// The reports count each of them once.
async fn check_reports(shop: &Shop, sent: &[Delivery]) {
    let mut conn = shop.store.read().await.unwrap();
    for line in &shop.lines {
        let own = |delivery: &&Delivery| delivery.journey == Some(line.journey);
        let all = sent.iter().filter(own).count();
        let unknown = sent.iter().filter(own).filter(|one| one.state == State::Unknown);
        let unknown = unknown.count();
        let scope = Scope::Journey { id: line.journey };
        let totals = reports::totals(&mut conn, scope, Range::EVER).await.unwrap();
        for (figure, n) in [
            (Figure::Entered, all),
            (Figure::Targeted, all),
            (Figure::Accepted, all - unknown),
            (Figure::Unknown, unknown),
            (Figure::Left, all),
        ] {
            assert_eq!(totals.n(figure), n as i64, "{figure:?} {totals:?}");
        }
    }
}

/// The providers got all of them, and got twice only what the message lets come twice and whose answer was lost.
async fn check_counts(shop: &Shop, sent: &[Delivery], lost: &[DeliveryId], what: &str) {
    let counts = shop.providers.counts().await;
    for (platform, counts) in [(Platform::Ios, &counts.apns), (Platform::Android, &counts.fcm)] {
        let own: Vec<&Delivery> = sent.iter().filter(|one| one.platform == Some(platform)).collect();
        assert_eq!(own.len(), EVENTS / 2);
        let accepted = own.iter().filter(|one| one.state == State::Accepted).count();
        // What is unknown may have arrived.
        let arrived = usize::try_from(counts.accepted_distinct).unwrap();
        assert!((accepted..=own.len()).contains(&arrived), "{what}: {counts:?}");
        assert_eq!(counts.shown_twice, 0, "{what}: {counts:?}");
        for double in &counts.doubles {
            let double = own.iter().find(|one| one.id.to_string() == *double).unwrap();
            assert_eq!(
                shop.when_unknown(double),
                WhenUnknown::RatherTwice,
                "{what}: {double:?}"
            );
            assert!(lost.contains(&double.id), "{what}: {double:?}");
        }
    }
    let doubled = counts.apns.doubled + counts.fcm.doubled;
    assert!(doubled <= lost.len() as u64, "{what}: {counts:?}");
}
