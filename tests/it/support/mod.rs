//! What several features' tests need.

pub mod api;
pub mod company;
pub mod histories;
pub mod mail;
pub mod scratch;
pub mod store;
pub mod stripe;
pub mod zendesk;
