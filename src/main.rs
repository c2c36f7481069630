//! The program: reads its surroundings, hands them to the command line, and waits for signals when it serves.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use wharfinger::config::{Config, Environment};
use wharfinger::{cli, serve, telemetry};

fn main() -> ExitCode {
    cli::run(std::env::args_os(), &Environment::read(), run)
}

/// Serves until the process is asked to stop; asked again, it stops at once.
fn run(config: Config) -> anyhow::Result<()> {
    telemetry::start(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (mut again, mut interrupt_again) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let hurry = async move {
            // The first signal has reached these too.
            for _ in 0..2 {
                tokio::select! {
                    _ = again.recv() => {}
                    _ = interrupt_again.recv() => {}
                }
            }
        };
        serve::serve(config, stop, hurry).await
    })
}
