import type { NamedSubscriptionInput, SubscriptionChange } from "@triggers/client";
import { OperatorError } from "../../domain/errors.ts";
import { given } from "../arguments/given.ts";
import { readJsonInput } from "../arguments/read-json-input.ts";
import { typeFilter } from "./type-filter.ts";

/** What a subscription is to be like. */
export interface InputOptions {
  /** A JSON object with whatever the API takes; options go before it. */
  readonly input?: string;
  /** URL of a webhook; without it, it is an inbox. */
  readonly to?: string;
  readonly type?: readonly string[];
  readonly filter?: Record<string, unknown>;
  readonly format?: "event" | "payload" | "cloudevents";
  readonly header?: readonly string[];
  readonly timeout?: number;
  readonly rate?: number;
  readonly inFlight?: number;
  readonly maxAttempts?: number;
  readonly ordered?: true;
  readonly onDead?: "park" | "skip";
  readonly label?: readonly string[];
  readonly startFrom?: string;
  readonly expires?: string;
}

/** The server judges what it is. */
export async function readInput(options: InputOptions): Promise<NamedSubscriptionInput> {
  const { base, parts } = await readParts(options);
  const { ordered, onDead: on_dead, startFrom: start_from } = options;
  const isWebhook = "webhook" in parts || "webhook" in base;
  const channel = isWebhook ? "webhook" : "inbox";
  return { channel, ...base, ...parts, ...given({ ordered, on_dead, start_from }) } as NamedSubscriptionInput;
}

export async function readChange(
  options: InputOptions & { readonly name?: string; readonly matches?: "unmatched" | "all" | "none" },
): Promise<SubscriptionChange> {
  const { base, parts } = await readParts(options);
  const { name, matches } = options;
  const change = { ...base, ...parts, ...given({ name, matches }) };
  if (Object.keys(change).length === 0)
    throw new OperatorError("Say what to change; --help shows the options.");
  return change as SubscriptionChange;
}

async function readParts(options: InputOptions) {
  const { format, timeout: timeout_seconds, rate: rate_per_second, inFlight: max_in_flight } = options;
  const { label: labels, expires: expires_at, maxAttempts: max_attempts, to: url } = options;
  const base = options.input === undefined ? {} : await readJsonInput(options.input);
  const headers = readHeaders(options.header);
  const webhook = given({ url, format, headers, timeout_seconds, rate_per_second, max_in_flight });
  const filter = typeFilter(options.type, options.filter);
  const parts = {
    ...given({ filter, labels, expires_at }),
    ...(Object.keys(webhook).length === 0 ? {} : { webhook: { ...objectOf(base.webhook), ...webhook } }),
    ...(max_attempts === undefined ? {} : { retry: { ...objectOf(base.retry), max_attempts } }),
  };
  return { base, parts };
}

function objectOf(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function readHeaders(lines: readonly string[] | undefined): Record<string, string> | undefined {
  if (lines === undefined) return undefined;
  const entries = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    if (colon < 1) throw new OperatorError("Give a header as `Name: value`.");
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return Object.fromEntries(entries);
}
