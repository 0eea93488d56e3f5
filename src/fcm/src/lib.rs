//! A client of Firebase Cloud Messaging, HTTP v1.
