//! The words for who asks. Secrets themselves are the company's: `token` and `secrets` of its `[sources.NAME]`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How a request proves who asks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    #[default]
    None,
    /// `Authorization: Bearer TOKEN`
    Bearer,
    /// The secret is the password; without a user name it is the user name of an empty one.
    Basic {
        #[serde(default)]
        username: Option<String>,
        /// Send the secret as a bearer token where the company gives no user name.
        #[serde(default)]
        or_bearer: bool,
    },
    /// One header that holds the secret.
    Header {
        header: String,
        #[serde(default)]
        prefix: String,
    },
    /// Several: `{token}`, settings, and the company's `secrets` by name.
    Headers { headers: BTreeMap<String, String> },
    /// A query parameter that holds the secret.
    Query { param: String },
    /// A token server gives tokens that are kept until they expire, and asked for once more when one is refused.
    Oauth2 {
        token_url: String,
        grant: GrantType,
        #[serde(default = "client_id")]
        client_id: String,
        #[serde(default)]
        scope: Option<String>,
        /// The client's id and secret are sent as basic authentication rather than in the form.
        #[serde(default)]
        client_basic: bool,
    },
}

/// What a token is asked for with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// The client's secret is the company's `token`.
    ClientCredentials,
    /// The refresh token is the company's `token`; the client's secret, where there is one, its `secrets.client_secret`. A
    /// refresh token that the server replaces is kept in the store.
    RefreshToken,
}

fn client_id() -> String {
    "{client_id}".into()
}
