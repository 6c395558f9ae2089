import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  type CommandKind,
  type Delivery,
  type DeliveryCommand,
  POISON_TAKEOVERS,
  transition,
} from "./delivery.ts";
import { DELIVERY_STATES, type DeliveryState } from "./delivery-state.ts";

const root = new URL("../../../../", import.meta.url);
const readText = (path: string) => readFileSync(new URL(path, root), "utf8");
const document = readText("docs/delivery-states.md");

const NOW = 1_800_000_000_000;
const TOKEN = "lease.0";
const MAX_ATTEMPTS = 10;

/** Every command with each choice that may change its outcome. */
const COMMANDS: { readonly [K in CommandKind]: readonly Extract<DeliveryCommand, { kind: K }>[] } = {
  lease: [{ kind: "lease", token: "next.0", until: NOW + 9, maxAttempts: MAX_ATTEMPTS, countsAttempt: true }],
  acknowledge: withTokens((token) => ({ kind: "acknowledge", token, countsAttempt: false })),
  acknowledge_unheld: [{ kind: "acknowledge_unheld" }],
  release: withTokens((token) => ({
    kind: "release",
    token,
    dueAt: NOW + 9,
    reason: null,
    maxAttempts: MAX_ATTEMPTS,
    countsAttempt: false,
    isLate: false,
  })),
  bury: withTokens((token) => ({ kind: "bury", token, reason: null, countsAttempt: false })),
  extend: withTokens((token) => ({ kind: "extend", token, until: NOW + 9 })),
  exhaust: [{ kind: "exhaust", maxAttempts: MAX_ATTEMPTS }],
  give_up: [
    { kind: "give_up", reason: "gone" },
    { kind: "give_up", reason: "expired" },
  ],
  cancel: [{ kind: "cancel", reason: null }],
  redrive: [{ kind: "redrive" }],
  drop_subscription: [{ kind: "drop_subscription" }],
};

function withTokens<C>(make: (token: string) => C): readonly C[] {
  return [TOKEN, "other.0"].map(make);
}

/** Deliveries of one state with each difference that may change an outcome. */
function deliveriesIn(state: DeliveryState): Delivery[] {
  return [NOW, NOW + 1].flatMap((dueAt) =>
    [0, MAX_ATTEMPTS].flatMap((attempt) =>
      [0, POISON_TAKEOVERS - 1].map((takeovers) => ({ ...BARE, state, dueAt, attempt, takeovers })),
    ),
  );
}

const BARE: Omit<Delivery, "state" | "dueAt" | "attempt" | "takeovers"> = {
  projectId: "project",
  eventId: "event",
  subscriptionId: "subscription",
  cause: "live",
  stateReason: null,
  rank: 2,
  attemptBase: 0,
  leaseToken: TOKEN,
  leasedAt: NOW - 9,
  lane: null,
  bytes: 1,
  createdAt: NOW - 99,
  settledAt: null,
  expiresAt: NOW + 99,
};

function answersOf(state: DeliveryState, kind: CommandKind): string[] {
  const answers = new Set<string>();
  for (const delivery of deliveriesIn(state))
    for (const command of COMMANDS[kind]) {
      const result = transition(
        state === "pending" ? { ...delivery, leaseToken: null } : delivery,
        command,
        NOW,
      );
      answers.add(result.outcome === "changed" ? `→ ${result.delivery.state}` : result.outcome);
    }
  return [...answers].sort();
}

/** Rows of the table of the document, without its head. */
const rows = document
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("docs/delivery-states.md", () => {
  test("has a row for every command and a column for every state, in the order of the code", () => {
    expect(document).toContain(`| command | ${DELIVERY_STATES.join(" | ")} |`);
    expect(rows.map(([command]) => command)).toEqual(Object.keys(COMMANDS).map((kind) => `\`${kind}\``));
  });

  test.each(Object.keys(COMMANDS) as CommandKind[])("says what every state answers to %s", (kind) => {
    const [, ...cells] = rows.find(([command]) => command === `\`${kind}\``) ?? [];
    const written = cells.map((cell) => cell.split(", ").sort());
    expect(written).toEqual(DELIVERY_STATES.map((state) => answersOf(state, kind)));
  });

  test("numbers its invariants and names for each a test that exists", () => {
    const invariants = [...document.matchAll(/^- \*\*D(\d+)\*\* .+\n {2}`([^`]+)`: "(.+)"$/gm)];
    expect(invariants.length).toBe(document.match(/^- \*\*D/gm)?.length);
    expect(invariants.map(([, number]) => Number(number))).toEqual(invariants.map((_, index) => index + 1));
    const missing = invariants.filter(([, , path = "", title = ""]) => !hasTest(readText(path), title));
    expect(missing.map(([invariant]) => invariant)).toEqual([]);
  });
});

/** A title stands behind `test(` or, in a `test.each`, behind its table. */
function hasTest(text: string, title: string): boolean {
  return text
    .split(`"${title}"`)
    .slice(0, -1)
    .some((before) => /(?:\btest|\))\(\s*$/.test(before));
}
