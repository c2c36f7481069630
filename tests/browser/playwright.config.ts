// Drives Debian's Chromium: the version that the platform's packages bring, and no download of another.

import { defineConfig } from "@playwright/test";

const QUIET = ["disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update", "disable-sync"];

// Chromium's sandbox does not work for the superuser, as whom containers of CI often run.
const sandbox = process.getuid?.() === 0 ? ["no-sandbox"] : [];

export default defineConfig({
  testDir: ".",
  workers: 1,
  // Ends what hangs, and nothing else: a cold browser that shares a core with other work takes a minute to load the editor.
  timeout: 300_000,
  expect: { timeout: 120_000 },
  forbidOnly: true,
  retries: 0,
  reporter: [["list"]],
  outputDir: "test-results",
  use: {
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [...QUIET, ...sandbox].map((name) => `--${name}`),
    },
  },
});
