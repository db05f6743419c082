//! pg_dump and pg_restore, which PostgreSQL brings.

use std::path::Path;

use tokio::process::Command;

use crate::error::StoreError;

/// Writes a dump in pg_dump's own format.
pub(super) async fn dump(address: &str, to: &Path) -> Result<(), StoreError> {
    let mut command = command("pg_dump", address);
    // Its own format, without owners and rights, to a file.
    command.args(["-Fc", "-O", "-x", "-f"]);
    command.arg(to);
    run("pg_dump", command).await
}

/// Reads such a dump into an empty database, all of it or nothing.
pub(super) async fn restore(address: &str, from: &Path) -> Result<(), StoreError> {
    let mut command = command("pg_restore", address);
    // Without owners and rights, in one transaction that an error ends.
    command.args(["-O", "-x", "-1", "-e"]);
    command.arg(from);
    run("pg_restore", command).await
}

/// The program for an address, whose password is not among its arguments, since any user
/// of the machine may read those.
fn command(program: &'static str, address: &str) -> Command {
    let mut command = Command::new(program);
    let (address, password) = apart(address);
    command.arg("-d").arg(address);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    command
}

/// An address without its password, and that.
fn apart(address: &str) -> (String, Option<String>) {
    let whole = (address.to_owned(), None);
    let Some((scheme, rest)) = address.split_once("://") else {
        return whole;
    };
    let Some((who, rest)) = rest.rsplit_once('@') else {
        return whole;
    };
    match who.split_once(':') {
        Some((user, password)) => (
            format!("{scheme}://{user}@{rest}"),
            Some(percent_decoded(password)),
        ),
        None => whole,
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn run(program: &'static str, mut command: Command) -> Result<(), StoreError> {
    let failed = |problem: String| StoreError::Program { program, problem };
    let output = command.output().await.map_err(|error| {
        failed(match error.kind() {
            std::io::ErrorKind::NotFound => {
                "there is no such program here: install PostgreSQL's client programs \
                 (postgresql-client in Debian)"
                    .to_owned()
            }
            _ => error.to_string(),
        })
    })?;
    match output.status.success() {
        true => Ok(()),
        false => Err(failed(
            String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_no_arguments() {
        assert_eq!(
            apart("postgres://anna:p%40ss%3A1@db/labels"),
            (
                "postgres://anna@db/labels".to_owned(),
                Some("p@ss:1".to_owned())
            )
        );
        assert_eq!(
            apart("postgres://db/labels"),
            ("postgres://db/labels".to_owned(), None)
        );
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("a%zzb"), "a%zzb");
    }
}
