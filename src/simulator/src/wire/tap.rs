//! Sits between h2 and TLS and does what h2 offers no call for: it changes the number of streams on an open
//! connection, holds SETTINGS back, and says GOAWAY with a reason.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::frames::{self, Kind};

/// How much may wait to be written before h2 has to wait too.
const BACKLOG: usize = 256 * 1024;

/// What the rest of the connection uses to speak past h2.
#[derive(Clone)]
pub struct TapHandle(Arc<Mutex<Shared>>);

struct Shared {
    /// Frames of ours that wait to be woven in.
    injected: VecDeque<Bytes>,
    /// Our and h2's SETTINGS that the client has not acknowledged yet, in order.
    unacknowledged: VecDeque<Author>,
    /// The streams that the client may have open now.
    limit: u32,
    /// Since when h2's own GOAWAY frames are dropped, because ours was sent.
    going_away: bool,
    waker: Option<Waker>,
}

enum Author {
    H2,
    Ours { streams: u32 },
}

impl TapHandle {
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The streams that the client may have open now.
    pub(super) fn limit(&self) -> u32 {
        self.shared().limit
    }

    /// Tells the client how many streams it may have. A raise holds at once, a cut when the client acknowledged it.
    pub fn announce(&self, streams: u32) {
        let mut shared = self.shared();
        shared.injected.push_back(frames::max_streams(streams));
        shared.unacknowledged.push_back(Author::Ours { streams });
        shared.limit = shared.limit.max(streams);
        shared.wake();
    }

    /// Says GOAWAY; h2's own frames of that kind are kept back from then on. False if it was said before.
    pub(super) fn go_away(&self, last_stream: u32, debug: &[u8]) -> bool {
        let mut shared = self.shared();
        if shared.going_away {
            return false;
        }
        shared.injected.push_back(frames::go_away(last_stream, debug));
        shared.going_away = true;
        shared.wake();
        true
    }
}

impl Shared {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

/// The stream that h2 reads and writes.
pub struct Tap<T> {
    io: T,
    shared: TapHandle,
    first_streams: u32,
    /// Until when nothing is written.
    held: Option<Pin<Box<Sleep>>>,
    /// What h2 wrote of a frame that is not whole yet.
    unfinished: BytesMut,
    /// Whole frames on their way to the client.
    out: BytesMut,
    /// Bytes of the client that are still to be passed on before the next frame header.
    passing: usize,
    /// A frame header of the client that is not whole yet.
    header: Vec<u8>,
    /// Bytes of the client for h2.
    incoming: BytesMut,
}

/// Puts the tap in place, on a connection that allows `first_streams` at first and holds its SETTINGS back for a while.
pub fn tap<T>(io: T, first_streams: u32, settings_delay: Duration) -> (Tap<T>, TapHandle) {
    let handle = TapHandle(Arc::new(Mutex::new(Shared {
        injected: VecDeque::new(),
        unacknowledged: VecDeque::new(),
        limit: first_streams,
        going_away: false,
        waker: None,
    })));
    let tap = Tap {
        io,
        shared: handle.clone(),
        first_streams,
        held: (!settings_delay.is_zero()).then(|| Box::pin(tokio::time::sleep(settings_delay))),
        unfinished: BytesMut::new(),
        out: BytesMut::new(),
        passing: frames::PREFACE,
        header: Vec::with_capacity(frames::HEADER),
        incoming: BytesMut::new(),
    };
    (tap, handle)
}

impl<T: AsyncRead + AsyncWrite + Unpin> Tap<T> {
    /// Moves whole frames of h2 to the way out.
    fn sort_written(&mut self) {
        while let Some(header) = self.unfinished.first_chunk::<{ frames::HEADER }>() {
            let (kind, length) = frames::read_header(header);
            let whole = frames::HEADER + length;
            if self.unfinished.len() < whole {
                break;
            }
            let mut frame = self.unfinished.split_to(whole);
            let mut shared = self.shared.shared();
            match kind {
                Kind::GoAway if shared.going_away => continue,
                Kind::Settings => {
                    frames::rewrite_max_streams(&mut frame, self.first_streams);
                    shared.unacknowledged.push_back(Author::H2);
                }
                Kind::GoAway | Kind::SettingsAck | Kind::Other => {}
            }
            drop(shared);
            self.out.extend_from_slice(&frame);
        }
    }

    /// Weaves our frames in behind the whole frames of h2.
    fn weave(&mut self, cx: &Context<'_>) {
        let mut shared = self.shared.shared();
        shared.waker = Some(cx.waker().clone());
        for frame in shared.injected.drain(..) {
            self.out.extend_from_slice(&frame);
        }
    }

    fn drain(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(held) = &mut self.held {
            ready!(held.as_mut().poll(cx));
            self.held = None;
        }
        while !self.out.is_empty() {
            let written = ready!(Pin::new(&mut self.io).poll_write(cx, &self.out))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.out.advance(written);
        }
        Poll::Ready(Ok(()))
    }

    /// Passes the client's bytes on, but for the acknowledgements of SETTINGS that h2 never sent.
    fn sort_read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.passing > 0 {
                let (now, later) = bytes.split_at(self.passing.min(bytes.len()));
                self.incoming.extend_from_slice(now);
                self.passing -= now.len();
                bytes = later;
                continue;
            }
            let missing = frames::HEADER - self.header.len();
            let (now, later) = bytes.split_at(missing.min(bytes.len()));
            self.header.extend_from_slice(now);
            bytes = later;
            let Some(header) = self.header.first_chunk::<{ frames::HEADER }>() else {
                break;
            };
            let (kind, length) = frames::read_header(header);
            if kind != Kind::SettingsAck || !self.acknowledged_ours() {
                self.incoming.extend_from_slice(&self.header);
                self.passing = length;
            }
            self.header.clear();
        }
    }

    fn acknowledged_ours(&self) -> bool {
        let mut shared = self.shared.shared();
        match shared.unacknowledged.pop_front() {
            Some(Author::Ours { streams }) => {
                shared.limit = streams;
                true
            }
            Some(Author::H2) | None => false,
        }
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Tap<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        tap.weave(cx);
        // h2 does not know of our frames, so it is not going to flush them.
        if !tap.out.is_empty()
            && let Poll::Ready(Err(error)) = Pin::new(&mut *tap).poll_flush(cx)
        {
            return Poll::Ready(Err(error));
        }
        let mut scratch = [0; 16 * 1024];
        while tap.incoming.is_empty() {
            let mut read = ReadBuf::new(&mut scratch);
            ready!(Pin::new(&mut tap.io).poll_read(cx, &mut read))?;
            if read.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            tap.sort_read(read.filled());
        }
        let now = tap.incoming.len().min(buf.remaining());
        buf.put_slice(&tap.incoming.split_to(now));
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tap<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let tap = self.get_mut();
        tap.weave(cx);
        if tap.out.len() >= BACKLOG {
            ready!(tap.drain(cx))?;
        }
        tap.unfinished.extend_from_slice(bytes);
        tap.sort_written();
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        tap.weave(cx);
        ready!(tap.drain(cx))?;
        Pin::new(&mut tap.io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        ready!(tap.drain(cx))?;
        Pin::new(&mut tap.io).poll_shutdown(cx)
    }
}
