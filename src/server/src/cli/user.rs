//! `heliograph user`: who may sign in to the console.

use std::io::BufRead as _;

use clap::{Args, Subcommand};
use heliograph_app::auth::{PASSWORD_MAX, PASSWORD_MIN, check_password, hash_password};
use heliograph_model::access::Role;
use heliograph_store::audit::{self, Actor, Change};
use heliograph_store::{Store, Tx, people, sessions};
use serde_json::json;

use super::{Database, say};
use crate::error::Error;
use crate::serve::runtime;

/// What can be done with people.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Adds someone, and prints the password that is made for them.
    Add {
        /// Their e-mail address, by which they sign in.
        #[arg(long)]
        email: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// What they may do: admin, developer, marketer or analyst.
        #[arg(long, value_parser = role, value_name = "ROLE")]
        role: Role,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        database: Database,
    },
    /// Lists everyone who may sign in.
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Gives someone another password, prints it, and ends their sessions.
    Password {
        /// Their e-mail address.
        email: String,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        database: Database,
    },
}

/// Where a password comes from.
#[derive(Debug, Args)]
pub(crate) struct Password {
    /// Takes the password from the first line of the standard input, instead of making one and printing it.
    #[arg(long)]
    password_stdin: bool,
}

impl Password {
    /// The password, and whether it has to be told.
    fn get(&self) -> Result<(String, Told), Error> {
        if !self.password_stdin {
            return Ok((made(), Told::Yes));
        }
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        let password = line.trim_end_matches(['\r', '\n']).to_owned();
        check_password("password", &password).map_err(|_| {
            Error::Refused(format!(
                "the password has to have {PASSWORD_MIN} to {PASSWORD_MAX} characters"
            ))
        })?;
        Ok((password, Told::No))
    }
}

/// Is the password printed?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Yes,
    No,
}

/// A password of 20 letters and digits: over 100 bits.
fn made() -> String {
    use rand::RngExt as _;
    use rand::distr::Alphanumeric;
    rand::rng()
        .sample_iter(Alphanumeric)
        .take(20)
        .map(char::from)
        .collect()
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| {
        let known = Role::ALL.map(Role::as_str).join(", ");
        format!("there is no such role; it is one of {known}")
    })
}

/// Carries out a command.
pub(crate) fn run(command: UserCommand) -> Result<(), Error> {
    runtime()?.block_on(async {
        match command {
            UserCommand::Add {
                email,
                name,
                role,
                password,
                database,
            } => {
                let (secret, told) = password.get()?;
                let store = database.open().await?;
                add(&store, &email, &name, role, secret.clone()).await?;
                store.close().await;
                tell(told, &secret)
            }
            UserCommand::List { database } => {
                let store = database.open().await?;
                for person in people::list(&mut store.read().await?).await? {
                    let state = if person.active { "" } else { "\tsuspended" };
                    say(format_args!(
                        "{}\t{}\t{}{state}",
                        person.email,
                        person.role.as_str(),
                        person.name
                    ))?;
                }
                store.close().await;
                Ok(())
            }
            UserCommand::Password {
                email,
                password,
                database,
            } => {
                let (secret, told) = password.get()?;
                let store = database.open().await?;
                set_password(&store, &email, secret.clone()).await?;
                store.close().await;
                tell(told, &secret)
            }
        }
    })
}

/// Prints the password alone, so that a script can take it.
fn tell(told: Told, secret: &str) -> Result<(), Error> {
    match told {
        Told::Yes => say(secret),
        Told::No => Ok(()),
    }
}

async fn add(store: &Store, email: &str, name: &str, role: Role, secret: String) -> Result<(), Error> {
    let (email, name) = (email.trim(), name.trim());
    if name.is_empty() {
        return Err(Error::Refused("--name must not be empty".into()));
    }
    if !email
        .split_once('@')
        .is_some_and(|(who, at)| !who.is_empty() && !at.is_empty())
    {
        return Err(Error::Refused(
            "--email takes an address such as name@example.com".into(),
        ));
    }
    let hash = hashed(secret).await?;
    let mut tx = store.begin().await?;
    let person = people::NewPerson {
        email,
        name,
        role,
        password_hash: &hash,
    };
    let id = people::add(&mut tx, person).await.map_err(|error| {
        if error.breaks(people::EMAIL_ONCE) {
            Error::Refused(format!("somebody signs in with {email} already"))
        } else {
            error.into()
        }
    })?;
    let detail = json!({ "email": email, "role": role.as_str() });
    record(&mut tx, "added", id, name, detail).await?;
    Ok(tx.commit().await?)
}

async fn set_password(store: &Store, email: &str, secret: String) -> Result<(), Error> {
    let hash = hashed(secret).await?;
    let mut tx = store.begin().await?;
    let Some(person) = people::by_email(&mut tx, email).await? else {
        return Err(Error::Refused(format!(
            "nobody signs in with {email}; `heliograph user list` lists who does"
        )));
    };
    people::set_password(&mut tx, person.id, &hash).await?;
    let ended = sessions::delete_of_person(&mut tx, person.id).await?;
    let detail = json!({ "sessions ended": ended });
    record(&mut tx, "reset password", person.id, &person.name, detail).await?;
    Ok(tx.commit().await?)
}

async fn hashed(secret: String) -> Result<String, Error> {
    hash_password(secret)
        .await
        .map_err(|error| Error::Refused(error.to_string()))
}

async fn record(
    tx: &mut Tx,
    action: &str,
    id: heliograph_model::ids::UserId,
    name: &str,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let change = Change {
        action,
        object_kind: "person",
        object: Some(id.0),
        name,
        detail,
    };
    Ok(audit::record(tx, &Actor::command_line(), change).await?)
}

#[cfg(test)]
mod tests {
    use heliograph_app::auth::is_password;
    use heliograph_store::testing::on_each_engine;

    use super::*;

    #[tokio::test]
    async fn someone_is_added_once_and_given_another_password() {
        on_each_engine(|store, _| async move {
            add(
                &store,
                " Ada@example.com ",
                "Ada",
                Role::Admin,
                "first password".into(),
            )
            .await
            .unwrap();
            let again = add(
                &store,
                "ada@EXAMPLE.com",
                "Ada",
                Role::Analyst,
                "first password".into(),
            )
            .await;
            assert_eq!(
                again.unwrap_err().to_string(),
                "somebody signs in with ada@EXAMPLE.com already"
            );
            set_password(&store, "ADA@example.com", "second password".into())
                .await
                .unwrap();
            let found = people::by_email(&mut store.read().await.unwrap(), "ada@example.com")
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                (found.email.as_str(), found.role),
                ("Ada@example.com", Role::Admin)
            );
            let kept = Some(found.password_hash);
            assert!(is_password("second password".into(), kept.clone()).await.unwrap());
            assert!(!is_password("first password".into(), kept).await.unwrap());
            let nobody = set_password(&store, "nobody@example.com", "another one".into()).await;
            assert!(nobody.unwrap_err().to_string().contains("heliograph user list"));
        })
        .await;
    }

    #[test]
    fn a_password_that_is_made_is_taken() {
        let (one, two) = (made(), made());
        assert_ne!(one, two);
        assert!(check_password("password", &one).is_ok());
    }
}
