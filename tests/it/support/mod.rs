//! What several features' tests need.

pub mod api;
pub mod company;
pub mod conversation;
pub mod histories;
pub mod http;
pub mod mail;
pub mod minutes;
pub mod post;
pub mod scratch;
pub mod site;
pub mod store;
pub mod stripe;
pub mod tls;
pub mod zendesk;
