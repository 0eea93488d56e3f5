//! One HTTP/2 connection.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use h2::server::SendResponse;
use h2::{Reason, RecvStream};
use http::{Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::tap::{TapHandle, tap};
use super::{Answer, Call, MAX_BODY, Reply, Service};

/// Apple's limit on the size of a request's headers.
const MAX_HEADER_LIST: u32 = 8000;
/// Room for all the requests that a sender may have open, so that none waits for a window.
const CONNECTION_WINDOW: u32 = 1 << 24;
/// What GOAWAY tells in its debug data, in Apple's form.
const GOAWAY_REASON: &[u8] = br#"{"reason":"Shutdown"}"#;

struct Connection<S: Service> {
    service: Arc<S>,
    session: S::Session,
    tap: TapHandle,
    streams: Mutex<Streams>,
    said_go_away: Notify,
}

#[derive(Default)]
struct Streams {
    open: u32,
    admitted: u32,
    /// The newest stream that was admitted; a client counts its streams 1, 3, 5 and so on.
    newest: u32,
    /// The last stream that is processed, once GOAWAY was said.
    last: Option<u32>,
}

/// Serves the connection until either side closes it.
pub(super) async fn serve<S, T>(service: Arc<S>, io: T) -> Result<(), h2::Error>
where
    S: Service,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let (session, rules) = service.open();
    let (io, tap) = tap(io, rules.first_streams, rules.settings_delay);
    let mut h2 = h2::server::Builder::new()
        .max_concurrent_streams(rules.most_streams)
        .max_header_list_size(MAX_HEADER_LIST)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .handshake::<_, Bytes>(io)
        .await?;
    let connection = Arc::new(Connection {
        service,
        session,
        tap,
        streams: Mutex::default(),
        said_go_away: Notify::new(),
    });
    let mut tasks = JoinSet::new();
    loop {
        let stream = tokio::select! {
            stream = h2.accept() => stream,
            () = connection.said_go_away.notified() => {
                // Streams up to the last one are still answered; then h2 closes.
                h2.graceful_shutdown();
                continue;
            }
        };
        let Some(stream) = stream else { return Ok(()) };
        let (request, mut respond) = stream?;
        while tasks.try_join_next().is_some() {}
        match connection.admit(respond.stream_id().as_u32(), rules.go_away_after) {
            Admission::Welcome => {
                tasks.spawn(Arc::clone(&connection).run(request, respond));
            }
            Admission::TooMany => {
                respond.send_reset(Reason::REFUSED_STREAM);
                connection.service.refused_stream();
            }
            // The GOAWAY that is on its way tells the client that this stream was not processed.
            Admission::AfterGoAway => {}
        }
    }
}

enum Admission {
    Welcome,
    TooMany,
    AfterGoAway,
}

impl<S: Service> Connection<S> {
    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, id: u32, go_away_after: Option<u32>) -> Admission {
        let mut streams = self.streams();
        if streams.last.is_some_and(|last| id > last) {
            return Admission::AfterGoAway;
        }
        if streams.open >= self.tap.limit() {
            return Admission::TooMany;
        }
        streams.open += 1;
        streams.admitted += 1;
        streams.newest = id;
        if go_away_after.is_some_and(|after| streams.admitted >= after) {
            self.say_go_away(&mut streams, id);
        }
        Admission::Welcome
    }

    fn say_go_away(&self, streams: &mut Streams, last: u32) {
        streams.last = Some(last);
        if self.tap.go_away(last, GOAWAY_REASON) {
            self.said_go_away.notify_one();
        }
    }

    async fn run(self: Arc<Self>, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
        let (head, stream) = request.into_parts();
        let Ok(body) = read(stream).await else {
            self.streams().open -= 1;
            return;
        };
        let reply = self.service.answer(&self.session, Call { head, body }).await;
        match reply {
            Reply::Answer(answer) => {
                // Before the answer leaves: the client may open its next stream as soon as it has it.
                self.streams().open -= 1;
                if let Some(streams) = answer.streams {
                    self.tap.announce(streams);
                }
                // The client may be gone, and then there is nobody to tell.
                let _ = send(respond, answer);
            }
            Reply::Refuse => {
                self.streams().open -= 1;
                respond.send_reset(Reason::REFUSED_STREAM);
            }
            Reply::Silence => {
                // Ends when the client gives the stream up; its reason does not matter.
                let _ = poll_fn(|cx| respond.poll_reset(cx)).await;
                self.streams().open -= 1;
            }
            Reply::GoAway => {
                let id = respond.stream_id().as_u32();
                let mut streams = self.streams();
                streams.open -= 1;
                // A later stream may be processed already, and then GOAWAY can't say that this one was not.
                let last = if streams.newest == id {
                    id.saturating_sub(2)
                } else {
                    streams.newest
                };
                self.say_go_away(&mut streams, last);
                respond.send_reset(Reason::REFUSED_STREAM);
            }
        }
    }
}

async fn read(mut stream: RecvStream) -> Result<Bytes, h2::Error> {
    let mut body = BytesMut::new();
    while let Some(chunk) = stream.data().await {
        let chunk = chunk?;
        stream.flow_control().release_capacity(chunk.len())?;
        if body.is_empty() && stream.is_end_stream() {
            return Ok(chunk);
        }
        body.extend_from_slice(&chunk);
        if body.len() >= MAX_BODY {
            break;
        }
    }
    Ok(body.freeze())
}

fn send(mut respond: SendResponse<Bytes>, answer: Answer) -> Result<(), h2::Error> {
    let mut response = Response::new(());
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    let empty = answer.body.is_empty();
    let mut stream = respond.send_response(response, empty)?;
    if !empty {
        stream.send_data(answer.body, true)?;
    }
    Ok(())
}
