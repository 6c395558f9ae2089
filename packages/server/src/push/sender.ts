import type { AttemptResult } from "../domain/attempt-result.ts";
import type { Lookup } from "./guard-address.ts";

/** Where a request goes. Made once for a URL, see `targetOf`. */
export interface Target {
  readonly origin: string;
  readonly path: string;
}

export interface WebhookRequest {
  readonly target: Target;
  /** Names and values in turn. `host`, `content-length` and `connection` are written here. */
  readonly headers: string[];
  readonly body: Uint8Array;
  /** From the call to the end of the answer, waiting for a connection included. */
  readonly timeoutMs: number;
}

export interface Sender {
  /**
   * One POST, one result, never a rejection. Redirects are answers like others. Nothing is sent to an address that is neither public nor allowed, and nothing is decompressed. An answer is read up to 64 KiB, then its
   * connection is closed.
   */
  send(request: WebhookRequest): Promise<AttemptResult>;
  /** Requests that have no result yet. */
  running(): number;
  /** Origins with a connection, or about to have one. */
  origins(): number;
  /** Ends those that run (`stopped`) and closes all connections. */
  close(): Promise<void>;
}

export interface SenderOptions {
  /** CIDRs that may be reached besides the public internet. */
  readonly allowNetworks: readonly string[];
  /** For name, TCP and TLS together. */
  readonly connectTimeoutMs?: number;
  /** How late a deadline may be. */
  readonly sweepMs?: number;
  /** Certificate authorities in PEM form instead of those that Node trusts. */
  readonly ca?: string;
  /** Instead of the system's. */
  readonly lookup?: Lookup;
}

/** Origin and path of a URL that `judgeUrl` has let pass. */
export function targetOf(url: string): Target {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
}
