import { createInterface } from "node:readline";
import type { Triggers } from "@triggers/client";
import { OperatorError } from "../../domain/errors.ts";
import { given } from "../arguments/given.ts";
import { type ConnectionOptions, connect } from "../connection/connect.ts";
import { makeOutput } from "../output/output.ts";

export type Verb = "ack" | "release" | "bury" | "extend";

export interface SettleOptions extends ConnectionOptions {
  readonly delay?: number;
  readonly reason?: string;
  /** Seconds, of an extension. */
  readonly for?: number;
}

interface Held {
  readonly delivery_id: string;
  readonly lease_token: string;
}

/** Settles the delivery that is named, or those that `inbox lease --json` wrote to standard input. */
export async function settleDeliveries(
  verb: Verb,
  named: readonly [string | undefined, string | undefined],
  options: SettleOptions,
): Promise<void> {
  const held = await readHeld(named);
  const { triggers } = await connect(options);
  const output = makeOutput(options);
  const results = await settle(triggers, verb, { held, options });
  for (const result of results) output.row(result, `${result.delivery_id}: ${wordsOf(result.outcome)}`);
  if (results.some(({ outcome }) => FAILED.has(outcome))) process.exitCode = 1;
}

const FAILED = new Set(["lease_lost", "not_found"]);

function wordsOf(outcome: string): string {
  if (outcome === "lease_lost") return "lease lost: it was leased again or settled, nothing was changed";
  return outcome.replaceAll("_", " ");
}

async function settle(
  { inbox }: Triggers,
  verb: Verb,
  { held, options }: { readonly held: readonly Held[]; readonly options: SettleOptions },
): Promise<readonly { readonly delivery_id: string; readonly outcome: string }[]> {
  const { delay: delay_seconds, reason, for: lease_seconds = 60 } = options;
  switch (verb) {
    case "ack":
      return await inbox.ack(held);
    case "release":
      return await inbox.release(held.map((one) => ({ ...one, ...given({ delay_seconds, reason }) })));
    case "bury":
      return await inbox.bury(held.map((one) => ({ ...one, ...given({ reason }) })));
    case "extend":
      return await inbox.extend(held.map((one) => ({ ...one, lease_seconds })));
  }
}

async function readHeld([delivery_id, lease_token]: readonly [
  string | undefined,
  string | undefined,
]): Promise<readonly Held[]> {
  if (delivery_id !== undefined && lease_token !== undefined) return [{ delivery_id, lease_token }];
  if (delivery_id !== undefined || process.stdin.isTTY)
    throw new OperatorError(
      "Give a delivery and its lease token, or send what `triggers inbox lease --json` wrote to standard input.",
    );
  const held: Held[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() !== "") held.push(heldOf(line, held.length + 1));
  }
  return held;
}

function heldOf(line: string, number: number): Held {
  try {
    const { delivery_id, lease_token }: Partial<Held> = JSON.parse(line);
    if (typeof delivery_id === "string" && typeof lease_token === "string")
      return { delivery_id, lease_token };
  } catch {
    // Told below.
  }
  throw new OperatorError(`Line ${number} has no \`delivery_id\` and \`lease_token\`. Nothing was settled.`);
}
