use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

use crate::Error;

/// Object identifiers, DER-encoded, by which the kind of a key is told (RFC 5480, RFC 8017).
const OID_EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OID_RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// A team's private key, as downloaded from Apple's developer site in a `.p8` file.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<EcdsaKeyPair>,
    random: SystemRandom,
}

/// Why a text is no [`SigningKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// No text in PEM.
    #[error("this is not a .p8 key: the text must begin with -----BEGIN PRIVATE KEY-----")]
    NotPem,
    /// More than one PEM block.
    #[error("there is more than one block in the text; give the .p8 file as Apple made it")]
    MoreThanOneBlock,
    /// A certificate.
    #[error("this is a certificate, not a key; create a key (.p8) in Apple's developer account under Keys")]
    Certificate,
    /// A public key.
    #[error("this is a public key; give the private key (.p8) downloaded from Apple")]
    PublicKey,
    /// A key under a password.
    #[error("the key is encrypted with a password; give the .p8 file as Apple made it, which has none")]
    Encrypted,
    /// A key in the older form of OpenSSL.
    #[error(
        "this key is in the older SEC 1 form (BEGIN EC PRIVATE KEY); convert it with `openssl pkcs8 -topk8 -nocrypt`"
    )]
    Sec1,
    /// An RSA key, such as a service account or a certificate has.
    #[error("this is an RSA key; Apple's push keys are P-256 keys, in files named AuthKey_….p8")]
    Rsa,
    /// An elliptic curve key on another curve.
    #[error("this key is on another curve than P-256; give the .p8 file as Apple made it")]
    OtherCurve,
    /// A PEM block of another kind.
    #[error("this is a PEM file of another kind; it must begin with -----BEGIN PRIVATE KEY-----")]
    OtherKind,
    /// Well begun, but broken inside.
    #[error("the key is damaged; copy the whole .p8 file, from the BEGIN line to the END line")]
    Damaged,
}

impl SigningKey {
    /// Reads a `.p8` file: a PKCS #8 private key on P-256, not encrypted.
    pub fn from_pem(text: &str) -> Result<Self, SigningKeyError> {
        let mut blocks = pem::parse_many(text).map_err(|_| {
            if text.contains("-----BEGIN ") {
                SigningKeyError::Damaged
            } else {
                SigningKeyError::NotPem
            }
        })?;
        let block = blocks.pop().ok_or(if text.contains("-----BEGIN ") {
            SigningKeyError::Damaged
        } else {
            SigningKeyError::NotPem
        })?;
        if !blocks.is_empty() {
            return Err(SigningKeyError::MoreThanOneBlock);
        }
        match block.tag() {
            "PRIVATE KEY" => Self::from_pkcs8(block.contents()),
            "CERTIFICATE" => Err(SigningKeyError::Certificate),
            "PUBLIC KEY" => Err(SigningKeyError::PublicKey),
            "ENCRYPTED PRIVATE KEY" => Err(SigningKeyError::Encrypted),
            "EC PRIVATE KEY" => Err(SigningKeyError::Sec1),
            "RSA PRIVATE KEY" => Err(SigningKeyError::Rsa),
            _ => Err(SigningKeyError::OtherKind),
        }
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, SigningKeyError> {
        let random = SystemRandom::new();
        match EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random) {
            Ok(pair) => Ok(Self {
                pair: Arc::new(pair),
                random,
            }),
            Err(_) if contains(der, OID_RSA) => Err(SigningKeyError::Rsa),
            Err(_) if contains(der, OID_EC_PUBLIC_KEY) && !contains(der, OID_P256) => {
                Err(SigningKeyError::OtherCurve)
            }
            Err(_) => Err(SigningKeyError::Damaged),
        }
    }

    /// The public half: the uncompressed point of 65 bytes, which tells keys apart and verifies signatures.
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// Signs with ES256: `r` and `s`, 32 bytes each (RFC 7518, section 3.4).
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self
            .pair
            .sign(&self.random, message)
            .map_err(|_| Error::Signing)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(secret)")
    }
}

fn contains(der: &[u8], oid: &[u8]) -> bool {
    der.windows(oid.len()).any(|window| window == oid)
}

/// Why a text is no [`KeyId`] or [`TeamId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a {what}: it has 10 characters, capital letters and digits only")]
pub struct IdentifierError {
    what: &'static str,
    given: String,
}

fn identifier(what: &'static str, given: &str) -> Result<String, IdentifierError> {
    let fits = given.len() == 10
        && given
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if fits {
        Ok(given.to_owned())
    } else {
        Err(IdentifierError {
            what,
            given: given.to_owned(),
        })
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks the text: 10 characters, capital letters and digits.
            pub fn new(text: &str) -> Result<Self, IdentifierError> {
                identifier($what, text).map(Self)
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// Identifier of a key, shown beside it in Apple's developer account.
    KeyId, "key identifier"
}
identifier! {
    /// Identifier of a team in Apple's developer programme.
    TeamId, "team identifier"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(tag: &str, der: &[u8]) -> String {
        pem::encode(&pem::Pem::new(tag, der))
    }

    fn p256() -> Vec<u8> {
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .unwrap()
            .as_ref()
            .to_vec()
    }

    #[test]
    fn reads_a_p8_file() {
        let key = SigningKey::from_pem(&pem("PRIVATE KEY", &p256())).unwrap();
        assert_eq!(key.public_key().len(), 65);
        assert_eq!(key.sign(b"message").unwrap().len(), 64);
    }

    #[test]
    fn says_exactly_what_is_wrong() {
        use ring::signature::ECDSA_P384_SHA384_FIXED_SIGNING as P384;
        let p384 = EcdsaKeyPair::generate_pkcs8(&P384, &SystemRandom::new()).unwrap();
        let good = pem("PRIVATE KEY", &p256());
        let rsa = [&[0x30, 0x20, 0x02, 0x01, 0x00][..], OID_RSA].concat();
        let mut cut = p256();
        cut.truncate(90);
        let cases = [
            ("", SigningKeyError::NotPem),
            ("ABC123DEFG", SigningKeyError::NotPem),
            (&good[..60], SigningKeyError::Damaged),
            (&format!("{good}{good}"), SigningKeyError::MoreThanOneBlock),
            (&pem("CERTIFICATE", b"x"), SigningKeyError::Certificate),
            (&pem("PUBLIC KEY", b"x"), SigningKeyError::PublicKey),
            (&pem("ENCRYPTED PRIVATE KEY", b"x"), SigningKeyError::Encrypted),
            (&pem("EC PRIVATE KEY", b"x"), SigningKeyError::Sec1),
            (&pem("RSA PRIVATE KEY", b"x"), SigningKeyError::Rsa),
            (&pem("PRIVATE KEY", &rsa), SigningKeyError::Rsa),
            (&pem("PRIVATE KEY", p384.as_ref()), SigningKeyError::OtherCurve),
            (&pem("OPENSSH PRIVATE KEY", b"x"), SigningKeyError::OtherKind),
            (&pem("PRIVATE KEY", &cut), SigningKeyError::Damaged),
        ];
        for (text, expected) in cases {
            assert_eq!(SigningKey::from_pem(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn identifiers_have_ten_capitals_or_digits() {
        assert_eq!(KeyId::new("ABC123DEFG").unwrap().as_str(), "ABC123DEFG");
        for wrong in [
            "",
            "ABC123DEF",
            "ABC123DEFGH",
            "abc123defg",
            "ABC123DEF ",
            "ÄBC123DEF",
        ] {
            assert!(KeyId::new(wrong).is_err(), "{wrong}");
            assert!(
                TeamId::new(wrong)
                    .unwrap_err()
                    .to_string()
                    .contains("team identifier"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = SigningKey::from_pem(&pem("PRIVATE KEY", &p256())).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(secret)");
    }
}
