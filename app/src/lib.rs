//! The Heliograph console.
