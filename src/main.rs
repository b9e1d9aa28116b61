//! The `bizreview` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    bizreview::cli::main()
}
