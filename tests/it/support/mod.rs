//! What several features' tests need.

pub mod api;
pub mod company;
pub mod conversation;
pub mod histories;
pub mod http;
pub mod inspect;
pub mod island;
pub mod kills;
pub mod mail;
pub mod minutes;
pub mod month;
pub mod post;
pub mod scratch;
pub mod sink;
pub mod site;
pub mod store;
pub mod stripe;
pub mod tls;
pub mod victim;
pub mod zendesk;
