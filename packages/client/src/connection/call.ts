import type { RequestOptions } from "./read-options.ts";
import { type Answer, type SendRequest, textOf, type Wish } from "./send-request.ts";
import { TriggersError } from "./triggers-error.ts";

/** An operation of docs/openapi.json, as the generated types have it. */
export interface Operation {
  readonly url: string;
  readonly path?: unknown;
  readonly query?: unknown;
  readonly body?: unknown;
}

/** A call of an operation; what is not in its description does not compile. */
export interface Calling<O extends Operation> {
  readonly method: Wish["method"];
  readonly url: O["url"];
  readonly path?: O["path"] | undefined;
  readonly query?: O["query"] | undefined;
  readonly body?: O["body"] | undefined;
  /** A body that is text or bytes already. */
  readonly rawBody?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: for all methods but POST. */
  readonly isRepeatable?: boolean;
  readonly waitMs?: number;
  readonly keepsAnswer?: boolean;
  readonly options?: RequestOptions | undefined;
}

/** Calls operations by their description. */
export interface Call {
  /** The answer as it came. */
  raw<O extends Operation>(calling: Calling<O>): Promise<Answer>;
  /** The answer as JSON. */
  json<O extends Operation, R>(calling: Calling<O>): Promise<R>;
  /** For answers without content. */
  nothing<O extends Operation>(calling: Calling<O>): Promise<void>;
}

export function makeCall(send: SendRequest): Call {
  const raw: Call["raw"] = ({ method, url, path, query, body, rawBody, options = {}, ...more }) =>
    send({
      isRepeatable: method !== "POST",
      ...more,
      ...{ method, options },
      path: pathOf(url, path, query),
      body: rawBody ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
  return {
    raw,
    json: async <O extends Operation, R>(calling: Calling<O>) => parseAnswer(await raw(calling)) as R,
    nothing: async (calling) => {
      await raw(calling);
    },
  };
}

export function parseAnswer(answer: Answer): unknown {
  try {
    return JSON.parse(textOf(answer.bytes));
  } catch {
    // Without the cause: it shows a piece of the answer.
    throw new TriggersError({
      code: "unreadable_answer",
      detail: "The answer is not JSON: check that `baseUrl` is the address of a Triggers API.",
      status: answer.status,
      requestId: answer.headers.get("x-request-id"),
    });
  }
}

export function pathOf(url: string, path: unknown, query: unknown): string {
  const filled = url.replace(/\{(\w+)\}/g, (_, name: string) => segmentOf(name, entryOf(path, name)));
  const parameters = Object.entries(query ?? {}).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === null ? [] : [[name, String(value)]],
  );
  return parameters.length === 0 ? filled : `${filled}?${new URLSearchParams(parameters)}`;
}

function entryOf(path: unknown, name: string): unknown {
  return typeof path === "object" && path !== null ? Reflect.get(path, name) : undefined;
}

/** An empty part and one of dots would lead to another operation, escaped or not. */
function segmentOf(name: string, value: unknown): string {
  if (typeof value !== "string" || /^\.{0,2}$/.test(value)) {
    throw new TypeError(`\`${name}\` must be a text that can stand in a path.`);
  }
  return encodeURIComponent(value);
}
