import { TriggersError } from "../connection/triggers-error.ts";
import { decodeBase64, readSecret, type VerifyKey } from "./read-secret.ts";

/** Headers as the platform has them: of a `Request`, or of Node's `IncomingMessage`. */
export type WebhookHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** How far the time of the request may be from now, on either side. Default: 300. */
  readonly toleranceSeconds?: number;
  /** ms since the epoch. Default: the present. */
  readonly now?: number;
}

/** A request that is genuine. */
export interface VerifiedWebhook {
  /** Of the delivery: the same each time it is tried. */
  readonly id: string;
  /** When it was sent. */
  readonly timestamp: Date;
  /** The body, exactly as it came; with format `event` it is for `parseEvent`. */
  readonly text: string;
}

/**
 * Checks the signature of a webhook by Standard Webhooks (https://www.standardwebhooks.com), v1 and v1a. `body` must be what came, byte for byte, not yet
 * parsed. Of several secrets one suffices, so that a receiver can have the old and the new one.
 *
 * @throws TriggersError `webhook_…`: answer 401 or the like.
 */
export async function verifyWebhook(
  headers: WebhookHeaders,
  body: string | ArrayBuffer | Uint8Array,
  secret: string | readonly string[] | ({ readonly secret: string | readonly string[] } & VerifyOptions),
): Promise<VerifiedWebhook> {
  const terms = typeof secret === "string" || isList(secret) ? { secret } : secret;
  const keys = (isList(terms.secret) ? terms.secret : [terms.secret]).map(readSecret);
  const bytes = bytesOf(body);
  const { id, timestamp, signatures } = readHeaders(headers);
  checkTime(timestamp, terms);
  const content = join(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  if (!(await isSigned(content, { keys, signatures }))) {
    throw new TriggersError({
      code: "webhook_signature_invalid",
      detail: "No signature fits: check that the secret is of this subscription and the body is untouched.",
    });
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return { id, timestamp: new Date(Number(timestamp) * 1_000), text };
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

function bytesOf(body: unknown): Uint8Array {
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  throw new TypeError("Give the body as it came, as text or bytes: what was parsed cannot be checked.");
}

interface Signed {
  readonly id: string;
  readonly timestamp: string;
  readonly signatures: readonly string[];
}

/** More are not looked at: each costs a computation. */
const SIGNATURES = 16;

function readHeaders(headers: WebhookHeaders): Signed {
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const signatures = headerOf(headers, "webhook-signature").split(" ").slice(0, SIGNATURES);
  if (id !== "" && /^\d{1,12}$/.test(timestamp)) return { id, timestamp, signatures };
  throw new TriggersError({
    code: "webhook_headers_invalid",
    detail: "`webhook-id`, `webhook-timestamp` or `webhook-signature` is missing or malformed.",
  });
}

/** Empty: not there, or several times. */
function headerOf(headers: WebhookHeaders, name: string): string {
  if (typeof headers.get === "function") return headers.get(name) ?? "";
  const values = Object.entries(headers).filter(([own]) => own.toLowerCase() === name);
  const [value] = values.flatMap(([, one]) => one ?? []);
  return values.length === 1 && typeof value === "string" ? value : "";
}

function checkTime(timestamp: string, { toleranceSeconds = 300, now = Date.now() }: VerifyOptions): void {
  if (Math.abs(now / 1_000 - Number(timestamp)) <= toleranceSeconds) return;
  throw new TriggersError({
    code: "webhook_timestamp_out_of_tolerance",
    detail: "The request is too old or too new: it is a repetition, or a clock is wrong.",
  });
}

interface Proof {
  readonly keys: readonly VerifyKey[];
  readonly signatures: readonly string[];
}

async function isSigned(content: Uint8Array<ArrayBuffer>, { keys, signatures }: Proof): Promise<boolean> {
  let isGenuine = false;
  for (const { version, bytes } of keys) {
    const candidates = signatures.flatMap((one) =>
      one.startsWith(`${version},`) ? (decodeBase64(one.slice(version.length + 1)) ?? []) : [],
    );
    const check = version === "v1" ? makeCheckHmac : makeCheckEd25519;
    if (candidates.length === 0) continue;
    const fits = await check(bytes, content);
    for (const candidate of candidates) if (await fits(candidate)) isGenuine = true;
  }
  return isGenuine;
}

type Check = (signature: Uint8Array<ArrayBuffer>) => Promise<boolean>;

async function makeCheckHmac(
  secret: Uint8Array<ArrayBuffer>,
  content: Uint8Array<ArrayBuffer>,
): Promise<Check> {
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const expected = new Uint8Array(await crypto.subtle.sign("HMAC", key, content));
  return async (signature) => areEqual(signature, expected);
}

async function makeCheckEd25519(
  publicKey: Uint8Array<ArrayBuffer>,
  content: Uint8Array<ArrayBuffer>,
): Promise<Check> {
  const key = await crypto.subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
  return (signature) => crypto.subtle.verify({ name: "Ed25519" }, key, signature, content);
}

/** In a time that does not tell where they differ. */
function areEqual(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let at = 0; at < right.length; at++) difference |= (left[at] ?? 0) ^ (right[at] ?? 0);
  return difference === 0;
}

function join(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
