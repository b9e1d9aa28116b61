//! What several features' tests need.

pub mod company;
pub mod mail;
pub mod scratch;
