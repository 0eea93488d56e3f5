//! Providers that answer what no provider should, and addresses that no provider gave out: each has an outcome in words.

use std::time::Duration;

use heliograph_delivery::{CredentialVerdict, Options, check_credential};
use heliograph_model::{
    delivery::{HopKind, State, explain},
    message::Content,
    profile::PushPlatform,
};
use heliograph_store::{audit, devices, messages};
use heliograph_transport::testing::{Reply, ServerOptions, TestServer, Validity};

use super::world::*;

/// What a server answers to every push to Apple, and what is to come of it: the state, its reason, and a part of its words.
struct Case {
    options: ServerOptions,
    reply: Reply,
    state: State,
    reason: &'static str,
    words: &'static str,
}

fn case(reply: Reply, state: State, reason: &'static str, words: &'static str) -> Case {
    Case {
        options: ServerOptions::default(),
        reply,
        state,
        reason,
        words,
    }
}

fn cases() -> Vec<Case> {
    let unreachable = |options, words| Case {
        options,
        ..case(Reply::new(200, ""), State::Waiting, "provider_unreachable", words)
    };
    vec![
        case(
            Reply::new(418, "<html>"),
            State::Failed,
            "other",
            "418 no reason given",
        ),
        case(
            Reply::new(400, r#"{"reason":"Sun\u0000Flare"}"#),
            State::Failed,
            "other",
            "400 Sun",
        ),
        case(Reply::new(503, "\u{1}\u{2}"), State::Waiting, "apple_busy", "503"),
        case(
            Reply::new(302, "").with_header("location", "https://example.com/"),
            State::Waiting,
            "provider_unreachable",
            "302 no reason given",
        ),
        case(
            Reply::new(200, vec![b'x'; 70_000]),
            State::Accepted,
            "accepted_by_apple",
            "",
        ),
        case(
            Reply::new(503, vec![b'x'; 70_000]),
            State::Waiting,
            "apple_busy",
            "longer than",
        ),
        case(
            Reply::HangUp,
            State::Waiting,
            "answer_lost",
            "lost after the request had been sent",
        ),
        unreachable(
            ServerOptions {
                alpn: vec!["http/1.1"],
                ..ServerOptions::default()
            },
            "does not speak HTTP/2",
        ),
        unreachable(
            ServerOptions {
                certificate: Validity::Expired,
                ..ServerOptions::default()
            },
            "expired",
        ),
    ]
}

#[tokio::test]
async fn whatever_a_server_answers_has_an_outcome_in_words() {
    in_each_world(|mut world| async move {
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        for case in cases() {
            let reply = case.reply.clone();
            let server =
                TestServer::start_with(case.options, move |_| std::future::ready(reply.clone())).await;
            world.providers.apns = Some(server.endpoint().to_string());
            world.providers.ca_pem = Some(server.certificate_pem().to_owned());
            let running = world.start_with(Options {
                send_limit: Duration::from_secs(16),
                ..Options::default()
            });
            let id = world.queue(&world.content(), &[ada]).await[0];
            let story = world.until(id, |story| story.delivery.reason.is_some()).await;
            running.stop().await;
            let (state, reason) = (story.delivery.state, story.delivery.reason.unwrap());
            assert_eq!(
                (state, reason.as_str()),
                (case.state, case.reason),
                "{}",
                case.words
            );
            let detail = story.delivery.detail.unwrap_or_default();
            assert!(detail.contains(case.words), "{detail}");
            let (title, words, advice) = explain(&reason).unwrap();
            assert!([title, words, advice].iter().all(|text| !text.is_empty()));
        }
    })
    .await;
}

#[tokio::test]
async fn an_answer_of_googles_that_cannot_be_read_is_a_lost_one() {
    in_each_world(|mut world| async move {
        let (bo, _) = world.person("Bo", PushPlatform::Fcm).await;
        // Signing in works, and what is sent is answered with half an answer.
        let server = TestServer::start(|received| async move {
            if received.path.ends_with("/token") {
                Reply::new(200, r#"{"access_token":"a","expires_in":3599}"#)
            } else {
                Reply::new(200, r#"{"name":"projects/"#)
            }
        })
        .await;
        world.providers.fcm = Some(server.endpoint().to_string());
        world.providers.fcm_sign_in = Some(format!("{}/token", server.endpoint()));
        world.providers.ca_pem = Some(server.certificate_pem().to_owned());
        let running = world.start();
        let id = world.queue(&world.content(), &[bo]).await[0];
        let story = world.waiting(id).await;
        assert_eq!(
            story.delivery.reason.as_deref(),
            Some("answer_lost"),
            "{story:#?}"
        );
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_refused_twenty_times_in_a_row_is_stopped_and_says_why() {
    in_each_world(|mut world| async move {
        let people = world.people(60, PushPlatform::Apns).await;
        let server =
            TestServer::start(|_| std::future::ready(Reply::new(400, r#"{"reason":"BadPriority"}"#))).await;
        world.providers.apns = Some(server.endpoint().to_string());
        world.providers.ca_pem = Some(server.certificate_pem().to_owned());
        // Few at a time, so that most are still queued when enough were refused.
        let running = world.start_with(Options {
            in_flight: 5,
            ..Options::default()
        });
        let ids = world.queue(&world.content(), &people).await;
        let mut excluded = 0;
        for id in &ids {
            let story = world.ended(*id).await;
            match story.delivery.state {
                State::Failed => assert_eq!(story.delivery.reason.as_deref(), Some("not_valid")),
                State::Excluded => excluded += 1,
                other => panic!("{other:?}"),
            }
        }
        running.stop().await;
        assert!((1..=40).contains(&excluded), "{excluded}");
        let mut conn = world.store.read().await.unwrap();
        let log = audit::list(&mut conn, &audit::Filter::default(), 5)
            .await
            .unwrap();
        let entry = log
            .iter()
            .find(|entry| entry.action == "stopped sending")
            .unwrap();
        assert_eq!(
            (entry.actor.as_str(), entry.object_name.as_str()),
            ("system", "Thanks")
        );
        assert!(entry.detail.to_string().contains("400 BadPriority"), "{entry:?}");
        let message = messages::get(&mut conn, entry.object_id.unwrap().into())
            .await
            .unwrap();
        assert!(message.stopped_by.unwrap().contains("20 times in a row"));
    })
    .await;
}

#[tokio::test]
async fn an_address_with_odd_characters_is_called_not_valid_and_harms_nobody_else() {
    in_each_world(|world| async move {
        let running = world.start();
        for (platform, reason) in [
            (PushPlatform::Apns, "address_not_valid"),
            (PushPlatform::Fcm, "address_not_valid_android"),
        ] {
            let (good, _) = world.person(&format!("{platform:?}"), platform).await;
            for (number, token) in ["../..", "a b\r\nx: y", "\"}{\u{7}", "\u{1f44b}é", "%00/3/device"]
                .into_iter()
                .enumerate()
            {
                let (odd, _) = world.person(&format!("{platform:?}{number}"), platform).await;
                let mut tx = world.store.begin().await.unwrap();
                let device = devices::of_profile(&mut tx, odd).await.unwrap().remove(0);
                let claim = devices::Claim {
                    profile: odd,
                    ecid: device.ecid,
                    app: device.app,
                    platform,
                    token: token.to_owned(),
                    wanted: devices::Wanted::Yes,
                    at: world.store.now(),
                };
                devices::sync(&mut tx, &[claim]).await.unwrap();
                tx.commit().await.unwrap();
                let ids = world.queue(&world.content(), &[odd, good]).await;
                let story = world.ended(ids[0]).await;
                assert_eq!(story.delivery.state, State::Failed, "{token:?} {story:#?}");
                assert_eq!(story.delivery.reason.as_deref(), Some(reason), "{token:?}");
                assert_eq!(world.ended(ids[1]).await.delivery.state, State::Accepted);
            }
        }
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_provider_that_is_not_reached_for_long_costs_no_attempts_and_not_the_push() {
    in_each_world(|mut world| async move {
        let (bo, token) = world.person("Bo", PushPlatform::Fcm).await;
        let providers = world.providers.clone();
        // Nobody listens there.
        world.providers.fcm = Some("https://localhost:1".to_owned());
        let running = world.start();
        let content = Content {
            ttl: 86_400,
            ..world.content()
        };
        let id = world.queue(&content, &[bo]).await[0];
        let mut pauses = Vec::new();
        // More than a busy Google would get, and longer than an hour.
        for tries in 1..=16 {
            let story = world
                .until(id, |story| {
                    story.delivery.state == State::Waiting
                        && story
                            .hops
                            .iter()
                            .filter(|hop| hop.kind == HopKind::Waiting)
                            .count()
                            == tries
                })
                .await;
            assert_eq!(story.delivery.reason.as_deref(), Some("provider_unreachable"));
            assert_eq!(story.delivery.attempts, 0);
            let pause = story.delivery.due_at.since(world.store.now());
            pauses.push(pause.as_secs());
            world.later(pause);
        }
        running.stop().await;
        assert_eq!(pauses[..4], [10, 60, 300, 300]);
        world.providers = providers;
        let running = world.start();
        world.later(Duration::from_secs(600));
        assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        assert_eq!(world.shown(&token).len(), 1);
        running.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_credential_is_called_good_only_by_an_answer_that_says_so() {
    in_each_world(|mut world| async move {
        for (status, body, good, says) in [
            (418, "<html>", false, "418"),
            (400, r#"{"reason":"SolarFlare"}"#, false, "SolarFlare"),
            (400, r#"{"reason":"BadDeviceToken"}"#, true, "Apple accepts"),
            // The key is looked at before the header.
            (400, r#"{"reason":"BadPriority"}"#, true, "Apple accepts"),
        ] {
            let server = TestServer::start(move |_| std::future::ready(Reply::new(status, body))).await;
            world.providers.apns = Some(server.endpoint().to_string());
            world.providers.ca_pem = Some(server.certificate_pem().to_owned());
            let before = world.state(world.ios).await;
            let verdict = check_credential(&world.store, &world.sealer, &world.providers, world.ios).await;
            match verdict.unwrap() {
                CredentialVerdict::Good { words } => assert!(good && words.contains(says), "{words}"),
                CredentialVerdict::NotAsked { words } => {
                    assert!(!good && words.contains(says), "{words}");
                    assert_eq!(world.state(world.ios).await, before);
                }
                refused @ CredentialVerdict::Refused { .. } => panic!("{refused:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn what_waits_for_a_credential_says_what_was_refused() {
    in_each_world(|mut world| async move {
        let people = world.people(3, PushPlatform::Apns).await;
        let server =
            TestServer::start(|_| std::future::ready(Reply::new(400, r#"{"reason":"TopicDisallowed"}"#)))
                .await;
        world.providers.apns = Some(server.endpoint().to_string());
        world.providers.ca_pem = Some(server.certificate_pem().to_owned());
        let running = world.start();
        // The first is refused, and the others wait for it.
        for person in people {
            let id = world.queue(&world.content(), &[person]).await[0];
            let story = world.waiting(id).await;
            assert_eq!(story.delivery.reason.as_deref(), Some("app_not_allowed"));
        }
        running.stop().await;
    })
    .await;
}
