//! A client of the Apple Push Notification service.
