//! Reference pages, made from the tables that the program itself works by.

pub mod delivery_outcomes;
pub mod personalisation;
mod section;
