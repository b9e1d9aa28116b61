//! Feature tests, through the public face: CLI, HTTP, SMTP, files.

mod extract;
mod extract_sandbox;
mod render;
mod sandbox;
