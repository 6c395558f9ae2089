/** How to reach a server. */
export interface TriggersOptions {
  /** Where the server is, such as `https://triggers.example.com`; a path in it stays. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** Default: the `fetch` of the platform. */
  readonly fetch?: typeof globalThis.fetch;
  /** Headers for every request, such as those a proxy asks for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For one attempt, besides the time a long poll waits. Default: 30,000. */
  readonly attemptTimeoutMs?: number;
  /** For a call with all its attempts. Default: 90,000. */
  readonly timeoutMs?: number;
  /** Attempts after the first one, on network errors, 429, 502, 503 and 504. Default: 6. */
  readonly maxRetries?: number;
  /** Before retry n a random part of `firstRetryMs` × 2ⁿ⁻¹ goes by, at most `longestRetryMs`, and never less than the server asked for. Default: 250. */
  readonly firstRetryMs?: number;
  /** Default: 20,000. */
  readonly longestRetryMs?: number;
}

/** What a single call may have otherwise than its client. */
export interface RequestOptions {
  /** The call rejects with its reason. */
  readonly signal?: AbortSignal;
  readonly attemptTimeoutMs?: number;
  readonly timeoutMs?: number;
  readonly maxRetries?: number;
  /** For instance `traceparent`, which is kept with an event and sent with its deliveries, or `x-request-id`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The options with their defaults. */
export interface Settings extends Required<Omit<TriggersOptions, "baseUrl" | "apiKey">> {
  /** Without a slash at its end. */
  readonly base: string;
  readonly authorization: string;
}

/** Checks the options. Its complaints show neither the key nor the address: both may hold secrets. */
export function readOptions(options: TriggersOptions): Settings {
  const { apiKey, baseUrl, fetch, ...more } = options;
  if (typeof apiKey !== "string" || !/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError("`apiKey` must be the key of a project: printable ASCII without spaces.");
  }
  return {
    base: readBase(baseUrl),
    authorization: `Bearer ${apiKey}`,
    // Called bare: browsers refuse their own `fetch` as a method of another object.
    fetch: fetch ?? ((input, init) => globalThis.fetch(input, init)),
    headers: more.headers ?? {},
    attemptTimeoutMs: more.attemptTimeoutMs ?? 30_000,
    timeoutMs: more.timeoutMs ?? 90_000,
    maxRetries: more.maxRetries ?? 6,
    firstRetryMs: more.firstRetryMs ?? 250,
    longestRetryMs: more.longestRetryMs ?? 20_000,
  };
}

function readBase(baseUrl: string): string {
  const url = parseUrl(baseUrl);
  const isSound =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === "";
  if (!isSound) {
    throw new TypeError(
      "`baseUrl` must be an http or https URL without credentials, query and fragment, such as https://triggers.example.com.",
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
