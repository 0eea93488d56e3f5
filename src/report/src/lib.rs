//! Reads counters and tells what changed, for the reports.
