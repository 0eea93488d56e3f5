//! The few HTTP/2 frames that are written or read by hand (RFC 9113, section 4.1 and 6).

use bytes::{BufMut, Bytes, BytesMut};

pub(super) const HEADER: usize = 9;
/// What a client sends before its first frame.
pub(super) const PREFACE: usize = 24;

const SETTINGS: u8 = 0x4;
const GOAWAY: u8 = 0x7;
const ACK: u8 = 0x1;
const MAX_CONCURRENT_STREAMS: u16 = 0x3;

/// What a frame is, as far as the tap cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Settings,
    SettingsAck,
    GoAway,
    Other,
}

/// The kind and the payload length that a frame header tells.
pub(super) fn read_header(header: &[u8; HEADER]) -> (Kind, usize) {
    let length = usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
    let kind = match (header[3], header[4] & ACK) {
        (SETTINGS, 0) => Kind::Settings,
        (SETTINGS, _) => Kind::SettingsAck,
        (GOAWAY, _) => Kind::GoAway,
        _ => Kind::Other,
    };
    (kind, length)
}

fn header(out: &mut BytesMut, kind: u8, length: usize) {
    // The payloads written here have a few dozen bytes, so the length fits in its 24 bits.
    out.put_uint(length as u64, 3);
    out.put_u8(kind);
    out.put_u8(0);
    out.put_u32(0);
}

/// A SETTINGS frame that changes the number of streams allowed.
pub(super) fn max_streams(streams: u32) -> Bytes {
    let mut out = BytesMut::with_capacity(HEADER + 6);
    header(&mut out, SETTINGS, 6);
    out.put_u16(MAX_CONCURRENT_STREAMS);
    out.put_u32(streams);
    out.freeze()
}

/// A GOAWAY frame without an error: streams above the last one were not processed.
pub(super) fn go_away(last_stream: u32, debug: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(HEADER + 8 + debug.len());
    header(&mut out, GOAWAY, 8 + debug.len());
    out.put_u32(last_stream);
    out.put_u32(0);
    out.put_slice(debug);
    out.freeze()
}

/// Changes the number of streams that a whole SETTINGS frame tells, if it tells one.
pub(super) fn rewrite_max_streams(frame: &mut [u8], streams: u32) {
    for setting in frame[HEADER..].chunks_exact_mut(6) {
        if setting[..2] == MAX_CONCURRENT_STREAMS.to_be_bytes() {
            setting[2..].copy_from_slice(&streams.to_be_bytes());
        }
    }
}
