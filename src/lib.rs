//! bizreview: billing, support and product data in, one honest business review per accountable team out.
//!
//! The modules, in the order the data flows:
//!
//! 1. [`config`]: what the company wrote in `bizreview.toml`; [`calendar`]: periods, grains, business hours (pure).
//! 2. [`extract`]: a manifest per API, one engine for all; records go to landing files, cursors to the [`ledger`].
//! 3. [`warehouse`]: DuckDB; landing → staging → core → marts → metrics, each step a SQL file of `queries/`.
//! 4. [`review`]: series become comparisons, verdicts and lists: the `Review`, serialisable, without HTML (pure).
//! 5. [`render`]: a `Review` becomes an `Edition`: e-mail HTML, text, archive page, charts.
//! 6. [`deliver`]: the edition is archived, put in the outbox and sent.
//! 7. [`pipeline`]: the straight line through all of it; [`schedule`] says when; [`serve`] runs it unattended.
//!
//! `http` is what all calls to other machines have in common. [`sandbox`] is a simulated company with its APIs, for the demo, the tests and the benchmarks.

pub mod calendar;
pub mod cli;
pub mod config;
pub mod deliver;
pub mod extract;
mod http;
pub mod ledger;
pub mod pipeline;
pub mod render;
pub mod review;
pub mod sandbox;
pub mod schedule;
pub mod serve;
pub mod warehouse;
