import type { ServerResponse } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Config } from "../config.ts";
import type { Scope } from "../domain/credential.ts";
import type { ErrorCode } from "../domain/errors.ts";
import type { RouteMeter } from "../observe/route-meters.ts";
import type { Caller } from "./caller.ts";
import type { RouteContext } from "./http-context.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** `ANONYMOUS` on public routes. */
    caller: Caller;
    /** Null where no route was found. */
    prepared: PreparedRoute | null;
    /** Where the answer goes, for what has to be freed after it. */
    response: ServerResponse | null;
  }
}

/**
 * Who may call a route: the holder of a scope, any key of a project, the operator, or everybody. A scope and `key` keep the operator out; `operator`
 * keeps keys out.
 */
export type Access = Scope | "key" | "operator" | "public";

/** The tags of docs/openapi.json, in its order. */
export type Tag = "Events" | "Inbox" | "Subscriptions" | "Deliveries" | "Keys" | "Projects" | "Server";

/** Bytes a body may have, decoded; a function where a setting decides. */
type ByteLimit = number | ((config: Config) => number);

/** A body that is read through the JSON door and checked by its schema before the handler runs. */
export interface JsonBodyRule {
  readonly kind: "json";
  readonly schema: z.ZodType;
  /** An absent body counts as `{}`. */
  readonly isOptional: boolean;
  /** Objects around what may nest as deep as a payload. */
  readonly envelopes: number;
  readonly maxBytes: ByteLimit;
}

/** A body that the handler gets as the bytes that came, a `Buffer` (empty when there is none). */
export interface RawBodyRule {
  readonly kind: "raw";
  /** By media type what docs/openapi.json says of it; other types are refused (415). */
  readonly schemas: Readonly<Record<string, z.ZodType>>;
  /** Takes media types besides those named. */
  readonly alsoTakes: (mediaType: string, request: FastifyRequest) => boolean;
  readonly maxBytes: ByteLimit;
}

export type BodyRule = JsonBodyRule | RawBodyRule;

/** An answer as docs/openapi.json shows it. Nothing is checked against it when the program runs; tests do that. */
export interface AnswerDoc {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Default `application/json`. */
  readonly mediaType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type ParamsOf<P> = { readonly [K in keyof P]: P[K] extends z.ZodType ? z.output<P[K]> : never };
type BodyOf<B> = B extends { kind: "json"; schema: infer S extends z.ZodType }
  ? z.output<S>
  : B extends { kind: "raw" }
    ? Buffer
    : undefined;

/** A request that has passed every check of its route. */
export type RouteRequest<P, Q extends z.ZodType, B> = FastifyRequest<{
  Params: ParamsOf<P>;
  Querystring: z.output<Q>;
  Body: BodyOf<B>;
}>;

interface RouteFacts {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Pattern with `:name` for each parameter. */
  readonly path: string;
  /** Stable: clients are generated from it. */
  readonly operationId: string;
  readonly access: Access;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** Counts against the bucket of events instead of that of requests, and is refused before parsing while the accept queue is full. */
  readonly sendsEvents?: boolean;
  /** Request headers besides the common ones, for docs/openapi.json. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Codes besides those that follow from access, parameters, query and body. */
  readonly refusals?: readonly ErrorCode[];
}

/** How a route is written: one in each file of `routes/`. */
export interface RouteSpec<P, Q extends z.ZodType, B> extends RouteFacts {
  /** A parameter that its schema refuses is 404. */
  readonly params?: P;
  /** Strict object over texts; absent: no parameter is known. */
  readonly query?: Q;
  readonly body?: B;
  /** What it returns is sent as JSON; a handler that sends by itself returns `reply`. */
  handle(context: RouteContext, request: RouteRequest<P, Q, B>, reply: FastifyReply): unknown;
}

/** A route as the server and docs/openapi.json know it. */
export interface Route extends RouteFacts {
  readonly params: Readonly<Record<string, z.ZodType>>;
  readonly query: z.ZodType | null;
  readonly body: BodyRule | null;
  handle(context: RouteContext, request: FastifyRequest, reply: FastifyReply): unknown;
}

/** A route in a running server. */
export interface PreparedRoute {
  readonly route: Route;
  readonly meter: RouteMeter;
  /** Bytes its body may have. */
  readonly maxBytes: number;
}

/** Writes a route down, with the types of what its handler gets taken from its schemas. */
export function defineRoute<
  const P extends Readonly<Record<string, z.ZodType>>,
  Q extends z.ZodType,
  B extends BodyRule,
>(spec: RouteSpec<P, Q, B>): Route {
  const { params, query, body, handle, ...facts } = spec;
  return {
    ...facts,
    params: params ?? {},
    query: query ?? null,
    body: body ?? null,
    handle: handle as Route["handle"],
  };
}

/** 1 MiB: more than any envelope without events needs. */
const ENVELOPE_BYTES = 1024 * 1024;

/** A JSON body, by default of at most 1 MiB. */
export function jsonBody<S extends z.ZodType>(
  schema: S,
  more: { isOptional?: boolean; envelopes?: number; maxBytes?: ByteLimit } = {},
): JsonBodyRule & { readonly schema: S } {
  return {
    kind: "json",
    schema,
    isOptional: more.isOptional ?? false,
    envelopes: more.envelopes ?? 1,
    maxBytes: more.maxBytes ?? ENVELOPE_BYTES,
  };
}

/** A body for the handler to read. */
export function rawBody(rule: {
  schemas: Readonly<Record<string, z.ZodType>>;
  alsoTakes?: RawBodyRule["alsoTakes"];
  maxBytes: ByteLimit;
}): RawBodyRule {
  return { kind: "raw", alsoTakes: () => false, ...rule };
}
