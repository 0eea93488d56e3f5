//! Keeping to what Google allows a project.

use std::num::NonZeroU32;

use heliograph_model::{
    app_config::{GoogleQuota, PayloadStyle, Platform},
    delivery::{Outcome, State},
    ids::AppId,
    profile::PushPlatform,
};
use heliograph_simulator::{Faults, ProviderFaults};
use heliograph_store::{apps, google_pace};

use super::world::*;

#[tokio::test]
async fn where_googles_quota_is_spent_nothing_more_is_sent_and_nothing_counts_as_tried() {
    in_each_world(|world| async move {
        world.simulator.set_faults(Faults {
            fcm: ProviderFaults {
                quota_per_minute: NonZeroU32::new(10),
                ..ProviderFaults::default()
            },
            ..Faults::default()
        });
        let running = world.start();
        let first = world.people(20, PushPlatform::Fcm).await;
        let first = world.queue(&world.content(), &first).await;
        let mut accepted = 0;
        for id in first {
            let story = world
                .until(id, |story| {
                    matches!(story.delivery.state, State::Accepted | State::Waiting)
                })
                .await;
            if story.delivery.state == State::Accepted {
                accepted += 1;
            } else {
                assert_eq!(
                    story.delivery.reason.as_deref(),
                    Some(Outcome::GoogleQuota.as_str())
                );
                assert_eq!(story.delivery.attempts, 0, "Google does not count it either");
            }
        }
        assert!((1..20).contains(&accepted), "{accepted}");
        // The console can tell how fast it still goes, and since when.
        let pace = async || {
            let mut conn = world.store.read().await.unwrap();
            google_pace::in_force(&mut conn, "shop-1", world.store.now())
                .await
                .unwrap()
        };
        let cut = async || pace().await.is_some_and(|pace| pace.cut_at.is_some());
        world.until_so("nothing tells that it was cut", cut).await;
        let pace = pace().await.unwrap();
        assert_eq!(
            (pace.per_minute, pace.of),
            (0, 600_000),
            "it rests, as Google asks"
        );
        let asked = world.simulator.counts().fcm.requests;
        let second = world.people(20, PushPlatform::Fcm).await;
        for id in world.queue(&world.content(), &second).await {
            let story = world.waiting(id).await;
            assert_eq!(
                story.delivery.reason.as_deref(),
                Some(Outcome::GoogleQuota.as_str())
            );
            let words = story
                .hops
                .last()
                .and_then(|hop| hop.detail.words.clone())
                .unwrap_or_default();
            assert!(words.contains("nothing was sent"), "{words}");
        }
        assert_eq!(world.simulator.counts().fcm.requests, asked);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_project_may_send_as_many_as_one_of_its_apps_says() {
    in_each_world(|world| async move {
        // Another app of the project, which says what is usual.
        let mut tx = world.store.begin().await.unwrap();
        let new = apps::NewApp {
            name: "Club",
            platform: Platform::Android,
            app: "com.example.club",
            style: PayloadStyle::Standard,
        };
        let club = apps::create(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        world.upload(club, &world.google_account()).await;
        let (ada, _) = world.person("Ada", PushPlatform::Fcm).await;
        let running = world.start();
        for (said, counts) in [(300_000, 600_000), (1_200_000, 1_200_000)] {
            say(&world, world.android, said).await;
            let push = world.queue(&world.content(), &[ada]).await[0];
            assert_eq!(world.ended(push).await.delivery.state, State::Accepted);
            let told = async || {
                let mut conn = world.store.read().await.unwrap();
                let pace = google_pace::in_force(&mut conn, "shop-1", world.store.now()).await;
                pace.unwrap().is_some_and(|pace| pace.of == counts)
            };
            world.until_so("another quota is kept to", told).await;
        }
        running.stop().await;
    })
    .await;
}

/// Says what Google allows the app's project.
async fn say(world: &World, app: AppId, per_minute: u32) {
    let mut tx = world.store.begin().await.unwrap();
    let known = apps::get(&mut tx, app).await.unwrap();
    let quota = GoogleQuota::new(per_minute).unwrap();
    let (name, id, style) = (&known.name, &known.app, known.style);
    apps::update(&mut tx, app, known.revision, name, id, style, quota)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
