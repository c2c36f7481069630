//! A throw-away PostgreSQL server for the tests of one binary, and a schema of its own for each test. The server is the one
//! that is installed here, runs as an unprivileged user on files that go with this process, and has no use for safety.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::leash::Leash;

/// The user `nobody`, as whom the server runs when this process is root's: it refuses to be root itself.
const NOBODY: u32 = 65_534;

/// How long a server may take to start, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_mins(1);

/// The address of a new, empty schema on the server of this process.
pub(crate) fn url() -> String {
    server().schema()
}

/// The server of this process.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

/// The schema of an address that [`Server::schema`] gave.
pub(crate) fn schema(url: &str) -> &str {
    url.rsplit_once("%3D").map(|(_, schema)| schema).expect("the address names a schema")
}

/// A server.
pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    port: String,
    settings: Vec<String>,
    running: Mutex<Option<Running>>,
}

/// Its process, which ends with this one.
struct Running {
    process: Child,
    _leash: Leash,
}

impl Server {
    /// Starts a server that listens on a socket.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| Vec::new())
    }

    /// Starts a server, with settings (`name=value`) beside those that every one has, which may need files in its folder.
    pub(crate) fn start_with(settings: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("pg").tempdir().expect("a folder").keep();
        if is_root(&folder) {
            chown(&folder, Some(NOBODY), Some(NOBODY)).expect("the folder becomes another user's");
        }
        let made = unprivileged(&programs.join("initdb"), &folder)
            .args(["--username=wharfinger", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(folder.join("data"))
            .output()
            .expect("initdb runs");
        assert!(made.status.success(), "initdb failed:\n{}", String::from_utf8_lossy(&made.stderr));
        let settings = settings(&folder);
        let port = settings.iter().find_map(|setting| setting.strip_prefix("port=")).unwrap_or("5432").to_owned();
        let server = Self { programs, folder, port, settings, running: Mutex::new(None) };
        server.resume();
        server
    }

    /// Starts it on what it has, and waits until it answers.
    pub(crate) fn resume(&self) {
        let mut command = unprivileged(&self.programs.join("postgres"), &self.folder);
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder).args(["-h", ""]);
        // Nothing is left behind when it is killed.
        let own = ["fsync=off", "max_connections=500", "dynamic_shared_memory_type=mmap"].map(str::to_owned);
        for setting in own.iter().chain(&self.settings) {
            command.arg("-c").arg(setting);
        }
        let log = std::fs::File::create(self.folder.join("log")).expect("a log");
        let process = command.stdout(Stdio::null()).stderr(log).spawn().expect("postgres runs");
        let leash = Leash::hold(process.id(), &self.folder);
        *self.running.lock().expect("nobody panicked") = Some(Running { process, _leash: leash });
        self.wait();
    }

    /// Ends it without a word to those who are connected.
    pub(crate) fn stop(&self) {
        let Some(mut running) = self.running.lock().expect("nobody panicked").take() else { return };
        let asked = Command::new("kill").args(["-QUIT", &running.process.id().to_string()]).status();
        assert!(asked.expect("kill runs").success());
        running.process.wait().expect("it ends");
    }

    /// The address of a new, empty schema.
    pub(crate) fn schema(&self) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.run(&format!("CREATE SCHEMA {name}")).unwrap_or_else(|error| panic!("no schema: {error}"));
        let socket = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://wharfinger@{socket}/postgres?options=-c%20search_path%3D{name}")
    }

    /// Runs a statement from outside; the error is what the server said.
    pub(crate) fn run(&self, sql: &str) -> Result<(), String> {
        let ran = Command::new(self.programs.join("psql"))
            .arg("-h")
            .arg(&self.folder)
            .args(["-p", &self.port, "-U", "wharfinger", "-d", "postgres", "-X", "-q", "-c", sql])
            .output()
            .expect("psql runs");
        if ran.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
    }

    fn wait(&self) {
        let began = Instant::now();
        while let Err(error) = self.run("SELECT 1") {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(began.elapsed() < PATIENCE, "the database server does not start: {error}\n{}", log());
            #[expect(clippy::disallowed_methods, reason = "nothing else waits for the thread of a test")]
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The folder of PostgreSQL's programs: Debian keeps those of the server out of the path.
fn programs() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "a test looks for a program of the machine it runs on")]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders = versions.map(|version| version.path().join("bin")).chain(std::env::split_paths(&path));
    let whole = |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).exists());
    folders.find(whole).unwrap_or_else(|| {
        panic!(
            "PostgreSQL is not installed: no folder in PATH or below /usr/lib/postgresql has initdb, postgres and psql. \
             Install its server to run these tests"
        )
    })
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(Some(running)) = self.running.get_mut() {
            let _ = running.process.kill();
            let _ = running.process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn is_root(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|made| made.uid() == 0)
}

/// A program, to be run as another user when this process is root's.
fn unprivileged(program: &Path, folder: &Path) -> Command {
    let owner = std::fs::metadata(folder).expect("the folder is there").uid();
    if owner != NOBODY {
        let mut command = Command::new(program);
        command.current_dir(folder);
        return command;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program).current_dir(folder);
    command
}
