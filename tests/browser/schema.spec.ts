// The published schema against that of the last release: what was removed or changed in its meaning for a client breaks
// somebody's program, and fails. What could surprise a client is printed, to be read in a review.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "@playwright/test";
import { buildSchema, findBreakingChanges, findDangerousChanges } from "graphql";

const ROOM = join(import.meta.dirname, "../../graphql");

function read(file: string): string {
  return readFileSync(join(ROOM, file), "utf8");
}

/** What of the second schema breaks a client of the first, and what could surprise one. */
function compare(before: string, after: string): { breaking: string[]; dangerous: string[] } {
  const [old, now] = [buildSchema(before), buildSchema(after)];
  const told = (changes: { type: string; description: string }[]) => changes.map((it) => `${it.type}: ${it.description}`);
  return { breaking: told(findBreakingChanges(old, now)), dangerous: told(findDangerousChanges(old, now)) };
}

test("nothing of the last release's schema is broken", () => {
  const { breaking, dangerous } = compare(read("released.graphql"), read("schema.graphql"));
  for (const change of dangerous) console.log(`since the last release, and worth a look: ${change}`);
  expect(breaking, "keep it, mark it @deprecated, and remove it two minor releases later").toEqual([]);
});

test("the comparison finds what breaks a client, and tells it from what only surprises one", () => {
  const before = `
    enum Colour { RED GREEN }
    input Filter { search: String }
    type Thing { id: ID! name: String! colour: Colour! size: Int! }
    type Query { thing(id: ID!, filter: Filter): Thing things(first: Int = 20): [Thing!]! }`;
  const after = `
    enum Colour { RED BLUE }
    input Filter { search: String!, exact: Boolean }
    type Thing { id: ID! colour: Colour! size: String! fresh: Boolean! }
    type Query { thing(id: ID!, filter: Filter, by: String!): Thing things(first: Int = 50): [Thing!] }`;
  const { breaking, dangerous } = compare(before, after);
  expect(breaking.map((change) => change.split(":")[0]).sort()).toEqual([
    "FIELD_CHANGED_KIND", // Filter.search must be sent
    "FIELD_CHANGED_KIND", // Thing.size is a text
    "FIELD_CHANGED_KIND", // Query.things may be null
    "FIELD_REMOVED", // Thing.name
    "REQUIRED_ARG_ADDED", // Query.thing(by:)
    "VALUE_REMOVED_FROM_ENUM", // GREEN
  ]);
  expect(dangerous.map((change) => change.split(":")[0]).sort()).toEqual([
    "ARG_DEFAULT_VALUE_CHANGE", // Query.things(first:)
    "OPTIONAL_INPUT_FIELD_ADDED", // Filter.exact
    "VALUE_ADDED_TO_ENUM", // BLUE
  ]);
  // What is only new breaks nobody and surprises nobody.
  const grown = before.replace("size: Int!", "size: Int! fresh: Boolean!").replace("type Query {", "type New { id: ID! } type Query { new: New");
  expect(compare(before, grown)).toEqual({ breaking: [], dangerous: [] });
});
