//! The fields of the standard schema: those of profiles that apps send most, and what Heliograph itself tells a text. What
//! it never tells is not here, so that naming it is an error, and not a gap in every push.

use super::FieldType;

/// Path, type and title. Those of `context.journey.technicalProperties` are `journey::context::TechnicalProperty`.
pub(super) const FIELDS: &[(&str, FieldType, &str)] = &[
    ("profile.person.name.firstName", FieldType::Text, "First name"),
    ("profile.person.name.lastName", FieldType::Text, "Last name"),
    ("profile.person.name.middleName", FieldType::Text, "Middle name"),
    ("profile.person.name.fullName", FieldType::Text, "Full name"),
    (
        "profile.person.name.courtesyTitle",
        FieldType::Text,
        "Courtesy title",
    ),
    ("profile.person.birthDate", FieldType::Date, "Birth date"),
    (
        "profile.person.birthDayAndMonth",
        FieldType::Text,
        "Birth day and month",
    ),
    ("profile.person.birthYear", FieldType::Integer, "Birth year"),
    ("profile.person.gender", FieldType::Text, "Gender"),
    ("profile.person.maritalStatus", FieldType::Text, "Marital status"),
    ("profile.person.nationality", FieldType::Text, "Nationality"),
    ("profile.preferredLanguage", FieldType::Text, "Preferred language"),
    ("profile.timeZone", FieldType::Text, "Time zone"),
    ("profile.personalEmail.address", FieldType::Text, "Email address"),
    ("profile.workEmail.address", FieldType::Text, "Work email address"),
    (
        "profile.mobilePhone.number",
        FieldType::Text,
        "Mobile phone number",
    ),
    ("profile.homePhone.number", FieldType::Text, "Home phone number"),
    ("profile.faxPhone.number", FieldType::Text, "Fax number"),
    ("profile.homeAddress.street1", FieldType::Text, "Street"),
    (
        "profile.homeAddress.street2",
        FieldType::Text,
        "Street, second line",
    ),
    ("profile.homeAddress.city", FieldType::Text, "City"),
    ("profile.homeAddress.postalCode", FieldType::Text, "Postal code"),
    (
        "profile.homeAddress.stateProvince",
        FieldType::Text,
        "State or province",
    ),
    ("profile.homeAddress.region", FieldType::Text, "Region"),
    ("profile.homeAddress.country", FieldType::Text, "Country"),
    ("profile.homeAddress.countryCode", FieldType::Text, "Country code"),
    ("profile.loyalty.loyaltyID", FieldType::Text, "Loyalty number"),
    ("profile.loyalty.program", FieldType::Text, "Loyalty programme"),
    ("profile.loyalty.tier", FieldType::Text, "Loyalty tier"),
    ("profile.loyalty.status", FieldType::Text, "Loyalty status"),
    ("profile.loyalty.points", FieldType::Number, "Loyalty points"),
    (
        "profile.loyalty.joinDate",
        FieldType::Date,
        "Loyalty member since",
    ),
    (
        "profile.loyalty.tierExpiryDate",
        FieldType::Date,
        "Loyalty tier ends",
    ),
    (
        "profile.consents.marketing.preferred",
        FieldType::Text,
        "Preferred channel",
    ),
    (
        "profile.consents.marketing.push.val",
        FieldType::Text,
        "Consent to push",
    ),
    (
        "profile.consents.marketing.email.val",
        FieldType::Text,
        "Consent to email",
    ),
    ("profile.identityMap", FieldType::Object, "Identities"),
    (
        "profile.segmentMembership",
        FieldType::Object,
        "Audience memberships",
    ),
    (
        "context.journey.events",
        FieldType::Object,
        "Events of the journey",
    ),
    ("audience.id", FieldType::Text, "Audience identifier"),
    ("audience.name", FieldType::Text, "Audience name"),
    ("device.platform", FieldType::Text, "Platform"),
    ("app.id", FieldType::Text, "App identifier"),
    ("app.name", FieldType::Text, "App name"),
];

/// Paths under which there may be fields of any name.
pub(super) const OPEN: &[&str] = &[
    "profile.identityMap",
    "profile.segmentMembership",
    "profile.consents",
    "context",
    "context.journey.events",
];
