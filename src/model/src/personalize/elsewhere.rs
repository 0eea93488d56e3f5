//! What Journey Optimizer's templates may name and is not here, and what to do instead.

/// Where its decisions stand
/// (<https://experienceleague.adobe.com/en/docs/journey-optimizer/using/decisioning/experience-decisioning/create-decision>,
/// and `offers` on
/// <https://experienceleague.adobe.com/en/docs/journey-optimizer/using/content-management/personalization/personalization-syntax>).
const DECISIONS: [&str; 5] = ["offers", "offer", "decisions", "decision", "decisionPolicy"];

/// What is said of a name under which Journey Optimizer has something else.
pub(crate) fn name(name: &str) -> Option<&'static str> {
    DECISIONS
        .contains(&name)
        .then_some("there are no offers and decisions here; what an audience gets is chosen with #if.")
}

/// A helper of Journey Optimizer's.
pub(crate) struct Helper {
    name: &'static str,
    /// Why it is not here, and what to do.
    pub(crate) says: &'static str,
    /// Does it print nothing, so that the text stays as it is without it?
    pub(crate) is_silent: bool,
}

/// From <https://experienceleague.adobe.com/en/docs/journey-optimizer/using/content-management/personalization/functions/helpers>.
const HELPERS: [Helper; 4] = [
    Helper {
        name: "executionMetadata",
        says: "executionMetadata prints nothing and has no meaning here; take it out.",
        is_silent: true,
    },
    Helper {
        name: "datasetLookup",
        says: "There are no data sets to look up here; keep what the text needs in the profile, or send it with the event.",
        is_silent: false,
    },
    Helper {
        name: "externalDataLookup",
        says: "Nothing is fetched while a text is made; keep what it needs in the profile, or send it with the event.",
        is_silent: false,
    },
    Helper {
        name: "encrypt",
        says: "encrypt belongs to emails and is not here; have the app’s server encrypt what a link carries.",
        is_silent: false,
    },
];

/// The helper of that name.
pub(crate) fn helper(name: &str) -> Option<&'static Helper> {
    HELPERS.iter().find(|helper| helper.name == name)
}
