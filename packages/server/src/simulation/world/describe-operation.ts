import { isRead, type Operation, type OperationName } from "./operations.ts";
import { EPOCH } from "./world.ts";

/** Rounds that come again and again; told only when they found something. */
const ROUNDS: ReadonlySet<OperationName> = new Set([
  "takeJob",
  "listExpired",
  "exhaustDeliveries",
  "listPlans",
  "nextDueAt",
  "renewShards",
  "listOwners",
  "claimShards",
  "readMatchSet",
  "readFeed",
  "readSubscriptionByName",
  "readKeys",
  "expireEvents",
  "forgetSubscriptions",
  "forgetCredentials",
  "forgetJobs",
  "expireKeys",
  "listProjects",
]);

/** What was asked and answered, for a person who replays a run; null: a round that found nothing. */
export function describeOperation({ name, args }: Operation, outcome: unknown): string | null {
  const found = describeValue(outcome);
  if (ROUNDS.has(name) && (isRead(name) || IDLE.has(found))) return null;
  return `${args.map(describeValue).join(" ")} → ${found}`;
}

const IDLE: ReadonlySet<string> = new Set(["null", "[]", "0", "{}"]);
const SHOWN_ITEMS = 4;

/** Fields that tell one row from another, shortened. */
function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return shorten(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof Uint8Array) return `<${value.byteLength}>`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, SHOWN_ITEMS).map(describeValue).join(", ");
    return value.length > SHOWN_ITEMS ? `[${shown}, … ${value.length}]` : `[${shown}]`;
  }
  return describeRow(value as Readonly<Record<string, unknown>>);
}

const SHOWN_FIELDS = [
  "outcome",
  "kind",
  "id",
  "eventId",
  "subscriptionId",
  "cause",
  "state",
  "attempt",
  "token",
  "leaseToken",
  "now",
  "until",
  "dueAt",
  "nextDueAt",
  "catchUpTo",
  "event",
  "job",
  "fence",
  "shards",
  "want",
  "position",
  "isPlanned",
  "isComplete",
  "verb",
  "delivery",
  "deliveries",
  "died",
  "settles",
  "subscriptions",
  "subscriptionIds",
  "items",
  "end",
];

function describeRow(row: Readonly<Record<string, unknown>>): string {
  const shown = SHOWN_FIELDS.filter((field) => row[field] !== undefined && row[field] !== null);
  return `{${shown.map((field) => `${field}:${describeField(field, row[field])}`).join(" ")}}`;
}

/** Times as seconds of the run. */
function describeField(field: string, value: unknown): string {
  const isTime = typeof value === "number" && value > 1_000_000_000_000;
  return isTime
    ? ((value - EPOCH) / 1_000).toFixed(3)
    : field === "event"
      ? describeValue(idOf(value))
      : describeValue(value);
}

function idOf(event: unknown): unknown {
  return typeof event === "object" && event !== null && "id" in event ? event.id : event;
}

/** An id's last characters tell it from others. */
function shorten(text: string): string {
  return text.length > 20 ? `…${text.slice(-8)}` : text;
}
