import { randomUUID } from "node:crypto";
import type { FastifyInstance, InjectOptions } from "fastify";
import { type App, openApp } from "../../app.ts";
import { type Config, readConfig } from "../../config.ts";
import type { Scope } from "../../domain/credential.ts";

export interface TestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into answers by name
  readonly json: any;
}

interface RequestParts {
  readonly query?: string;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the admin key; null: none. */
  readonly key?: string | null;
}

export interface TestApp {
  readonly app: App;
  readonly server: FastifyInstance;
  /** A `project:admin` key of the first project. */
  readonly key: string;
  readonly operatorKey: string;
  request(method: string, path: string, parts?: RequestParts): Promise<TestAnswer>;
  /** A key of the first project. */
  makeKey(scopes: readonly Scope[]): Promise<string>;
  close(): Promise<void>;
}

/** The whole program on the memory store, asked in process. */
export async function openTestApp(more: { config?: Partial<Config> } = {}): Promise<TestApp> {
  const key = `test-key-${randomUUID()}`;
  const operatorKey = `operator-key-${randomUUID()}`;
  const config = {
    ...readConfig({}),
    store: "memory",
    bootstrapApiKey: key,
    operatorKey,
    logLevel: "silent",
  };
  const app = await openApp({ ...config, ...more.config } as Config);
  const request: TestApp["request"] = async (method, path, parts = {}) => {
    const response = await app.server.inject(injectOptions(method, path, { key, ...parts }));
    const { statusCode: status, headers, body: text } = response;
    return { status, headers, text, json: parseJson(text) };
  };
  return {
    ...{ app, server: app.server, key, operatorKey, request },
    makeKey: async (scopes) => {
      const made = await request("POST", "/v1/keys", { body: { name: "test", scopes } });
      return String(made.json.key);
    },
    close: () => app.close(),
  };
}

function injectOptions(method: string, path: string, parts: RequestParts): InjectOptions {
  const { key, body, headers, query } = parts;
  const isRaw = typeof body === "string" || Buffer.isBuffer(body);
  const payload = body === undefined || isRaw ? body : JSON.stringify(body);
  return {
    method: method as "GET",
    url: query === undefined ? path : `${path}?${query}`,
    headers: {
      ...(key === null || key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
