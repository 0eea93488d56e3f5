use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connect::Io;

/// The head of a frame: length, kind, flags and stream (RFC 9113, section 4.1).
const FRAME_HEAD: usize = 9;
const SETTINGS: u8 = 4;

/// Whether a peer speaks HTTP/2: its first frame is SETTINGS on the connection itself (RFC 9113, section 3.4).
#[derive(Debug, Clone, Default)]
pub(crate) struct Greeting(Arc<AtomicBool>);

impl Greeting {
    /// Whether the peer has begun with SETTINGS.
    pub(crate) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The byte stream as it is, whose first frame is listened to.
    pub(crate) fn listen(&self, io: Box<dyn Io>) -> Box<dyn Io> {
        Box::new(Listening {
            io,
            head: [0; FRAME_HEAD],
            heard: 0,
            greeting: self.clone(),
        })
    }
}

struct Listening {
    io: Box<dyn Io>,
    head: [u8; FRAME_HEAD],
    /// How many bytes of the head have come.
    heard: usize,
    greeting: Greeting,
}

impl AsyncRead for Listening {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        if self.heard < FRAME_HEAD {
            for &byte in buf.filled()[before..].iter().take(FRAME_HEAD - self.heard) {
                let heard = self.heard;
                self.head[heard] = byte;
                self.heard += 1;
            }
            if self.heard == FRAME_HEAD && self.head[3] == SETTINGS && self.head[5..] == [0; 4] {
                self.greeting.0.store(true, Ordering::Relaxed);
            }
        }
        Poll::Ready(Ok(()))
    }
}

// Not vectored, and so h2 hands over all that waits in one piece, as long as bodies stay within 1,024 bytes. Where a stream takes
// several pieces, each body of more than 256 bytes goes by itself: one TLS record and one system call for each push.
impl AsyncWrite for Listening {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
