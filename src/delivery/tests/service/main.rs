//! The service with real clients against stand-ins of both providers.

mod accounts;
mod addresses;
mod chaos;
mod credentials;
mod crowd;
mod environments;
mod explain;
mod forecast;
mod fragments;
mod hostile;
mod lanes;
mod quota;
mod ranks;
mod resting;
mod retries;
mod roots;
mod rules;
mod sending;
mod stops;
mod timing;
mod world;
