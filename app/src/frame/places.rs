//! The places of the console: one table for the rail, the command palette, the breadcrumb and the gate.

use heliograph_model::access::Permission;

use crate::components::{IconName, OUTCOMES, PERSONALISATION};
use crate::session::Visit;

/// Where a place stands in the rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// At the top: what people work on.
    Work,
    /// Under the rule: what is set up once.
    SetUp,
    /// At the end, and only while the demo runs.
    Demo,
    /// Not in the rail, but found by the command palette.
    Aside,
    /// A tab of the place with this address, which is marked in the rail in its stead.
    Tab(&'static str),
    /// Has no page of its own, only pages inside it.
    Unlisted,
}

/// Who may open a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Everyone who is signed in.
    Everyone,
    /// Those whose role allows it.
    May(Permission),
    /// Those whose role allows it, on a server that runs the demo.
    Demo(Permission),
}

/// A place of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its address, which is also the start of the addresses inside it.
    pub path: &'static str,
    /// Its name.
    pub title: &'static str,
    /// Its icon.
    pub icon: IconName,
    /// Where it stands.
    pub group: Group,
    /// Who may open it.
    pub gate: Gate,
}

const fn place(path: &'static str, title: &'static str, icon: IconName, group: Group, gate: Gate) -> Place {
    Place {
        path,
        title,
        icon,
        group,
        gate,
    }
}

/// Every place, in the order of the rail.
pub const PLACES: &[Place] = {
    use Group::{Aside, Demo, SetUp, Tab, Unlisted, Work};
    use Permission as P;
    &[
        place("/", "Home", IconName::Home, Work, Gate::Everyone),
        place(
            "/messages",
            "Messages",
            IconName::Bell,
            Work,
            Gate::May(P::ManageMessages),
        ),
        place(
            "/journeys",
            "Journeys",
            IconName::Journey,
            Work,
            Gate::May(P::ManageJourneys),
        ),
        place(
            "/audiences",
            "Audiences",
            IconName::Audience,
            Work,
            Gate::May(P::ManageAudiences),
        ),
        place(
            "/profiles",
            "Profiles",
            IconName::Profile,
            Work,
            Gate::May(P::ViewProfiles),
        ),
        place(
            "/reports",
            "Reports",
            IconName::Chart,
            Work,
            Gate::May(P::ViewReports),
        ),
        place(
            "/app-configurations",
            "App configurations",
            IconName::Phone,
            SetUp,
            Gate::May(P::ManageApps),
        ),
        place(
            "/data-collection",
            "Data collection",
            IconName::Database,
            SetUp,
            Gate::May(P::ManageCollection),
        ),
        place(
            "/administration",
            "Administration",
            IconName::Sliders,
            SetUp,
            Gate::May(P::Administer),
        ),
        place(
            "/simulator",
            "Simulator",
            IconName::Phones,
            Demo,
            Gate::Demo(P::ViewProfiles),
        ),
        place(
            "/fragments",
            "Fragments",
            IconName::FileText,
            Tab("/messages"),
            Gate::May(P::ManageMessages),
        ),
        place(
            "/account",
            "Your account",
            IconName::Settings,
            Aside,
            Gate::Everyone,
        ),
        place(
            OUTCOMES,
            "Delivery outcomes",
            IconName::Help,
            Aside,
            Gate::Everyone,
        ),
        place(
            PERSONALISATION,
            "Personalisation",
            IconName::Braces,
            Aside,
            Gate::Everyone,
        ),
        place(
            "/deliveries",
            "Delivery",
            IconName::Send,
            Unlisted,
            Gate::May(P::ViewProfiles),
        ),
    ]
};

impl Place {
    /// May this visitor open it?
    pub fn is_open_to(&self, visit: &Visit) -> bool {
        let Some(user) = &visit.user else { return false };
        match self.gate {
            Gate::Everyone => true,
            Gate::May(permission) => user.may(permission),
            Gate::Demo(permission) => visit.demo && user.may(permission),
        }
    }

    /// Is this address in this place?
    pub fn holds(&self, path: &str) -> bool {
        match path.strip_prefix(self.path) {
            Some("") => true,
            Some(rest) => self.path != "/" && rest.starts_with('/'),
            None => false,
        }
    }
}

/// The place that an address is in, if there is one.
pub fn place_of(path: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.holds(path))
}

/// The address of the place of the rail that an address is in.
pub fn marked_place(path: &str) -> Option<&'static str> {
    place_of(path).map(|place| match place.group {
        Group::Tab(around) => around,
        _ => place.path,
    })
}

/// Is this the address of a canvas, which needs the width, so that the rail shows icons only?
pub fn is_canvas(path: &str) -> bool {
    path.strip_prefix("/journeys/").is_some_and(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_in_the_place_that_starts_it() {
        assert_eq!(place_of("/").map(|place| place.title), Some("Home"));
        assert_eq!(place_of("/messages").map(|place| place.title), Some("Messages"));
        assert_eq!(
            place_of("/messages/12").map(|place| place.title),
            Some("Messages")
        );
        assert_eq!(marked_place("/fragments/12"), Some("/messages"));
        assert_eq!(marked_place("/messages/12"), Some("/messages"));
        assert_eq!(place_of("/messagesx"), None);
        assert_eq!(place_of("/nowhere"), None);
    }
}
