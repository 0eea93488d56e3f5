//! The collection API over real connections, on both engines.

mod edge;
mod sdk;
mod support;
mod tracking;
