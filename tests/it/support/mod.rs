//! What several features' tests need.

pub mod api;
pub mod company;
pub mod conversation;
pub mod histories;
pub mod mail;
pub mod minutes;
pub mod scratch;
pub mod site;
pub mod store;
pub mod stripe;
pub mod zendesk;
