//! Personal data before it lands: dropped, or hashed with a key of the store; and found again where a customer is forgotten.

use crate::support::company::{COMPANY, Desk, bizreview, said};
