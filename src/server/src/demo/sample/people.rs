//! The shop's customers.

use heliograph_model::profile::PushPlatform;
use heliograph_simulator::{Platform, Token};
use serde_json::{Map, Value, json};

use super::Dice;

const FIRST: [&str; 40] = [
    "Anna", "Luca", "Marta", "Jonas", "Sofia", "Pierre", "Ingrid", "Mateo", "Clara", "Elias", "Giulia",
    "Noah", "Freya", "Tomás", "Léa", "Emil", "Chiara", "Hugo", "Astrid", "Paul", "Nora", "Marco", "Elsa",
    "Leon", "Camille", "Oskar", "Ines", "Felix", "Alma", "Diego", "Hanna", "Rafael", "Maja", "Jules", "Vera",
    "Anton", "Lucía", "Theo", "Ida", "Nils",
];
const LAST: [&str; 40] = [
    "Rossi",
    "Lindqvist",
    "Müller",
    "Dubois",
    "García",
    "Jansen",
    "Novak",
    "Moreau",
    "Bianchi",
    "Hansen",
    "Schmidt",
    "Ferrari",
    "Larsen",
    "Martín",
    "Weber",
    "Bernard",
    "Nilsson",
    "Conti",
    "Fischer",
    "Laurent",
    "Silva",
    "Keller",
    "Romano",
    "Berg",
    "Petit",
    "Hoffmann",
    "Greco",
    "Andersen",
    "Vidal",
    "Wagner",
    "Marino",
    "Dahl",
    "Roux",
    "Costa",
    "Brandt",
    "Serra",
    "Holm",
    "Fontana",
    "Vogel",
    "Lambert",
];
/// City, country, language, time zone.
const PLACES: [(&str, &str, &str, &str); 12] = [
    ("Milan", "IT", "it-IT", "Europe/Rome"),
    ("Turin", "IT", "it-IT", "Europe/Rome"),
    ("Innsbruck", "AT", "de-AT", "Europe/Vienna"),
    ("Munich", "DE", "de-DE", "Europe/Berlin"),
    ("Zurich", "CH", "de-CH", "Europe/Zurich"),
    ("Grenoble", "FR", "fr-FR", "Europe/Paris"),
    ("Lyon", "FR", "fr-FR", "Europe/Paris"),
    ("Barcelona", "ES", "es-ES", "Europe/Madrid"),
    ("Bergen", "NO", "nb-NO", "Europe/Oslo"),
    ("Stockholm", "SE", "sv-SE", "Europe/Stockholm"),
    ("Ljubljana", "SI", "sl-SI", "Europe/Ljubljana"),
    ("Edinburgh", "GB", "en-GB", "Europe/London"),
];

/// A customer's phone.
#[derive(Debug, Clone)]
pub(crate) struct Phone {
    /// The install's 38 digits.
    pub(crate) ecid: String,
    pub(crate) platform: PushPlatform,
}

impl Phone {
    /// Its push token, in the provider's form: the same one each time, so that database and simulator agree.
    pub(crate) fn token(&self) -> Token {
        let seed = self.ecid.bytes().fold(0_u64, |seed, digit| {
            seed.wrapping_mul(31).wrapping_add(u64::from(digit))
        });
        let mut dice = Dice::new(seed);
        let mut letters = |set: &[u8], count: usize| -> String {
            (0..count).map(|_| char::from(*dice.pick(set))).collect()
        };
        Token::from_text(match self.platform {
            PushPlatform::Apns | PushPlatform::ApnsSandbox => letters(b"0123456789ABCDEF", 64),
            PushPlatform::Fcm => {
                let set = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
                format!("{}:APA91b{}", letters(set, 22), letters(set, 134))
            }
        })
    }

    /// The push service, as the simulator names it.
    pub(crate) const fn simulated(&self) -> Platform {
        match self.platform {
            PushPlatform::Apns => Platform::Apns,
            PushPlatform::ApnsSandbox => Platform::ApnsSandbox,
            PushPlatform::Fcm => Platform::Fcm,
        }
    }
}

/// A customer.
#[derive(Debug, Clone)]
pub(crate) struct Shopper {
    pub(crate) first_name: &'static str,
    pub(crate) last_name: &'static str,
    pub(crate) email: String,
    /// The profile's attributes, as XDM.
    pub(crate) attributes: Value,
    /// None for those who shop on the web only; two for a few.
    pub(crate) phones: Vec<Phone>,
}

impl Shopper {
    /// The identity map of their phones, where they are signed in.
    pub(crate) fn identities(&self) -> Map<String, Value> {
        let email = json!([{ "id": self.email, "authenticatedState": "authenticated", "primary": true }]);
        Map::from_iter([("Email".to_owned(), email)])
    }
}

/// So many customers, the same ones each time.
pub(crate) fn shoppers(count: usize) -> Vec<Shopper> {
    let mut dice = Dice::new(0x7261_696c);
    (0..count).map(|number| shopper(number, &mut dice)).collect()
}

fn shopper(number: usize, dice: &mut Dice) -> Shopper {
    // Walking the two lists at different strides gives 1,600 different names.
    let first_name = FIRST[number % FIRST.len()];
    let last_name = LAST[(number / FIRST.len() + number) % LAST.len()];
    let (city, country, language, time_zone) = *dice.pick(&PLACES);
    let points = dice.below(5000);
    let tier = match points {
        3500.. => "gold",
        1500.. => "silver",
        _ => "bronze",
    };
    let email = format!("{}.{}.{number}@example.com", ascii(first_name), ascii(last_name));
    let consent = if dice.percent(6) { "n" } else { "y" };
    let mut person = json!({ "name": { "firstName": first_name, "lastName": last_name } });
    // A few have not told their first name, as in every shop; messages need a fallback for them.
    if dice.percent(7) {
        person = json!({ "name": { "lastName": last_name } });
    }
    let attributes = json!({
        "person": person,
        "personalEmail": { "address": email },
        "homeAddress": { "city": city, "countryCode": country },
        "loyalty": { "tier": tier, "points": points },
        "preferredLanguage": language,
        "timeZone": time_zone,
        "consents": { "marketing": { "push": { "val": consent } } },
    });
    let phones = (0..match dice.below(100) {
        0..14 => 0,
        14..94 => 1,
        _ => 2,
    })
        .map(|_| Phone {
            ecid: dice.digits(38),
            platform: if dice.percent(55) {
                PushPlatform::Apns
            } else {
                PushPlatform::Fcm
            },
        })
        .collect();
    Shopper {
        first_name,
        last_name,
        email,
        attributes,
        phones,
    }
}

/// The name in the letters of an address.
fn ascii(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .map(|letter| match letter {
            'á' | 'à' | 'ä' => 'a',
            'é' | 'è' => 'e',
            'í' => 'i',
            'ó' | 'ö' => 'o',
            'ü' | 'ú' => 'u',
            other => other,
        })
        .collect()
}
