//! Moves profiles through journeys.
