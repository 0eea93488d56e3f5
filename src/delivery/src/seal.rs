//! Credentials at rest: sealed with a key that is kept in a file outside the database.

use std::{
    fmt,
    fs::OpenOptions,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, Key, KeyInit, Payload},
};
use heliograph_model::ids::AppId;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The first byte of what is sealed: the version of its form.
const VERSION: u8 = 1;
/// Bytes that tell one key from another without telling anything of it.
const MARK: usize = 4;
const NONCE: usize = 24;

/// Why a credential can't be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The key file can't be read or made.
    #[error("the key file {path} can't be used: {cause}; check that this user may read it, or name another")]
    File {
        /// Where it is.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// The key file holds no key.
    #[error("the key file {path} holds no key: it must be the file that Heliograph made, 32 bytes in base64")]
    NotAKey {
        /// Where it is.
        path: PathBuf,
    },
    /// It was sealed with another key.
    #[error(
        "it was sealed with another key file; start with the key file that belongs to this database, or upload the credential \
         again"
    )]
    WrongKey,
    /// The system gives no random numbers.
    #[error("the credential can't be sealed: the system gives no random numbers")]
    Random,
    /// It is longer than the cipher takes, which is 256 GiB.
    #[error("the credential is too long to be sealed")]
    TooLong,
    /// It was changed after it was sealed, or belongs to another app.
    #[error("the sealed credential is damaged; upload the credential again")]
    Damaged,
}

/// Seals and opens credentials: XChaCha20-Poly1305, bound to app and revision, so that a sealed credential can't be moved
/// to another app.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    mark: [u8; MARK],
}

impl Sealer {
    /// Reads the key file, or makes one (mode 0600) where there is none.
    ///
    /// # Errors
    /// Where the file can't be read or made, or holds no key.
    pub fn open_or_create(path: &Path) -> Result<Self, SealError> {
        let failed = |cause| SealError::File {
            path: path.to_owned(),
            cause,
        };
        if let Some(made) = create(path).map_err(failed)? {
            return Ok(made);
        }
        let mut text = Zeroizing::new(String::new());
        OpenOptions::new()
            .read(true)
            .open(path)
            .and_then(|mut file| file.read_to_string(&mut text))
            .map_err(failed)?;
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new).ok();
        bytes
            .as_deref()
            .and_then(|bytes| Self::from_key(bytes))
            .ok_or_else(|| SealError::NotAKey {
                path: path.to_owned(),
            })
    }

    fn from_key(bytes: &[u8]) -> Option<Self> {
        let cipher = XChaCha20Poly1305::new_from_slice(bytes).ok()?;
        let digest = Sha256::new_with_prefix(b"heliograph key mark")
            .chain_update(bytes)
            .finalize();
        let mut mark = [0; MARK];
        mark.copy_from_slice(&digest[..MARK]);
        Some(Self { cipher, mark })
    }

    /// Seals a secret for an app and a revision of its credential.
    ///
    /// # Errors
    /// [`SealError::Random`] where the system gives no random numbers.
    pub fn seal(&self, app: AppId, revision: i64, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = XNonce::try_generate().map_err(|_| SealError::Random)?;
        let payload = Payload {
            msg: secret,
            aad: &bound(app, revision),
        };
        let sealed = self
            .cipher
            .encrypt(&nonce, payload)
            .map_err(|_| SealError::TooLong)?;
        Ok([&[VERSION][..], &self.mark, &nonce[..], &sealed].concat())
    }

    /// Opens what was sealed for an app and a revision of its credential.
    ///
    /// # Errors
    /// [`SealError::WrongKey`] where it was sealed with another key, [`SealError::Damaged`] where it is not what was sealed.
    pub fn open(&self, app: AppId, revision: i64, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError::Damaged)?;
        if *version != VERSION {
            return Err(SealError::Damaged);
        }
        let (mark, rest) = rest.split_at_checked(MARK).ok_or(SealError::Damaged)?;
        if mark != self.mark {
            return Err(SealError::WrongKey);
        }
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or(SealError::Damaged)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| SealError::Damaged)?;
        let payload = Payload {
            msg: sealed,
            aad: &bound(app, revision),
        };
        self.cipher
            .decrypt(&nonce, payload)
            .map(Zeroizing::new)
            .map_err(|_| SealError::Damaged)
    }
}

/// What the seal is bound to.
fn bound(app: AppId, revision: i64) -> Vec<u8> {
    [&app.0.as_bytes()[..], &revision.to_be_bytes()].concat()
}

/// Makes the key file with a new key; none where the file is there already.
fn create(path: &Path) -> io::Result<Option<Sealer>> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(None),
        Err(error) => return Err(error),
    };
    let key: Zeroizing<[u8; 32]> = Zeroizing::new(Key::<XChaCha20Poly1305>::generate().into());
    let text = Zeroizing::new(STANDARD.encode(&key[..]));
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(Sealer::from_key(&key[..]))
}

/// Shows nothing of the key.
impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(secret)")
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn app(number: u128) -> AppId {
        AppId(Uuid::from_u128(number))
    }

    #[test]
    fn what_was_sealed_is_opened_after_a_restart_and_by_no_other_app_or_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let sealer = Sealer::open_or_create(&path).unwrap();
        let sealed = sealer.seal(app(1), 3, b"-----BEGIN PRIVATE KEY-----").unwrap();
        let again = Sealer::open_or_create(&path).unwrap();
        assert_eq!(
            &again.open(app(1), 3, &sealed).unwrap()[..],
            b"-----BEGIN PRIVATE KEY-----"
        );
        for wrong in [again.open(app(2), 3, &sealed), again.open(app(1), 4, &sealed)] {
            assert!(matches!(wrong, Err(SealError::Damaged)));
        }
        let other = Sealer::open_or_create(&folder.path().join("other")).unwrap();
        assert!(matches!(other.open(app(1), 3, &sealed), Err(SealError::WrongKey)));
        for cut in 0..sealed.len() {
            assert!(again.open(app(1), 3, &sealed[..cut]).is_err());
        }
        assert!(!sealed.windows(5).any(|window| window == b"BEGIN"));
        assert_eq!(format!("{again:?}"), "Sealer(secret)");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_for_its_owner_alone_and_what_is_no_key_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        Sealer::open_or_create(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::write(&path, "hello").unwrap();
        assert!(matches!(
            Sealer::open_or_create(&path),
            Err(SealError::NotAKey { .. })
        ));
        let nowhere = path.join("key");
        let error = Sealer::open_or_create(&nowhere).unwrap_err().to_string();
        assert!(error.contains("key/key"), "{error}");
        Sealer::open_or_create(&folder.path().join("new/folder/key")).unwrap();
    }
}
