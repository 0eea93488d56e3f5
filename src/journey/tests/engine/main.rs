//! Journeys as their profiles walk them, on both engines, with a clock that moves by hand.

mod stopping;
mod trouble;
mod walking;
mod world;
