//! Apps that nothing is sent to: because somebody said so, or because too many phones were refused at once.

use std::time::Duration;

use heliograph_delivery::{ProofRequest, send_proof};
use heliograph_model::{
    app_config::WhyStopped,
    delivery::{Exclusion, Outcome, State},
    ids::AppId,
    profile::{DeviceStatus, PushPlatform},
};
use heliograph_simulator::Outcome as Fault;
use heliograph_store::{
    deliveries::{self, Queued},
    messages,
};

use crate::world::{World, in_each_world};

impl World {
    async fn send_again(&self, app: AppId) {
        let mut tx = self.store.begin().await.unwrap();
        assert!(deliveries::send_again(&mut tx, app).await.unwrap());
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn nothing_is_sent_to_an_app_that_is_stopped_and_all_of_it_once_it_is_not() {
    in_each_world(|world| async move {
        let (ada, apple) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, google) = world.person("Bo", PushPlatform::Fcm).await;
        let before = world.queue(&world.content(), &[ada]).await[0];
        let mut tx = world.store.begin().await.unwrap();
        deliveries::stop_app(&mut tx, world.ios, "Ada").await.unwrap();
        tx.commit().await.unwrap();
        // Two processes see it.
        let running = [world.start(), world.start()];
        let after = world.queue(&world.content(), &[ada, bo]).await;
        for id in [before, after[0]] {
            let story = world.waiting(id).await;
            let reason = Outcome::SendingStopped.as_str();
            assert_eq!(story.delivery.reason.as_deref(), Some(reason), "{story:#?}");
            assert_eq!(
                story.hops.last().unwrap().detail.words.as_deref(),
                Some("stopped by Ada")
            );
            assert_eq!(story.delivery.attempts, 0);
        }
        // Other apps go on.
        assert_eq!(world.ended(after[1]).await.delivery.state, State::Accepted);
        assert_eq!((world.shown(&apple).len(), world.shown(&google).len()), (0, 1));

        world.send_again(world.ios).await;
        for id in [before, after[0]] {
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        assert_eq!(world.shown(&apple).len(), 2);
        for one in running {
            one.stop().await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_stream_when_it_is_stopped_does_not_go_out() {
    in_each_world(|world| async move {
        let (ada, silent) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, phone) = world.person("Bo", PushPlatform::Apns).await;
        // A new line takes one push until it is answered, and this one never is.
        world.fault(&silent, None, Fault::BlackHole);
        let running = world.start();
        let unanswered = world.queue(&world.content(), &[ada]).await[0];
        let asked = async || world.simulator.counts().apns.requests == 1;
        world.until_so("nothing is sent", asked).await;

        let by_message = world.queue(&world.content(), &[bo]).await[0];
        let in_hand = async |id| {
            let in_hand = async || world.story(id).await.delivery.state == State::Sending;
            world.until_so("it is not taken up", in_hand).await;
        };
        in_hand(by_message).await;
        let message = world.story(by_message).await.delivery.message;
        let proof = ProofRequest {
            profile: bo,
            device: None,
            message,
            content: world.content(),
            context: serde_json::json!({}),
        };
        let Queued::Deliveries(proof) = send_proof(&world.store, proof).await.unwrap() else {
            panic!("it was excluded");
        };
        in_hand(proof[0]).await;
        let mut tx = world.store.begin().await.unwrap();
        messages::stop(&mut tx, message, "Ada").await.unwrap();
        tx.commit().await.unwrap();
        let story = world.ended(by_message).await;
        assert_eq!(story.delivery.reason.as_deref(), Some(Exclusion::Stopped.code()));
        assert_eq!(story.delivery.attempts, 0);
        // A proof goes out all the same; that of an app that is stopped does not.
        assert_eq!(world.story(proof[0]).await.delivery.state, State::Sending);
        let mut tx = world.store.begin().await.unwrap();
        deliveries::stop_app(&mut tx, world.ios, "Ada").await.unwrap();
        tx.commit().await.unwrap();
        let story = world.waiting(proof[0]).await;
        assert_eq!(
            story.delivery.reason.as_deref(),
            Some(Outcome::SendingStopped.as_str())
        );

        // Neither had to wait for the line.
        assert_eq!(world.story(unanswered).await.delivery.state, State::Sending);
        assert_eq!(world.simulator.counts().apns.requests, 1);
        assert!(world.shown(&phone).is_empty());
        drop(running);
    })
    .await;
}

#[tokio::test]
async fn where_most_phones_are_refused_sending_stops_and_none_is_retired() {
    most_are_refused(PushPlatform::Apns, Fault::NotValid).await;
}

#[tokio::test]
async fn a_wrong_bundle_id_stops_sending_and_retires_nobody() {
    most_are_refused(PushPlatform::Apns, Fault::OtherApp).await;
}

#[tokio::test]
async fn a_wrong_firebase_project_stops_sending_and_retires_nobody() {
    most_are_refused(PushPlatform::Fcm, Fault::OtherApp).await;
}

async fn most_are_refused(platform: PushPlatform, fault: Fault) {
    let fault = &fault;
    in_each_world(|world| async move {
        let app = match platform {
            PushPlatform::Fcm => world.android,
            _ => world.ios,
        };
        let people = world.people(60, platform).await;
        world.fault("", None, fault.clone());
        let running = world.start();
        let first = world.queue(&world.content(), &people[..30]).await;
        for id in &first {
            world
                .until(*id, |story| {
                    matches!(story.delivery.state, State::Failed | State::Waiting)
                })
                .await;
        }
        let stops = deliveries::stops(&mut world.store.read().await.unwrap())
            .await
            .unwrap();
        assert!(
            matches!(stops[..], [(stopped, ref stop)] if stopped == app
                && matches!(stop.why, WhyStopped::ManyNotValid { refused: 21..=30, .. })),
            "{stops:?}"
        );
        // What comes then waits, for this reason.
        let second = world.queue(&world.content(), &people[30..]).await;
        for id in &second {
            let story = world.waiting(*id).await;
            assert_eq!(
                story.delivery.reason.as_deref(),
                Some(Outcome::ManyNotValid.as_str())
            );
        }
        world.judged().await;
        for person in &people {
            assert_eq!(world.status(*person).await, DeviceStatus::Active);
        }

        // Somebody has put it right.
        world
            .simulator
            .set_faults(heliograph_simulator::Faults::default());
        world.send_again(app).await;
        for id in &second {
            assert_eq!(world.ended(*id).await.delivery.state, State::Accepted);
        }
        // Nobody was suspected either: one refusal more retires none.
        world.fault("", None, fault.clone());
        world.later(Duration::from_secs(120));
        for id in world.queue(&world.content(), &people[..5]).await {
            world.ended(id).await;
        }
        world.judged().await;
        for person in &people[..5] {
            assert_eq!(world.status(*person).await, DeviceStatus::Active);
        }
        running.stop().await;
    })
    .await;
}
