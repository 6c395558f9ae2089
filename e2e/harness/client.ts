import { Agent, type IncomingHttpHeaders, request } from "node:http";

export interface Answer<T = unknown> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** Parsed if the content type is JSON, else null. */
  readonly json: T;
}

export interface EventView {
  readonly id: string;
  readonly timestamp: string;
  readonly type: string | null;
  readonly subject: string | null;
  readonly ordering_key: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly status?: string | null;
}

export interface Accepted {
  readonly event_id: string;
  readonly status: string;
  readonly timestamp: string;
}

export interface BatchAnswer {
  readonly created: number;
  readonly replayed: number;
  readonly failed: number;
  readonly results: readonly {
    readonly outcome: string;
    readonly event_id: string;
    readonly error?: Problem;
  }[];
}

export interface Leased {
  readonly delivery_id: string;
  readonly lease_token: string;
  readonly lease_expires_at: string;
  readonly attempt: number;
  readonly event: EventView;
}

export interface Settled {
  readonly delivery_id: string;
  readonly outcome: string;
}

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

export interface Sent {
  /** Text and bytes go out as they are, anything else as JSON. */
  readonly body?: unknown;
  /** Null leaves a header out that the client would set. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** A caller with one key, over connections of its own that are kept open. */
export interface Client extends Disposable {
  /** Rejects if the connection breaks before the answer is complete. */
  send<T = unknown>(method: string, path: string, sent?: Sent): Promise<Answer<T>>;
}

/** Calls whatever `target.url` is at the time of each call. */
export function connect(target: { readonly url: string }, key: string | null, maxSockets = 64): Client {
  const agent = new Agent({ keepAlive: true, maxSockets });
  const authorization = key === null ? null : `Bearer ${key}`;
  return {
    [Symbol.dispose]: () => agent.destroy(),
    send: <T>(method: string, path: string, { body, headers = {} }: Sent = {}) => {
      const bytes = bytesOf(body);
      const sent = { authorization, ...(bytes === null ? {} : contentHeaders(bytes)), ...headers };
      const given = Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null));
      return new Promise<Answer<T>>((resolve, reject) => {
        const outgoing = request(`${target.url}${path}`, {
          method,
          agent,
          headers: given as IncomingHttpHeaders,
        });
        outgoing.on("error", reject);
        outgoing.on("response", (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const whole = Buffer.concat(chunks);
            const isJson = /[/+]json/.test(incoming.headers["content-type"] ?? "") && whole.length > 0;
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              bytes: whole,
              json: (isJson ? JSON.parse(whole.toString()) : null) as T,
            });
          });
        });
        outgoing.end(bytes);
      });
    },
  };
}

function bytesOf(body: unknown): Buffer | null {
  if (body === undefined) return null;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

function contentHeaders(bytes: Buffer): Record<string, string> {
  return { "content-type": "application/json", "content-length": String(bytes.length) };
}
