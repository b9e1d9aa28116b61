//! A database's address: which parts of it are secret, and whether it can be read as it was meant.

use anyhow::{Result, ensure};
use secrecy::SecretString;

/// What of an address no message may hold, as it is written and as it is sent. An address whose password holds characters
/// that end it would be taken apart in the wrong place, and a driver's message would say the pieces: refused before that.
pub(super) fn secrets(address: &str) -> Result<Vec<SecretString>> {
    let mut found = Vec::new();
    if let Some((_, rest)) = address.split_once("://") {
        let before_query = rest.split('?').next().unwrap_or_default();
        if let Some((account, _)) = rest.rsplit_once('@') {
            ensure!(
                before_query.rsplit_once('@').map(|(account, _)| account) == Some(account)
                    && !account.contains(['/', '#', '@', ' ', '[', ']'])
                    && account.matches(':').count() < 2,
                "the user or password in the address holds one of / ? # @ : [ ] or a space: write it as %2F %3F %23 %40 %3A %5B %5D %20"
            );
            if let Some((_, password)) = account.split_once(':') {
                push(&mut found, password);
            }
        }
        let query = rest.split_once('?').map_or("", |(_, query)| query);
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(name, _)| is_secret(name))
            .for_each(|(_, value)| push(&mut found, value));
    }
    for value in keywords(address) {
        push(&mut found, value);
    }
    Ok(found)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "secret", "token", "key", "pwd"].iter().any(|word| name.contains(word))
}

/// Values of `password=…` in an address that is a list of words.
fn keywords(address: &str) -> impl Iterator<Item = &str> {
    address.match_indices('=').filter_map(|(at, _)| {
        let name = address[..at].trim_end().rsplit([' ', ';', '&', '?']).next().unwrap_or_default();
        let value = address[at + 1..].trim_start();
        let value = match value.strip_prefix('\'') {
            Some(quoted) => quoted.split('\'').next(),
            None => value.split([' ', ';', '&']).next(),
        };
        value.filter(|_| is_secret(name))
    })
}

fn push(found: &mut Vec<SecretString>, text: &str) {
    let decoded = url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned());
    for text in [Some(text.to_owned()), decoded].into_iter().flatten() {
        if !text.is_empty() {
            found.push(text.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn passwords_are_found_wherever_an_address_holds_them() {
        let check = |address: &str, expected: &[&str]| {
            let found: Vec<String> = secrets(address).unwrap().iter().map(|s| s.expose_secret().to_owned()).collect();
            for secret in expected {
                assert!(found.iter().any(|f| f == secret), "{address}: {found:?}");
            }
            assert!(!found.iter().any(|f| f.contains("reviews")), "{address}: {found:?}");
        };
        check("postgresql://reviews:s%3Acret+1@db.example:5432/prod", &["s%3Acret+1", "s:cret+1"]);
        check("postgresql://db.example/prod?user=reviews&password=hush", &["hush"]);
        check("host=db user=reviews password='two words' dbname=x", &["two words"]);
        check("host=db password=hush user=reviews", &["hush"]);
        check("postgresql://reviews@/prod?host=/tmp", &[]);
    }

    #[test]
    fn an_address_that_would_be_taken_apart_wrongly_is_refused_without_its_pieces() {
        for password in ["pa/ss", "pa?ss", "pa#ss", "pa@ss", "pa:ss", "pa ss", "pa[ss"] {
            let error = secrets(&format!("postgresql://u:{password}@db.example/x")).unwrap_err().to_string();
            assert!(!error.contains("ss@") && !error.contains(password), "{error}");
        }
    }
}
