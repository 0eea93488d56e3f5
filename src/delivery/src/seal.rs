//! Sealing of credentials: ChaCha20-Poly1305 with a key that is kept outside the database.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use heliograph_model::ids::AppId;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};

/// Length of the key, in bytes.
const KEY: usize = 32;
/// First byte of what is sealed, so that another way of sealing can be told from this one.
const VERSION: u8 = 1;

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file can't be read or made.
    #[error("the key file {} can't be used: {source}. Name another one with --key-file, or mend its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The key file does not hold a key.
    #[error("the key file {} does not hold a key: it must be 32 bytes in base64. Put back the file that credentials were sealed with", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// What was sealed was sealed with another key, for another app, or has been changed.
    #[error(
        "the credential can't be opened: it was sealed with another key file. Start with that file, or upload the credential again"
    )]
    WrongKey,
    /// The system gave no random numbers.
    #[error("the credential can't be sealed: the system gave no random numbers")]
    Random,
}

/// Seals and opens credentials.
pub struct Sealer {
    key: LessSafeKey,
    random: SystemRandom,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Takes the key from a file, which is made, readable by its owner alone, where it is not there.
    ///
    /// # Errors
    /// Where the file can't be read or made, or holds no key.
    pub fn open_or_create(path: &Path) -> Result<Self, SealError> {
        let failed = |source| SealError::File {
            path: path.to_owned(),
            source,
        };
        let random = SystemRandom::new();
        let mut text = String::new();
        match std::fs::File::open(path) {
            Ok(mut file) => {
                file.read_to_string(&mut text).map_err(failed)?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut key = [0; KEY];
                random.fill(&mut key).map_err(|_| SealError::Random)?;
                text = STANDARD.encode(key);
                if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                    std::fs::create_dir_all(folder).map_err(failed)?;
                }
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)
                    .map_err(failed)?;
                file.write_all(text.as_bytes()).map_err(failed)?;
                file.sync_all().map_err(failed)?;
            }
            Err(error) => return Err(failed(error)),
        }
        let no_key = || SealError::NoKey {
            path: path.to_owned(),
        };
        let bytes = STANDARD.decode(text.trim()).map_err(|_| no_key())?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| no_key())?;
        Ok(Self {
            key: LessSafeKey::new(key),
            random,
        })
    }

    /// Seals a secret for one revision of one app's credential.
    ///
    /// # Errors
    /// [`SealError::Random`].
    pub fn seal(&self, app: AppId, revision: i64, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| SealError::Random)?;
        let mut sealed = secret.to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                aad(app, revision),
                &mut sealed,
            )
            .map_err(|_| SealError::Random)?;
        Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for this revision of this app's credential.
    ///
    /// # Errors
    /// [`SealError::WrongKey`].
    pub fn open(&self, app: AppId, revision: i64, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let body = sealed.strip_prefix(&[VERSION]).ok_or(SealError::WrongKey)?;
        let (nonce, body) = body.split_at_checked(NONCE_LEN).ok_or(SealError::WrongKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::WrongKey)?;
        let mut opened = body.to_vec();
        let length = self
            .key
            .open_in_place(nonce, aad(app, revision), &mut opened)
            .map_err(|_| SealError::WrongKey)?
            .len();
        opened.truncate(length);
        Ok(opened)
    }
}

fn aad(app: AppId, revision: i64) -> Aad<[u8; 24]> {
    let mut bytes = [0; 24];
    bytes[..16].copy_from_slice(app.0.as_bytes());
    bytes[16..].copy_from_slice(&revision.to_be_bytes());
    Aad::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_file_for_the_same_app_and_revision_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/key");
        let (app, other) = (AppId(uuid::Uuid::from_u128(1)), AppId(uuid::Uuid::from_u128(2)));
        let sealed = Sealer::open_or_create(&file)
            .unwrap()
            .seal(app, 1, b"secret")
            .unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
        let again = Sealer::open_or_create(&file).unwrap();
        assert_eq!(again.open(app, 1, &sealed).unwrap(), b"secret");
        assert!(again.open(app, 2, &sealed).is_err() && again.open(other, 1, &sealed).is_err());
        let stranger = Sealer::open_or_create(&folder.path().join("other")).unwrap();
        assert!(matches!(stranger.open(app, 1, &sealed), Err(SealError::WrongKey)));
        assert!(again.open(app, 1, &[]).is_err());
    }

    #[test]
    fn the_key_file_is_its_owners_alone_and_a_damaged_one_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        Sealer::open_or_create(&file).unwrap();
        assert_eq!(
            std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::write(&file, "not a key").unwrap();
        assert!(matches!(
            Sealer::open_or_create(&file),
            Err(SealError::NoKey { .. })
        ));
    }
}
