//! Who is in which audience.
