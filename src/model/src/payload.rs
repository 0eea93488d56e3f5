//! Payloads: the bytes that a provider is sent.
