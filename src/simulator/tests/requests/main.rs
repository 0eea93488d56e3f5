//! What the stand-ins and the control API answer to requests as they come over the wire, by a client that checks nothing itself.

mod apple;
mod control;
mod google;
mod google_values;
mod line;
