//! Feature tests, through the public face: CLI, HTTP, SMTP, files.

mod deliver;
mod schedule;
mod support;
