//! Feature tests, through the public face: CLI, HTTP, SMTP, files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test fails by panicking")]

mod access;
mod account;
mod architecture;
mod bad_input;
mod breaking;
mod browser;
mod catalogue;
mod cli;
mod clock_changes;
mod clock_replay;
mod clocks;
mod correct;
mod deliver;
mod drawn;
mod extract;
mod extract_sandbox;
mod forget;
mod hindsight;
mod histories;
mod journey;
mod judged;
mod keeping;
mod locales;
mod money;
mod money_metrics;
mod operator;
mod outbox;
mod pages;
mod playbook;
mod product_metrics;
mod render;
mod restate;
mod sandbox;
mod schedule;
mod service;
mod smtp;
mod strange;
mod support;
mod templates;
mod truth;
mod voices;
mod windows;
mod workbook;
mod young;
