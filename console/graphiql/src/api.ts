// How this page speaks with the API: POST to its own origin, with the token in a header and never a cookie.

export const ENDPOINT = "/graphql";

/** Why the API did not let a token in, in words for the person who typed it. */
export class Refusal extends Error {}

export function headers(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

/** Asks the API who the token belongs to; throws a Refusal that says what is wrong. */
export async function prove(token: string): Promise<string> {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Refusal("A token has no blanks and no letters with accents. Copy it again.");
  const response = await ask(token);
  if (response.status === 401) throw new Refusal("The server does not know this token. Check that you copied all of it.");
  const answer = await response.json().catch(() => null);
  const name = answer?.data?.viewer?.user?.name;
  if (typeof name !== "string") throw new Refusal(`The server did not say whose token this is (HTTP ${response.status}).`);
  return name;
}

async function ask(token: string): Promise<Response> {
  const body = JSON.stringify({ query: "{ viewer { user { name } } }" });
  const request = { method: "POST", headers: { ...headers(token), "Content-Type": "application/json" }, body };
  try {
    return await fetch(ENDPOINT, { ...request, credentials: "omit" });
  } catch {
    throw new Refusal("The server cannot be reached. Try again.");
  }
}
