//! Ends a process together with this one, however this one ends: what a static holds is never dropped, and a test run that is
//! killed drops nothing.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Waits for the end of its standard input, which comes when the process at the other end is gone, and then ends the other
/// process and removes its folder. A Ctrl-C reaches everybody on the terminal, this one too, which has work to do yet.
const SCRIPT: &str = r#"trap "" INT TERM HUP; cat >/dev/null; kill -9 "$1"; rm -rf "$2""#;

/// Holds a process. When it is dropped it lets go of it: then nothing happens at the end.
pub(crate) struct Leash(Child);

impl Leash {
    /// Ends the process with this id, and removes the folder that it works in, when this process ends.
    pub(crate) fn hold(process: u32, folder: &Path) -> Self {
        let child = Command::new("sh")
            .args(["-c", SCRIPT, "leash", &process.to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        Self(child)
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        // It may have been killed from outside; then it holds nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
