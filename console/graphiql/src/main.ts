// The door before GraphiQL: asks for a token, has the API prove it, and only then loads the editor. The token lives in this
// page's memory alone, so that nothing of it is left in the browser.

import { Refusal, prove } from "./api";
import type { Session } from "./editor";

const door = element("door");
const inside = element("inside");
const form = element("token-form") as HTMLFormElement;
const input = element("token") as HTMLInputElement;
const trouble = element("trouble");
const button = form.querySelector("button") as HTMLButtonElement;

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

async function open(token: string): Promise<void> {
  const viewer = await prove(token);
  const { mount } = await import("./editor");
  const session: Session = { token, viewer, signOut };
  door.hidden = true;
  inside.hidden = false;
  mount(inside, session);
}

// A new page is the surest way to forget: nothing that held the token outlives it.
function signOut(): void {
  location.reload();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  trouble.textContent = "";
  button.disabled = true;
  const token = input.value.trim();
  try {
    await open(token);
    input.value = "";
  } catch (error) {
    trouble.textContent = error instanceof Refusal ? error.message : "GraphiQL could not be loaded. Reload the page.";
    if (!(error instanceof Refusal)) console.error(error);
    input.select();
  } finally {
    button.disabled = false;
  }
});

input.focus();
