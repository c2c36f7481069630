// The real binary on a data directory of its own, for one test, and a page that fails the test on anything a page of this
// product must not do: ask another origin, break its policy, write an error to the console.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test as base, type Page } from "@playwright/test";

const ROOT = join(import.meta.dirname, "../..");
const TARGET = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");

/** A running server. */
export interface Product {
  origin: string;
  token: string;
}

async function start(directory: string): Promise<{ product: Product; server: ChildProcess }> {
  const data = join(directory, "data");
  const config = join(directory, "wharfinger.yaml");
  const listen = { listen: "127.0.0.1:0" };
  // No load balancer has to look elsewhere when this server stops.
  const shutdown = { delay: "0s" };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ data: { directory: data }, api: listen, webhook: listen, metrics: listen, shutdown }));
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("WHARFINGER_"));
  const options = { env: Object.fromEntries(kept), stdio: ["ignore", "ignore", "pipe"] as ["ignore", "ignore", "pipe"] };
  const server = spawn(join(TARGET, "debug/wharfinger"), ["serve", "--config", config], options);
  let log = "";
  server.stderr?.on("data", (text) => (log += text));
  const addresses = join(data, "addresses.json");
  await expect.poll(() => server.exitCode !== null || existsSync(addresses)).toBe(true);
  expect(server.exitCode, log).toBeNull();
  const origin = JSON.parse(readFileSync(addresses, "utf8")).api;
  // As an administrator makes one: with the first password, which becomes another.
  const password = join(directory, "password");
  writeFileSync(password, "a password of the tests");
  const person = ["--user", "admin", "--password-file", join(data, "admin-password"), "--new-password-file", password];
  const scopes = ["--scope", "bind,registry-admin,workspace-admin"];
  const place = ["--server", origin, "--to", join(directory, "token")];
  execFileSync(join(TARGET, "debug/wharfinger"), ["token", "create", "tests", ...person, ...scopes, ...place], { env: options.env });
  const token = readFileSync(join(directory, "token"), "utf8").trim();
  return { product: { origin, token }, server };
}

/** Collects what the page does wrong. */
function watch(page: Page, origin: string, wrong: string[]): void {
  page.on("request", (request) => {
    const url = new URL(request.url());
    const own = url.origin === origin || url.protocol === "data:" || url.protocol === "blob:";
    if (!own) wrong.push(`asked another origin: ${url}`);
  });
  page.on("console", (message) => {
    // Chromium reports every answer of 401 as an error of the console; a test that causes one expects it.
    const refused = message.text().includes("401") && message.location().url === `${origin}/graphql`;
    if (message.type() === "error" && !refused) wrong.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("pageerror", (error) => wrong.push(`uncaught: ${error}`));
}

export const test = base.extend<{ product: Product }>({
  product: async ({ page }, use) => {
    const directory = mkdtempSync(join(tmpdir(), "wharfinger-browser-"));
    const { product, server } = await start(directory);
    const wrong: string[] = [];
    watch(page, product.origin, wrong);
    await page.exposeFunction("violated", (what: string) => wrong.push(`policy: ${what}`));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        (window as unknown as { violated: (what: string) => void }).violated(
          `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`,
        );
      });
    });
    await use(product);
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
    rmSync(directory, { recursive: true, force: true });
    expect(wrong, "what the page did that no page may").toEqual([]);
  },
});

export { expect };
