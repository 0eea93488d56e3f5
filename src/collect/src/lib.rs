//! The collection API that mobile apps talk to.
