//! What the stand-ins answer to requests as they come over the wire, by a client that checks nothing itself.

mod apple;
mod google;
mod line;
