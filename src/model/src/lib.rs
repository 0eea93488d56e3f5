//! The vocabulary of Heliograph and every pure rule; compiles to wasm.
