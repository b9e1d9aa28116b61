//! What several features' tests need.

pub mod mail;
pub mod scratch;
