//! The channel against a real HTTP/2 server on loopback.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use heliograph_transport::testing::{Reason, Reply, ServerOptions, TestServer, Validity};
use heliograph_transport::{Channel, Error, Lane, LossCause, Request};
use tokio::sync::Notify;
use tokio::task::JoinSet;

fn request() -> Request {
    Request::post("/3/device/abc").unwrap().body("{}")
}

/// Sends `count` requests at once and returns the results.
async fn send_all(channel: &Channel, count: usize) -> Vec<Result<u16, Error>> {
    let mut sending = JoinSet::new();
    for _ in 0..count {
        let channel = channel.clone();
        sending.spawn(async move {
            channel
                .send(Lane::Main, &request())
                .await
                .map(|r| r.status.as_u16())
        });
    }
    sending.join_all().await
}

#[tokio::test]
async fn sends_and_reads_the_answer() {
    let server = TestServer::start(|received| async move {
        assert_eq!(received.header("content-length"), "2");
        Reply::new(200, format!("{} {}", received.method, received.path)).with_header("apns-id", "one")
    })
    .await;
    let channel = Channel::new(server.config()).unwrap();

    let response = channel.send(Lane::Main, &request()).await.unwrap();

    assert_eq!(response.status, 200);
    assert_eq!(response.headers["apns-id"], "one");
    assert_eq!(response.body, "POST /3/device/abc");
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn sends_in_the_clear_to_loopback() {
    let options = ServerOptions {
        tls: false,
        ..ServerOptions::default()
    };
    let server = TestServer::start_with(options, |_| async { Reply::new(200, "") }).await;
    let channel = Channel::new(server.config()).unwrap();
    assert_eq!(channel.send(Lane::Main, &request()).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_lanes_share_no_connection() {
    let server =
        TestServer::start(|received| async move { Reply::new(200, received.connection.to_string()) }).await;
    let channel = Channel::new(server.config()).unwrap();
    let main = channel.send(Lane::Main, &request()).await.unwrap();
    let probe = channel.send(Lane::Probe, &request()).await.unwrap();
    assert_ne!(main.body, probe.body);
}

#[tokio::test]
async fn late_settings_of_one_stream_lose_nothing() {
    let at_once = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let arrived = Arc::new(Notify::new());
    let options = ServerOptions {
        max_streams: Some(1),
        hold_writes: true,
        ..ServerOptions::default()
    };
    let server = TestServer::start_with(options, {
        let (at_once, most, arrived) = (Arc::clone(&at_once), Arc::clone(&most), Arc::clone(&arrived));
        move |_| {
            let now = at_once.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            arrived.notify_one();
            let at_once = Arc::clone(&at_once);
            async move {
                tokio::task::yield_now().await;
                at_once.fetch_sub(1, Ordering::SeqCst);
                Reply::new(200, "")
            }
        }
    })
    .await;
    let mut config = server.config();
    config.max_connections = 1;
    let channel = Channel::new(config).unwrap();

    let sending = tokio::spawn({
        let channel = channel.clone();
        async move { send_all(&channel, 200).await }
    });
    // The first request is there, and the server has not said how many it takes.
    arrived.notified().await;
    let stats = loop {
        let stats = channel.stats();
        if stats.waiting + stats.connections[0].in_flight == 200 {
            break stats;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(stats.connections[0].in_flight, 1);
    server.let_write();
    let results = sending.await.unwrap();

    assert_eq!(results.len(), 200);
    for result in results {
        assert_eq!(result.unwrap(), 200);
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn uses_many_streams_only_after_an_authenticated_answer() {
    let waiting = Arc::new(AtomicUsize::new(0));
    let gathered = Arc::new(Notify::new());
    let first = Arc::new(AtomicUsize::new(0));
    let server = TestServer::start({
        let (waiting, gathered, first) = (Arc::clone(&waiting), Arc::clone(&gathered), Arc::clone(&first));
        move |_| {
            let (waiting, gathered, first) =
                (Arc::clone(&waiting), Arc::clone(&gathered), Arc::clone(&first));
            async move {
                match first.fetch_add(1, Ordering::SeqCst) {
                    // Refuses the credential, then takes it.
                    0 => Reply::new(403, ""),
                    1 => Reply::new(200, ""),
                    // All the others are answered only once they are all there, which one stream never allows.
                    _ => {
                        if waiting.fetch_add(1, Ordering::SeqCst) + 1 == 50 {
                            gathered.notify_waiters();
                        } else {
                            gathered.notified().await;
                        }
                        Reply::new(200, "")
                    }
                }
            }
        }
    })
    .await;
    let mut config = server.config();
    config.max_connections = 1;
    let channel = Channel::new(config).unwrap();

    assert_eq!(channel.send(Lane::Main, &request()).await.unwrap().status, 403);
    assert_eq!(channel.stats().connections[0].limit, 1);
    let results = send_all(&channel, 51).await;
    assert!(
        results.iter().all(|result| matches!(result, Ok(200))),
        "{results:?}"
    );
    assert_eq!(channel.stats().connections[0].limit, 100);
}

#[tokio::test]
async fn many_requests_open_more_connections_up_to_the_limit() {
    let options = ServerOptions {
        max_streams: Some(2),
        ..ServerOptions::default()
    };
    let server = TestServer::start_with(options, |_| async { Reply::new(200, "") }).await;
    let mut config = server.config();
    config.max_connections = 3;
    let channel = Channel::new(config).unwrap();
    let results = send_all(&channel, 300).await;
    assert!(results.iter().all(Result::is_ok));
    assert!(server.connections() <= 3, "{} connections", server.connections());
    assert!(server.connections() > 1);
}

#[tokio::test]
async fn a_refused_stream_is_sent_again() {
    let calls = Arc::new(AtomicUsize::new(0));
    let server = TestServer::start({
        let calls = Arc::clone(&calls);
        move |_| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            async move {
                if call < 3 {
                    Reply::Reset(Reason::REFUSED_STREAM)
                } else {
                    Reply::new(200, "")
                }
            }
        }
    })
    .await;
    let channel = Channel::new(server.config()).unwrap();
    assert_eq!(channel.send(Lane::Main, &request()).await.unwrap().status, 200);
    assert_eq!(calls.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_provider_that_always_refuses_is_told_after_six_tries() {
    let server = TestServer::start(|_| async { Reply::Reset(Reason::REFUSED_STREAM) }).await;
    let channel = Channel::new(server.config()).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(matches!(error, Error::Refused { tries: 6, .. }), "{error:?}");
    assert!(!error.is_outcome_unknown());
}

#[tokio::test]
async fn what_is_called_off_is_not_put_on_another_stream() {
    let calls = Arc::new(AtomicUsize::new(0));
    let server = TestServer::start({
        let calls = Arc::clone(&calls);
        move |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Reply::Reset(Reason::REFUSED_STREAM) }
        }
    })
    .await;
    let channel = Channel::new(server.config()).unwrap();
    for may_go in [0, 2] {
        calls.store(0, Ordering::SeqCst);
        let asked = AtomicUsize::new(0);
        let may_go_on = || asked.fetch_add(1, Ordering::SeqCst) < may_go;
        let sent = channel.send_if(Lane::Main, &request(), may_go_on).await;
        let error = sent.unwrap_err();
        assert!(matches!(error, Error::CalledOff), "{error:?}");
        assert!(!error.is_outcome_unknown());
        assert_eq!(calls.load(Ordering::SeqCst), may_go);
    }
}

#[tokio::test]
async fn another_reset_is_an_unknown_outcome() {
    let calls = Arc::new(AtomicUsize::new(0));
    let server = TestServer::start({
        let calls = Arc::clone(&calls);
        move |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { Reply::Reset(Reason::INTERNAL_ERROR) }
        }
    })
    .await;
    let channel = Channel::new(server.config()).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::AnswerLost {
                status: None,
                cause: LossCause::Broken(_),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.is_outcome_unknown());
    assert_eq!(
        calls.load(Ordering::SeqCst),
        1,
        "what may have been done is not asked for again"
    );
}

#[tokio::test]
async fn a_broken_connection_is_an_unknown_outcome_and_replaced() {
    let server = TestServer::start(|received| async move {
        if received.connection == 0 {
            Reply::HangUp
        } else {
            Reply::new(200, "")
        }
    })
    .await;
    let channel = Channel::new(server.config()).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(matches!(error, Error::AnswerLost { .. }), "{error:?}");
    assert_eq!(channel.send(Lane::Main, &request()).await.unwrap().status, 200);
}

#[tokio::test]
async fn silence_ends_at_the_time_limit() {
    let server = TestServer::start(|_| async { Reply::Silence }).await;
    let mut config = server.config();
    config.answer_timeout = Duration::from_millis(50);
    let channel = Channel::new(config).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::AnswerLost {
                cause: LossCause::TimedOut(_),
                ..
            }
        ),
        "{error:?}"
    );
    assert!(
        channel.stats().connections.is_empty(),
        "a connection that never answered is not kept"
    );
}

#[tokio::test]
async fn waiting_for_a_stream_ends_unsent_at_the_time_limit() {
    let server = TestServer::start(|_| async { Reply::Silence }).await;
    let mut config = server.config();
    config.wait_timeout = Duration::from_millis(100);
    config.max_connections = 1;
    let channel = Channel::new(config).unwrap();
    let first = tokio::spawn({
        let channel = channel.clone();
        async move { channel.send(Lane::Main, &request()).await }
    });
    let error = loop {
        if channel
            .stats()
            .connections
            .iter()
            .any(|connection| connection.in_flight == 1)
        {
            break channel.send(Lane::Main, &request()).await.unwrap_err();
        }
        tokio::task::yield_now().await;
    };
    assert!(matches!(error, Error::NoStreamInTime { .. }), "{error:?}");
    assert!(!error.is_outcome_unknown());
    assert_eq!(channel.stats().waiting, 0);
    first.abort();
}

#[tokio::test]
async fn callers_who_give_up_take_no_stream_with_them() {
    let options = ServerOptions {
        max_streams: Some(2),
        ..ServerOptions::default()
    };
    let server = TestServer::start_with(options, |_| async { Reply::new(200, "") }).await;
    let mut config = server.config();
    config.max_connections = 1;
    let channel = Channel::new(config).unwrap();
    for round in 0..20 {
        let mut sending = JoinSet::new();
        for _ in 0..50 {
            let channel = channel.clone();
            sending.spawn(async move { channel.send(Lane::Main, &request()).await });
        }
        for _ in 0..round {
            sending.join_next().await.unwrap().unwrap().unwrap();
        }
        sending.shutdown().await;
    }
    assert_eq!(channel.stats().waiting, 0);
    assert_eq!(channel.stats().connections[0].in_flight, 0);
    assert!(send_all(&channel, 50).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn too_long_a_body_is_not_read() {
    let server = TestServer::start(|_| async { Reply::new(200, vec![b'x'; 70_000]) }).await;
    let channel = Channel::new(server.config()).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(
        matches!(error, Error::BodyTooLarge { limit: 65_536, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_untrusted_certificate_is_refused() {
    let server = TestServer::start(|_| async { Reply::new(200, "") }).await;
    let channel = Channel::new(heliograph_transport::Config::new(server.endpoint())).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert_eq!(
        server.connections(),
        1,
        "a certificate does not get better by asking again"
    );
}

#[tokio::test]
async fn an_expired_certificate_is_named_as_such() {
    let options = ServerOptions {
        certificate: Validity::Expired,
        ..ServerOptions::default()
    };
    let server = TestServer::start_with(options, |_| async { Reply::new(200, "") }).await;
    let channel = Channel::new(server.config()).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(matches!(error, Error::Tls { .. }), "{error:?}");
    assert!(error.to_string().contains("expired"), "{error}");
}

#[tokio::test]
async fn a_server_of_http_1_only_is_named_as_such() {
    for alpn in [vec!["http/1.1"], vec![]] {
        let options = ServerOptions {
            alpn,
            ..ServerOptions::default()
        };
        let server = TestServer::start_with(options, |_| async { Reply::new(200, "") }).await;
        let channel = Channel::new(server.config()).unwrap();
        let error = channel.send(Lane::Main, &request()).await.unwrap_err();
        assert!(matches!(error, Error::NotHttp2 { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn nobody_listening_is_a_connect_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let endpoint = format!("http://{address}").parse().unwrap();
    let channel = Channel::new(heliograph_transport::Config::new(endpoint)).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error:?}");
}

#[tokio::test]
async fn a_retired_connection_takes_no_more_requests() {
    let server =
        TestServer::start(|received| async move { Reply::new(200, received.connection.to_string()) }).await;
    let channel = Channel::new(server.config()).unwrap();
    let first = channel.send(Lane::Main, &request()).await.unwrap();
    first.connection.retire();
    let second = channel.send(Lane::Main, &request()).await.unwrap();
    second.connection.park(Duration::from_secs(3600));
    let third = channel.send(Lane::Main, &request()).await.unwrap();
    assert_eq!(
        [&first.body[..], &second.body[..], &third.body[..]],
        [b"0", b"1", b"2"]
    );
}
