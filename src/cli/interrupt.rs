//! Ctrl-C and SIGTERM while a command pulls or asks sources: the programs it has started (taps) end with it, and what it has put
//! aside goes.

use std::time::Duration;

use anyhow::Result;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// How long a query, which cannot be interrupted here, or a token server may hold the end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Lets go of the work when the process is asked to end, and with it of what it started; the exit code names the signal.
pub async fn until_asked_to_end(work: impl Future<Output = Result<u8>>) -> Result<u8> {
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let code = asked().await;
        let _ = tell.send(code);
        tokio::time::sleep(PATIENCE).await;
        std::process::exit(i32::from(code));
    });
    tokio::select! {
        biased;
        result = work => result,
        Ok(code) = told => Ok(code),
    }
}

/// 128 and the number of the signal, as shells have it.
async fn asked() -> u8 {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => 143,
        _ = interrupt.recv() => 130,
    }
}
