//! Feature tests, through the public face: CLI, HTTP, SMTP, files.

mod extract;
mod render;
mod sandbox;
