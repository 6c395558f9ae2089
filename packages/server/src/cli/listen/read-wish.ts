import { OperatorError } from "../../domain/errors.ts";
import { parseNetworks } from "../../domain/judge-address.ts";
import { judgeUrl } from "../../domain/judge-url.ts";
import type { ConnectionOptions } from "../connection/connect.ts";
import { typeFilter } from "../subscriptions/type-filter.ts";
import { inboxNameFor } from "./inbox-name.ts";

/** The options of `triggers listen` as commander gives them. */
export interface ListenOptions extends ConnectionOptions {
  readonly forward?: string;
  readonly type?: readonly string[];
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly since?: "now" | "earliest";
  /** Seconds. */
  readonly timeout: number;
  readonly keep: boolean;
  readonly printSecret?: true;
}

export interface ListenWish {
  readonly url: string;
  readonly name: string;
  /** The user chose it: it may be an inbox made for something else. */
  readonly isNamed: boolean;
  /** EventBridge pattern; null: everything. */
  readonly filter: Readonly<Record<string, unknown>> | null;
  /** Null: not said. */
  readonly since: "now" | "earliest" | null;
  readonly timeoutMs: number;
  readonly keep: boolean;
}

/** The program is the user's own, on whatever network: nothing is closed. */
export const ANY_NETWORK: readonly string[] = ["0.0.0.0/0", "::/0"];

export function readWish(options: ListenOptions): ListenWish {
  const url = readUrl(options.forward);
  return {
    url,
    name: options.name ?? inboxNameFor(url),
    isNamed: options.name !== undefined,
    filter: readFilter(options),
    since: options.since ?? null,
    timeoutMs: options.timeout * 1_000,
    keep: options.keep,
  };
}

function readUrl(forward: string | undefined): string {
  if (forward === undefined)
    throw new OperatorError(
      "Say where the events are to go, as in --forward http://127.0.0.1:9000/hook (or --print-secret alone).",
    );
  const judgement = judgeUrl(forward, parseNetworks(ANY_NETWORK));
  if (judgement.outcome === "refused") throw new OperatorError(`--forward: ${judgement.detail}`);
  return forward;
}

/** Without any word about it: everything. */
function readFilter({ type, filter }: ListenOptions): ListenWish["filter"] {
  const whole = typeFilter(type, filter) ?? {};
  return Object.keys(whole).length === 0 ? null : whole;
}
