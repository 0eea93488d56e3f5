//! The pages, each in a folder of its own.

pub mod account;
pub mod administration;
pub mod app_configuration;
pub mod app_configurations;
pub mod audience;
pub mod audiences;
pub mod data_collection;
pub mod delivery;
pub mod fragment;
pub mod fragments;
pub mod help;
pub mod home;
pub mod journey;
pub mod journeys;
mod lazy;
pub mod message;
pub mod messages;
pub mod not_found;
#[cfg(feature = "ssr")]
mod paging;
pub mod profile;
pub mod profiles;
pub mod report_global;
pub mod report_live;
pub mod reports;
pub mod sign_in;
pub mod simulator;
mod writing;

pub(crate) use lazy::lazy_page;
