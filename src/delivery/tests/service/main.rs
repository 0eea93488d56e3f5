//! The service with real clients against stand-ins of both providers.

mod addresses;
mod chaos;
mod credentials;
mod crowd;
mod explain;
mod fragments;
mod hostile;
mod lanes;
mod quota;
mod ranks;
mod retries;
mod roots;
mod rules;
mod sending;
mod stops;
mod timing;
mod world;
