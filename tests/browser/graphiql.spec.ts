// GraphiQL as somebody meets it who has the address, and perhaps a token.

import { expect, test, type Product } from "./product";
import type { Page } from "@playwright/test";

async function offer(page: Page, token: string): Promise<void> {
  await page.getByLabel("API token").fill(token);
  await page.getByRole("button", { name: "Open" }).click();
}

async function open(page: Page, product: Product): Promise<void> {
  await page.goto(`${product.origin}/graphiql`);
  await offer(page, product.token);
  await expect(page.getByText("Signed in as admin")).toBeVisible();
}

test("a wrong token is refused in words, and loads no editor", async ({ page, product }) => {
  const scripts: string[] = [];
  page.on("request", (request) => scripts.push(request.url()));
  await page.goto(`${product.origin}/graphiql`);
  await offer(page, "whf_wrong");
  await expect(page.getByRole("alert")).toContainText("does not know this token");
  await expect(page.locator(".graphiql-container")).toHaveCount(0);
  expect(scripts.filter((url) => /editor|monaco/.test(url))).toEqual([]);
});

test("the right token opens the editor, and a typed query is answered", async ({ page, product }) => {
  const introspected = page.waitForResponse(
    (response) => response.url().endsWith("/graphql") && (response.request().postData() ?? "").includes("__schema"),
  );
  await open(page, product);
  const answer = await (await introspected).json();
  expect(answer.errors, "the API lets its schema be read").toBeUndefined();
  const editor = page.locator(".graphiql-query-editor .monaco-editor").first();
  const result = page.locator(".result-window");
  // The button is there before the two editors are, and does nothing until then.
  await expect(editor).toBeVisible();
  await expect(result.locator(".monaco-editor").first()).toBeVisible();
  await page.getByRole("button", { name: /execute query/i }).click();
  await expect(result).toContainText('"name": "admin"');

  await editor.click();
  await page.keyboard.press("Control+A");
  // Without the closing braces: the editor adds them, as it does for everybody who types.
  await page.keyboard.type("{ asked: viewer { platformRole");
  // Run from the keyboard: the list of completions comes when the worker has it, at any time after the typing, and lies
  // over the button.
  await page.keyboard.press("Control+Enter");
  await expect(result).toContainText('"asked": {');
  await expect(result).toContainText('"data": {');
  await expect(result).not.toContainText("errors");
});

test("nothing of the token is kept, and signing out forgets it", async ({ page, product }) => {
  await open(page, product);
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  expect(kept).not.toContain(product.token);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByLabel("API token")).toHaveValue("");
  await expect(page.locator(".graphiql-container")).toHaveCount(0);
});

test("the page and its files have the headers that protect them", async ({ request, product }) => {
  const page = await request.get(`${product.origin}/graphiql`);
  const text = await page.text();
  expect(page.headers()).toMatchObject({
    "cache-control": "no-store",
    "content-type": "text/html; charset=utf-8",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  });
  const policy = page.headers()["content-security-policy"];
  expect(policy).toContain("default-src 'none'; script-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(text).not.toMatch(/<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=/);

  const script = /src="(\/graphiql\/assets\/[^"]+\.js)"/.exec(text)?.[1];
  const asset = await request.get(`${product.origin}${script}`);
  expect(asset.headers()).toMatchObject({
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": "text/javascript; charset=utf-8",
    "x-content-type-options": "nosniff",
  });
  expect((await request.get(`${product.origin}/graphiql/assets/none.js`)).status()).toBe(404);
  expect((await request.post(`${product.origin}/graphiql`)).status()).toBe(405);
});
