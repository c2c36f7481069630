//! How far a walk is, drawn on a terminal while somebody waits for it, and nowhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// What is drawn when it is known how many repositories there are, and before.
const BAR: &str = "{msg} [{bar:40}] {pos} of {len} repositories, {eta} left";
const SPINNER: &str = "{spinner} {msg}, {pos} repositories";

/// How often the spinner moves.
const TICK: Duration = Duration::from_millis(120);

/// A bar on standard error; nothing is drawn when that is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner().with_style(style(SPINNER, ProgressStyle::default_spinner));
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// Draws where the walk is now.
    pub(super) fn show(&self, spaces: u64, repositories: u64, of: Option<u64>) {
        self.0.set_message(format!("{spaces} spaces"));
        if let Some(all) = of.filter(|all| *all > 0) {
            if self.0.length().is_none() {
                self.0.set_style(style(BAR, ProgressStyle::default_bar));
            }
            self.0.set_length(all.max(repositories));
        }
        self.0.set_position(repositories);
    }
}

impl Drop for Progress {
    /// Leaves the line to what is told in the end.
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str, otherwise: impl FnOnce() -> ProgressStyle) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| otherwise())
}
