//! Runs Debian's `docker-registry` for a test: on a free port of the loopback, with its contents in a folder of its own,
//! and stopped when the test lets go of it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;

/// Where Debian installs the program.
const PROGRAM: &str = "/usr/bin/docker-registry";
/// The user whom a registry with a password knows.
pub const USER: &str = "reader";
/// The password of [`USER`].
pub const PASSWORD: &str = "correct horse";
/// bcrypt of [`PASSWORD`], at its lowest cost.
const HASH: &str = "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2";
/// So long a registry may take to listen, in tenths of a second.
const PATIENCE: u32 = 150;

/// A running registry.
pub struct DistributionRegistry {
    process: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl DistributionRegistry {
    /// A registry that anybody may read and write.
    pub async fn open() -> io::Result<Self> {
        Self::start(false).await
    }

    /// A registry that only [`USER`] may read and write, by Basic authentication.
    pub async fn with_password() -> io::Result<Self> {
        Self::start(true).await
    }

    async fn start(password: bool) -> io::Result<Self> {
        if !Path::new(PROGRAM).exists() {
            let message = format!("{PROGRAM} is missing: install Debian's package docker-registry");
            return Err(io::Error::new(io::ErrorKind::NotFound, message));
        }
        let folder = TempDir::new()?;
        let address = free_address()?;
        let config = configuration(folder.path(), address, password)?;
        let process = Command::new(PROGRAM)
            .arg("serve")
            .arg(config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(log(folder.path()))?)
            .spawn()?;
        let mut registry = Self { process, address, folder };
        registry.wait().await?;
        Ok(registry)
    }

    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its `host:port`, as image references carry it.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The id of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// The folder with everything that it has.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Copies a repository to other names in the registry's own folder, which is faster than pushing them.
    pub fn copy_repository(&self, from: &str, to: &[String]) -> io::Result<()> {
        let repositories = self.folder.path().join("contents/docker/registry/v2/repositories");
        to.iter().try_for_each(|name| copy(&repositories.join(from), &repositories.join(name)))
    }

    async fn wait(&mut self) -> io::Result<()> {
        for _ in 0..PATIENCE {
            if TcpStream::connect(self.address).await.is_ok() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                let said = std::fs::read_to_string(log(self.folder.path())).unwrap_or_default();
                return Err(io::Error::other(format!("docker-registry ended with {status}: {said}")));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "docker-registry does not listen"))
    }
}

impl Drop for DistributionRegistry {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn log(folder: &Path) -> PathBuf {
    folder.join("log")
}

fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

fn configuration(folder: &Path, address: SocketAddr, password: bool) -> io::Result<PathBuf> {
    let passwords = folder.join("passwords");
    std::fs::write(&passwords, format!("{USER}:{HASH}\n"))?;
    let auth = format!("auth: {{ htpasswd: {{ realm: test, path: {} }} }}\n", passwords.display());
    let text = format!(
        "version: 0.1\n\
         log: {{ level: error, accesslog: {{ disabled: true }} }}\n\
         storage: {{ filesystem: {{ rootdirectory: {} }}, delete: {{ enabled: true }} }}\n\
         http: {{ addr: \"{address}\" }}\n{}",
        folder.join("contents").display(),
        if password { &auth } else { "" },
    );
    let path = folder.join("config.yml");
    std::fs::write(&path, text)?;
    Ok(path)
}
