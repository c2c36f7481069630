//! The command line: starts the server, reads image references offline, and does the main job against a running server.
//! It ends with 0 when all is done, 1 when the server refuses or denies, and 2 when it was called wrongly or the server
//! cannot be reached.

mod admin;
mod binding;
mod check;
mod client;
mod database;
mod image;
mod namespace;
mod output;
mod picker;
mod progress;
mod registry;
mod rekey;
mod snapshot;
mod token;
mod workspace;

use std::ffi::OsString;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use self::client::{Client, ClientArgs};
use self::output::Format;
use crate::config::{self, Config, Environment};

/// Decides which private container images which namespace of a Kubernetes platform may use.
#[derive(Debug, Parser)]
#[command(name = "wharfinger", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server.
    Serve(ServeArgs),
    /// Copy the database of a server on this machine to a file, also while it serves.
    Backup(database::Backup),
    /// Put a backup in the place of the database of a server on this machine; one that serves goes over to it at once.
    Restore(database::Restore),
    /// Bring the tables of the server's database up to date, as the server itself does when it starts.
    Migrate(database::Migrate),
    /// Make the data key of this machine the one of the database, when the key it had is lost.
    AdoptDataKey(database::AdoptDataKey),
    /// Seal the credentials in the server's database with another data key.
    Rekey(rekey::Rekey),
    /// The administrator of the first start, on the machine of the server's database.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Read image references as the kubelet does, without a server.
    #[command(subcommand)]
    Image(image::Command),
    /// Print the GraphQL schema.
    Schema,
    /// What can be configured.
    #[command(subcommand, hide = true)]
    Config(ConfigCommand),
    /// Registries: integrate, change, walk, list and remove them.
    Registry(Group<registry::Command>),
    /// Workspaces: create and list them.
    Workspace(Group<workspace::Command>),
    /// Namespaces: put them into workspaces and list them.
    Namespace(Group<namespace::Command>),
    /// Bind spaces to workspaces, every space to every workspace that is named.
    Bind(One<binding::Bind>),
    /// Take bindings of spaces to workspaces away.
    Unbind(One<binding::Unbind>),
    /// List the images that a namespace may use.
    Images(One<picker::Images>),
    /// Say whether a namespace may use an image, and why; ends with 1 when a pod with it would be denied.
    Explain(One<picker::Explain>),
    /// Decide the images of manifests as the webhook would decide pods with them, by an exported snapshot or the server's;
    /// ends with 1 when a pod would be denied, and with 2 when something could not be read or decided.
    Check(One<check::Check>),
    /// Tokens of the API: make, list and revoke them.
    Token(Group<token::Command>),
    /// Snapshots: export what decisions need.
    Snapshot(Group<snapshot::Command>),
}

#[derive(Debug, Args)]
struct ServeArgs {
    /// The configuration file [default: that of `WHARFINGER_CONFIG`, else none].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print all keys, as in docs/configuration.md.
    Reference,
}

/// Commands about one noun.
#[derive(Debug, Args)]
struct Group<C: Subcommand> {
    #[command(flatten)]
    client: ClientArgs,
    #[command(subcommand)]
    command: C,
}

/// A command that is one verb.
#[derive(Debug, Args)]
struct One<C: Args> {
    #[command(flatten)]
    client: ClientArgs,
    #[command(flatten)]
    command: C,
}

/// Why a command did not do what it was asked for; the words go to standard error.
#[derive(Debug)]
enum Failure {
    /// The server refuses or denies.
    Refused(String),
    /// The command cannot be carried out as it was given, or the server cannot be reached.
    Unusable(String),
    /// Nobody reads the output any more.
    Unread,
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Unusable(error.to_string()),
        }
    }
}

/// Nobody need read what is printed where the exit code is the answer.
fn read_or_not(printed: io::Result<()>) -> Result<(), Failure> {
    match printed {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Does what the arguments say, the program's name first. `serve` starts the server and returns when it has stopped.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    serve: impl FnOnce(Config) -> anyhow::Result<()>,
) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let (code, words) = match perform(cli.command, environment, serve) {
        Ok(()) | Err(Failure::Unread) => return ExitCode::SUCCESS,
        Err(Failure::Refused(words)) => (1, words),
        Err(Failure::Unusable(words)) => (2, words),
    };
    if !words.is_empty() {
        let _ = writeln!(io::stderr().lock(), "{words}");
    }
    ExitCode::from(code)
}

fn perform(
    command: Command,
    environment: &Environment,
    serve: impl FnOnce(Config) -> anyhow::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match command {
        Command::Serve(arguments) => {
            let config = Config::load(arguments.config.as_deref(), environment)
                .map_err(|error| Failure::Unusable(error.to_string()))?;
            drop(out);
            return serve(config).map_err(|error| Failure::Unusable(format!("{error:#}")));
        }
        Command::Backup(command) => command.run(environment, &mut out)?,
        Command::Restore(command) => command.run(environment, &mut out)?,
        Command::Migrate(command) => command.run(environment, &mut out)?,
        Command::AdoptDataKey(command) => command.run(environment, &mut out)?,
        Command::Rekey(command) => command.run(environment, &mut out)?,
        Command::Admin(command) => command.run(environment, &mut out)?,
        Command::Image(command) => command.run(&mut out)?,
        Command::Schema => write!(out, "{}", wharfinger_graphql::sdl())?,
        Command::Config(ConfigCommand::Reference) => write!(out, "{}", config::reference())?,
        command => ask(command, environment, &mut out)?,
    }
    Ok(out.flush()?)
}

/// The commands that ask a server.
fn ask(command: Command, environment: &Environment, out: &mut impl Write) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = |arguments: &ClientArgs| Client::new(arguments, environment);
    runtime.block_on(async {
        match command {
            Command::Registry(it) => it.command.run(&client(&it.client)?, it.client.output, out).await,
            Command::Workspace(it) => it.command.run(&client(&it.client)?, it.client.output, out).await,
            Command::Namespace(it) => it.command.run(&client(&it.client)?, it.client.output, out).await,
            Command::Bind(it) => it.command.run(&client(&it.client)?, it.client.output, out).await,
            Command::Unbind(it) => it.command.run(&client(&it.client)?, it.client.output, out).await,
            Command::Images(it) => it.command.run(&client(&it.client)?, it.client.output, out).await,
            Command::Explain(it) => it.command.run(&client(&it.client)?, it.client.output, out).await,
            Command::Check(it) => it.command.run(&it.client, environment, out).await,
            Command::Token(it) => it.command.run(&it.client, environment, out).await,
            Command::Snapshot(it) => it.command.run(&client(&it.client)?, it.client.output, out).await,
            // The commands without a server are done already.
            Command::Serve(_)
            | Command::Backup(_)
            | Command::Restore(_)
            | Command::Migrate(_)
            | Command::AdoptDataKey(_)
            | Command::Rekey(_)
            | Command::Admin(_)
            | Command::Image(_)
            | Command::Schema
            | Command::Config(_) => Ok(()),
        }
    })
}

#[cfg(test)]
mod tests;
