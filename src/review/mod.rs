//! The review's judgement, pure: metric points become rows with comparisons and verdicts, exceptions and lists.
//!
//! [`series`] is what comes in; [`row`] puts one metric together from its comparisons ([`compare`]), target ([`target`]),
//! process chart ([`signal`], [`judge`]) and what moved it ([`driver`], [`segment`]); [`exception`] ranks what needs attention;
//! [`promise`] judges segments' promises; [`voice`] is what owners say and promise to do; [`restate`] finds what earlier editions
//! said otherwise, [`correction`] whether readers must be told at once; [`assemble`] puts a review together; [`account`] is the
//! review of one customer. [`model`] and [`judged`] are what comes out (the `Review`: serialisable, no HTML, numbers not yet
//! formatted); what it draws besides its series is in [`picture`]; [`phrase`] holds sentences made here until they are
//! said in the reader's language; [`edition`] is what rendering makes of it.

pub mod account;
pub mod assemble;
pub mod compare;
pub mod correction;
pub mod driver;
pub mod edition;
pub mod exception;
pub mod judge;
pub mod judged;
pub mod model;
pub mod money;
pub mod phrase;
pub mod picture;
pub mod promise;
pub mod restate;
pub mod row;
pub mod segment;
pub mod series;
pub mod signal;
pub mod target;
#[cfg(test)]
mod tests;
pub mod voice;
