import type { Triggers, TriggersOptions } from "@triggers/client";

/** Where a server is if nothing else is said. */
export const DEFAULT_URL = "http://127.0.0.1:8080";

/** What every command that speaks to a server takes. */
export interface ConnectionOptions {
  readonly profile?: string;
  readonly url?: string;
  readonly apiKey?: string;
  readonly json?: true;
}

export interface Connection {
  readonly triggers: Triggers;
  readonly url: string;
  readonly apiKey: string;
  /** For people: where URL and key came from. */
  readonly origin: string;
}

/** How patient the client is. */
export type Patience = Omit<TriggersOptions, "baseUrl" | "apiKey">;
