//! The channel against servers that speak raw frames, to do what an HTTP/2 library would not.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heliograph_transport::{Channel, Config, Error, Lane, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;

const PREFACE: usize = 24;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const ACK: u8 = 1;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `:status: 200` in HPACK's static table.
const STATUS_200: &[u8] = &[0x88];

/// One side of a connection in raw frames.
struct Wire {
    tcp: TcpStream,
    number: usize,
}

impl Wire {
    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        let mut frame = Vec::with_capacity(9 + payload.len());
        frame.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes()[1..]);
        frame.extend_from_slice(&[kind, flags]);
        frame.extend_from_slice(&stream.to_be_bytes());
        frame.extend_from_slice(payload);
        self.tcp.write_all(&frame).await
    }

    async fn go_away(&mut self, last_stream: u32, debug: &[u8]) -> io::Result<()> {
        let payload = [&last_stream.to_be_bytes()[..], &0u32.to_be_bytes(), debug].concat();
        self.send(GOAWAY, 0, 0, &payload).await
    }

    async fn accept(&mut self, stream: u32) -> io::Result<()> {
        self.send(HEADERS, END_HEADERS | END_STREAM, stream, STATUS_200)
            .await
    }

    /// Reads up to the next frame that ends a request, or any PING, and returns its kind and stream.
    async fn next(&mut self) -> io::Result<(u8, u32)> {
        loop {
            let mut head = [0; 9];
            self.tcp.read_exact(&mut head).await?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            self.tcp.read_exact(&mut payload).await?;
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            match head[3] {
                SETTINGS if head[4] & ACK == 0 => self.send(SETTINGS, ACK, 0, &[]).await?,
                DATA | HEADERS if head[4] & END_STREAM != 0 => return Ok((head[3], stream)),
                PING if head[4] & ACK == 0 => return Ok((PING, 0)),
                _ => {}
            }
        }
    }
}

/// Serves each connection with `serve`, which gets it after the settings were exchanged.
async fn server<F, A>(serve: F) -> Config
where
    F: Fn(Wire) -> A + Send + Sync + 'static,
    A: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let Ok((tcp, _)) = listener.accept().await else {
                return;
            };
            let mut wire = Wire { tcp, number };
            let mut preface = [0; PREFACE];
            if wire.tcp.read_exact(&mut preface).await.is_err()
                || wire.send(SETTINGS, 0, 0, &[]).await.is_err()
            {
                return;
            }
            tokio::spawn(serve(wire));
        }
    });
    Config::new(format!("http://{address}").parse().unwrap())
}

fn request() -> Request {
    Request::post("/3/device/abc").unwrap().body("{}")
}

/// Accepts every request.
async fn accept_all(mut wire: Wire) -> io::Result<()> {
    loop {
        let (_, stream) = wire.next().await?;
        wire.accept(stream).await?;
    }
}

#[tokio::test]
async fn a_stream_above_the_last_one_of_goaway_is_sent_again() {
    let connections = Arc::new(AtomicUsize::new(0));
    let config = server({
        let connections = Arc::clone(&connections);
        move |mut wire| {
            connections.fetch_add(1, Ordering::SeqCst);
            async move {
                if wire.number > 0 {
                    return accept_all(wire).await;
                }
                wire.next().await?;
                wire.go_away(0, br#"{"reason":"Shutdown"}"#).await
            }
        }
    })
    .await;
    let channel = Channel::new(config).unwrap();
    assert_eq!(channel.send(Lane::Main, &request()).await.unwrap().status, 200);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn goaway_amid_many_streams_loses_and_doubles_none() {
    // Each connection answers 5 requests and refuses with GOAWAY all that came after them.
    let accepted = Arc::new(Mutex::new(0usize));
    let config = server({
        let accepted = Arc::clone(&accepted);
        move |mut wire| {
            let accepted = Arc::clone(&accepted);
            async move {
                let mut last = 0;
                for _ in 0..5 {
                    (_, last) = wire.next().await?;
                    wire.accept(last).await?;
                    *accepted.lock().unwrap() += 1;
                }
                wire.next().await?;
                wire.go_away(last, b"").await?;
                // Stays open until the client closes, as a polite server does.
                loop {
                    wire.next().await?;
                }
            }
        }
    })
    .await;
    let channel = Channel::new(config).unwrap();
    let mut sending = JoinSet::new();
    for _ in 0..25 {
        let channel = channel.clone();
        sending.spawn(async move { channel.send(Lane::Main, &request()).await });
    }
    for result in sending.join_all().await {
        assert_eq!(result.unwrap().status, 200);
    }
    assert_eq!(*accepted.lock().unwrap(), 25);
}

#[tokio::test]
async fn a_stream_that_goaway_counts_as_processed_is_an_unknown_outcome() {
    let requests = Arc::new(AtomicUsize::new(0));
    let config = server({
        let requests = Arc::clone(&requests);
        move |mut wire| {
            let requests = Arc::clone(&requests);
            async move {
                let (_, stream) = wire.next().await?;
                requests.fetch_add(1, Ordering::SeqCst);
                wire.go_away(stream, b"").await
            }
        }
    })
    .await;
    let channel = Channel::new(config).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(
        matches!(error, Error::AnswerLost { status: None, .. }),
        "{error:?}"
    );
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_closing_connection_gets_no_new_request() {
    let closing = Arc::new(Notify::new());
    let config = server({
        let closing = Arc::clone(&closing);
        move |mut wire| {
            let closing = Arc::clone(&closing);
            async move {
                if wire.number > 0 {
                    return accept_all(wire).await;
                }
                let (_, stream) = wire.next().await?;
                wire.accept(stream).await?;
                closing.notified().await;
                wire.go_away(stream, b"").await?;
                loop {
                    // A request here would be a request on a closing connection, which nobody answers.
                    wire.next().await?;
                }
            }
        }
    })
    .await;
    let channel = Channel::new(config).unwrap();
    channel.send(Lane::Main, &request()).await.unwrap();
    closing.notify_one();
    while !channel.stats().connections.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(channel.send(Lane::Main, &request()).await.unwrap().status, 200);
}

#[tokio::test]
async fn an_answer_that_breaks_off_tells_its_status() {
    let config = server(|mut wire| async move {
        let (_, stream) = wire.next().await?;
        wire.send(HEADERS, END_HEADERS, stream, STATUS_200).await?;
        wire.send(DATA, 0, stream, b"half").await
    })
    .await;
    let channel = Channel::new(config).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    match error {
        Error::AnswerLost {
            status: Some(status), ..
        } => assert_eq!(status, 200),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_idle_connection_is_pinged() {
    let pinged = Arc::new(Notify::new());
    let mut config = server({
        let pinged = Arc::clone(&pinged);
        move |mut wire| {
            let pinged = Arc::clone(&pinged);
            async move {
                loop {
                    match wire.next().await? {
                        (PING, _) => pinged.notify_one(),
                        (_, stream) => wire.accept(stream).await?,
                    }
                }
            }
        }
    })
    .await;
    config.ping_after = Duration::from_millis(20);
    let channel = Channel::new(config).unwrap();
    channel.send(Lane::Main, &request()).await.unwrap();
    pinged.notified().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_answers_no_ping_is_given_up() {
    let config = server(|mut wire| async move {
        loop {
            // Answers requests and no PING.
            if let (kind, stream) = wire.next().await?
                && kind != PING
            {
                wire.accept(stream).await?;
            }
        }
    })
    .await;
    let channel = Channel::new(config).unwrap();
    channel.send(Lane::Main, &request()).await.unwrap();
    assert_eq!(channel.stats().connections.len(), 1);
    // An hour of idleness and the limit for the answer, on a clock that runs by itself when nothing else does.
    tokio::time::sleep(Duration::from_secs(60 * 60 + 30)).await;
    assert!(channel.stats().connections.is_empty());
}

#[tokio::test]
async fn a_server_of_http_1_in_the_clear_is_named_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut buffer = [0; 1024];
            if tcp.read(&mut buffer).await.is_ok() {
                // The client hangs up at the first bytes, which its own assertion shows.
                let _ = tcp
                    .write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
                    .await;
            }
        }
    });
    let channel = Channel::new(Config::new(format!("http://{address}").parse().unwrap())).unwrap();
    let error = channel.send(Lane::Main, &request()).await.unwrap_err();
    assert!(matches!(error, Error::NotHttp2 { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_takes_the_request_and_then_breaks_a_frame_is_an_unknown_outcome() {
    let config = server(|mut wire| async move {
        wire.next().await?;
        // DATA belongs to a stream.
        wire.send(DATA, 0, 0, b"?").await?;
        wire.next().await?;
        Ok(())
    })
    .await;
    let error = Channel::new(config)
        .unwrap()
        .send(Lane::Main, &request())
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::AnswerLost { status: None, .. }),
        "{error:?}"
    );
}
