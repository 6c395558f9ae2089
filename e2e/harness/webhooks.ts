import { expectStatus } from "./calls.ts";
import type { BatchAnswer, Client, Page } from "./client.ts";
import { type Program, type ProgramOptions, startProgram } from "./start-program.ts";

export interface SubscriptionView {
  readonly id: string;
  readonly name: string | null;
  readonly state: string;
  readonly state_reason: string | null;
  readonly effective_at: string;
  /** Only when it is made. */
  readonly secret?: string;
}

export interface DeliveryView {
  readonly id: string;
  readonly event_id: string;
  readonly subscription_id: string;
  readonly state: "pending" | "blocked" | "leased" | "acknowledged" | "dead" | "cancelled";
  readonly state_reason: string | null;
  readonly attempt: number;
  readonly due_at: string;
  readonly settled_at: string | null;
}

export interface AttemptView {
  readonly number: number;
  readonly started_at: string;
  readonly duration_ms: number;
  readonly status_code: number | null;
  readonly error_code: string | null;
  readonly response_excerpt: string | null;
}

/** The most that one batch takes. */
const BATCH = 1_000;

/** The program with leave to push to loopback, and without a rate limit. */
export function startPushing({ env, ...options }: ProgramOptions = {}): Promise<Program> {
  const pushing = { TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8", TRIGGERS_RATE_LIMIT: "0" };
  return startProgram({ ...options, env: { ...pushing, ...env } });
}

/** Makes a webhook subscription; `webhook` stands beside its URL, `more` beside it. */
export async function subscribe(
  client: Client,
  url: string,
  { webhook = {}, ...more }: { readonly webhook?: object; readonly [field: string]: unknown } = {},
): Promise<SubscriptionView> {
  const body = { channel: "webhook", webhook: { url, ...webhook }, ...more };
  return expectStatus(await client.send<SubscriptionView>("POST", "/v1/subscriptions", { body }), 201);
}

/** A subscription as it is after one of its verbs: `pause`, `resume`, … */
export async function turn(client: Client, { id }: { readonly id: string }, verb: string) {
  return expectStatus(await client.send<SubscriptionView>("POST", `/v1/subscriptions/${id}/${verb}`), 200);
}

/** Accepts any number of events in batches, in their order; gives their ids. */
export async function postEvents(client: Client, events: readonly object[]): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < events.length; from += BATCH) {
    const body = { events: events.slice(from, from + BATCH) };
    const answer = expectStatus(await client.send<BatchAnswer>("POST", "/v1/events/batch", { body }), 200);
    if (answer.failed > 0) throw new Error(`Not all were accepted: ${JSON.stringify(answer)}`);
    ids.push(...answer.results.map(({ event_id }) => event_id));
  }
  return ids;
}

/** All pages of a list. */
export async function readAll<T>(client: Client, path: string): Promise<T[]> {
  const all: T[] = [];
  const joined = `${path}${path.includes("?") ? "&" : "?"}limit=1000`;
  for (let cursor = ""; ; ) {
    const { data, next_cursor } = expectStatus(await client.send<Page<T>>("GET", joined + cursor), 200);
    all.push(...data);
    if (next_cursor === null) return all;
    cursor = `&cursor=${next_cursor}`;
  }
}

export function readDeliveries(
  client: Client,
  { id }: { readonly id: string },
  query = "",
): Promise<DeliveryView[]> {
  return readAll<DeliveryView>(client, `/v1/deliveries?subscription_id=${id}${query}`);
}

/** How many stand in each state. */
export function countStates(deliveries: readonly DeliveryView[]): Partial<Record<string, number>> {
  const counts: Partial<Record<string, number>> = {};
  for (const { state } of deliveries) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
