//! A fake API server with namespaces and nothing else, as a program, for the demo and for tests that need no real cluster:
//! prints its address as one JSON line and serves until it is stopped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use wharfinger_fakes::kube::{FakeKube, Options};

/// Serves the namespaces of a Kubernetes cluster, from memory.
#[derive(Parser)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A namespace that is there from the start; may be given several times.
    #[arg(long = "namespace", value_name = "NAME")]
    namespaces: Vec<String>,
    /// Where to write a kubeconfig that leads here.
    #[arg(long, value_name = "FILE")]
    kubeconfig_out: Option<PathBuf>,
    /// How often a watch gets a bookmark, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    bookmark_seconds: u64,
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a program tells on standard error why it ends")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fake-kube: {message}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the address is this program's output")]
async fn run(arguments: Arguments) -> Result<(), String> {
    let bookmarks = Duration::from_secs(arguments.bookmark_seconds);
    let options = Options { listen: arguments.listen, bookmarks };
    let kube = FakeKube::start_with(options).await.map_err(|error| format!("{}: {error}", arguments.listen))?;
    for name in &arguments.namespaces {
        kube.create(name).map_err(|error| format!("--namespace {name}: {error}"))?;
    }
    if let Some(path) = &arguments.kubeconfig_out {
        std::fs::write(path, kube.kubeconfig()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    println!("{}", serde_json::json!({ "url": kube.url() }));
    kube.serve().await.map_err(|error| error.to_string())
}
