//! The push delivery service.
