//! The language in which messages are personalised.
