//! What every template can reach.

/// The roots that every template can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Root {
    /// The profile's attributes.
    Profile,
    /// The journey: events, technical properties.
    Context,
    /// The audience with which the profile entered the journey.
    Audience,
    /// The device that the push goes to.
    Device,
    /// The app that the push goes to.
    App,
    /// The moment of rendering, in the profile's time zone.
    Now,
}

impl Root {
    /// Every root, in the order in which they are offered.
    pub const ALL: [Root; 6] = [
        Root::Profile,
        Root::Context,
        Root::Audience,
        Root::Device,
        Root::App,
        Root::Now,
    ];

    /// The name by which a template reaches it.
    pub fn name(self) -> &'static str {
        match self {
            Root::Profile => "profile",
            Root::Context => "context",
            Root::Audience => "audience",
            Root::Device => "device",
            Root::App => "app",
            Root::Now => "now",
        }
    }

    /// Whether nothing else can have its name. The others are Heliograph's own, and templates from elsewhere know nothing
    /// of them: a variable or a field of the current item comes first.
    pub fn is_reserved(self) -> bool {
        matches!(self, Root::Profile | Root::Context)
    }

    /// The root of that name.
    pub fn named(name: &str) -> Option<Root> {
        Root::ALL.into_iter().find(|root| root.name() == name)
    }
}
