// GraphiQL itself, with its editor and workers; a chunk of its own, which only somebody with a token loads.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";

import { ENDPOINT, headers } from "./api";

/** What the door hands over. */
export interface Session {
  token: string;
  viewer: string;
  signOut: () => void;
}

const WELCOME = `# Ctrl-Enter runs the query; Ctrl-Space completes a name.
{
  viewer {
    user {
      name
    }
  }
}
`;

// Queries and headers of one person are not kept in the browser for the next.
const nothing = { getItem: () => null, setItem() {}, removeItem() {}, clear() {}, length: 0 };

function Inside({ token, viewer, signOut }: Session) {
  const fetcher = createGraphiQLFetcher({ url: ENDPOINT, headers: headers(token), enableIncrementalDelivery: false });
  return (
    <>
      <header id="bar">
        <p>
          Signed in as <strong>{viewer}</strong>
        </p>
        <button id="sign-out" type="button" onClick={signOut}>
          Sign out
        </button>
      </header>
      <div id="editor">
        <GraphiQL fetcher={fetcher} storage={nothing} defaultQuery={WELCOME} shouldPersistHeaders={false} />
      </div>
    </>
  );
}

export function mount(root: HTMLElement, session: Session): void {
  createRoot(root).render(<Inside {...session} />);
}
