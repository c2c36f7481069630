//! A fake Harbor as a program, for the demo and for end-to-end tests: prints its address as one JSON line and serves until
//! it is stopped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use wharfinger_fakes::harbor::{FakeHarbor, Options, Seed};

/// Answers like a Harbor, from memory.
#[derive(Parser)]
struct Arguments {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A JSON file that describes projects, repositories, images and robots.
    #[arg(long)]
    seed: Option<PathBuf>,
    /// The version to tell.
    #[arg(long, default_value = "v2.15.2-0f1e2d3c")]
    harbor_version: String,
    /// The certificate chain as PEM, to serve HTTPS; needs --key.
    #[arg(long, requires = "key")]
    cert: Option<PathBuf>,
    /// The private key as PEM; needs --cert.
    #[arg(long, requires = "cert")]
    key: Option<PathBuf>,
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a program tells on standard error why it ends")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fake-harbor: {message}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the address is this program's output")]
async fn run(arguments: Arguments) -> Result<(), String> {
    let seed = arguments.seed.as_deref().map(seed).transpose()?;
    let tls = match (&arguments.cert, &arguments.key) {
        (Some(cert), Some(key)) => Some((text(cert)?, text(key)?)),
        _ => None,
    };
    let options = Options { listen: arguments.listen, version: arguments.harbor_version, tls };
    let harbor = FakeHarbor::start(options).await.map_err(|error| error.to_string())?;
    if let Some(seed) = seed {
        harbor.edit(|world| seed.plant(world));
    }
    println!("{}", serde_json::json!({ "url": harbor.url() }));
    harbor.serve().await.map_err(|error| error.to_string())
}

fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn seed(path: &Path) -> Result<Seed, String> {
    serde_json::from_str(&text(path)?).map_err(|error| format!("{}: {error}", path.display()))
}
