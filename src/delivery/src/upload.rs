//! Taking in a credential: checked, sealed, kept.

use std::fmt;

use heliograph_apns::{KeyId, SigningKey, TeamId};
use heliograph_fcm::ServiceAccount;
use heliograph_model::{
    app_config::{
        ApnsEnvironment, CredentialSummary, Platform,
        credential::{
            FieldFault, KeyFault, ServiceAccountFault, check_key, check_key_id, check_service_account,
            check_team_id,
        },
    },
    ids::AppId,
};
use heliograph_store::{Tx, apps};
use zeroize::Zeroizing;

use crate::{Error, Sealer};

/// A credential as it was uploaded.
#[derive(Clone)]
pub enum Upload {
    /// A key for Apple's service.
    Apns {
        /// The `.p8` file.
        file: Zeroizing<Vec<u8>>,
        /// Its key id.
        key_id: String,
        /// The team's id.
        team_id: String,
        /// Which service the key is for.
        environment: ApnsEnvironment,
    },
    /// A service account for Google's.
    Fcm {
        /// The JSON file.
        file: Zeroizing<Vec<u8>>,
    },
}

/// Shows nothing of the files.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apns { key_id, team_id, .. } => f
                .debug_struct("Upload::Apns")
                .field("key_id", key_id)
                .field("team_id", team_id)
                .finish_non_exhaustive(),
            Self::Fcm { .. } => f.debug_struct("Upload::Fcm").finish_non_exhaustive(),
        }
    }
}

/// Why an upload is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadFault {
    /// The file is no key for Apple.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// The file is no service account.
    #[error(transparent)]
    ServiceAccount(#[from] ServiceAccountFault),
    /// A field is wrong.
    #[error(transparent)]
    Field(#[from] FieldFault),
    /// The file looks right, and no key can be made of it.
    #[error("{0}")]
    Unusable(String),
    /// The credential is for the other platform.
    #[error("This credential is for {}, and the app is for {}.", given.title(), wanted.title())]
    OtherPlatform {
        /// What was uploaded.
        given: Platform,
        /// What the app is.
        wanted: Platform,
    },
}

impl Upload {
    /// Which platform it is for.
    pub const fn platform(&self) -> Platform {
        match self {
            Self::Apns { .. } => Platform::Ios,
            Self::Fcm { .. } => Platform::Android,
        }
    }

    /// Checks it as far as that goes without asking the provider; what may be shown of it.
    ///
    /// # Errors
    /// What is wrong with the file or a field.
    pub fn check(&self) -> Result<CredentialSummary, UploadFault> {
        match self {
            Self::Apns {
                file,
                key_id,
                team_id,
                environment,
            } => {
                check_key(file)?;
                let (key_id, team_id) = (check_key_id(key_id)?, check_team_id(team_id)?);
                signing_key(file).map_err(UploadFault::Unusable)?;
                Ok(CredentialSummary::Apns {
                    key_id: key_id.to_owned(),
                    team_id: team_id.to_owned(),
                    environment: *environment,
                })
            }
            Self::Fcm { file } => {
                let summary = check_service_account(file)?;
                service_account(file).map_err(UploadFault::Unusable)?;
                Ok(CredentialSummary::Fcm {
                    project_id: summary.project_id,
                    client_email: summary.client_email,
                })
            }
        }
    }

    /// Checks it, and puts it in place of the app's present credential, sealed. What waits for a working credential is sent.
    ///
    /// # Errors
    /// The outer error where the database fails or there is no such app; the inner one where it is not taken.
    pub async fn keep(
        &self,
        tx: &mut Tx,
        sealer: &Sealer,
        app: AppId,
    ) -> Result<Result<CredentialSummary, UploadFault>, Error> {
        let wanted = apps::get(tx, app).await?.platform;
        if wanted != self.platform() {
            let given = self.platform();
            return Ok(Err(UploadFault::OtherPlatform { given, wanted }));
        }
        let summary = match self.check() {
            Ok(summary) => summary,
            Err(fault) => return Ok(Err(fault)),
        };
        let (Self::Apns { file, .. } | Self::Fcm { file }) = self;
        let mut failed = None;
        apps::replace_credential(tx, app, &summary, |revision| {
            sealer.seal(app, revision, file).unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            })
        })
        .await?;
        match failed {
            // The caller's transaction is not to be committed then.
            Some(error) => Err(error.into()),
            None => Ok(Ok(summary)),
        }
    }
}

/// The text of a file, without the mark that some editors put before it.
fn text(file: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(file)
        .map(|text| text.trim_start_matches('\u{feff}'))
        .map_err(|_| "the file is no text".to_owned())
}

pub(crate) fn signing_key(file: &[u8]) -> Result<SigningKey, String> {
    SigningKey::from_pem(text(file)?).map_err(|error| error.to_string())
}

pub(crate) fn service_account(file: &[u8]) -> Result<ServiceAccount, String> {
    ServiceAccount::from_json(text(file)?).map_err(|error| error.to_string())
}

pub(crate) fn identifiers(key_id: &str, team_id: &str) -> Result<(KeyId, TeamId), String> {
    let key_id = KeyId::new(key_id).map_err(|error| error.to_string())?;
    let team_id = TeamId::new(team_id).map_err(|error| error.to_string())?;
    Ok((key_id, team_id))
}
