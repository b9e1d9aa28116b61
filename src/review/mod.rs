//! The review's judgement, pure: metric points become rows with comparisons and verdicts, exceptions and lists.
//!
//! [`series`] is what comes in, [`row`] judges one metric, [`assemble`] puts a review together; [`model`] is what comes out
//! (the `Review`: serialisable, no HTML, numbers not yet formatted); [`edition`] is what rendering makes of it.

pub mod assemble;
pub mod edition;
pub mod model;
pub mod money;
pub mod row;
pub mod series;
