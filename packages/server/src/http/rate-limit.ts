import type { FastifyReply } from "fastify";
import { TriggersError } from "../domain/errors.ts";

/** What a request counts against. */
export type BucketKind = "events" | "requests";

/** Tokens of one kind; below zero is debt. */
interface Bucket {
  tokens: number;
  filledAt: number;
}

type Buckets = Record<BucketKind, Bucket>;

/**
 * Two token buckets for each credential: events and other requests, each with one second's worth. What a request costs may be known only after its
 * body was read, so that a bucket may go into debt; while it holds less than one token, requests are refused before their body is read.
 */
export interface RateLimit {
  /** Refuses while the bucket holds less than one token; takes one token if this is a `requests` bucket. Sets the headers of the answer. */
  admit(reply: FastifyReply, credentialId: string, kind: BucketKind): TriggersError | null;
  /** Takes `count` events from the caller's bucket, into debt if need be. */
  chargeEvents(reply: FastifyReply, count: number): void;
}

/** Credentials whose buckets are kept; above it, full buckets are forgotten (a new bucket is full too). */
const KEPT_CREDENTIALS = 10_000;

const UNLIMITED: RateLimit = { admit: () => null, chargeEvents: () => undefined };

/** `perSecond` tokens a second and as many at most; 0: no limit. `monotonic` gives ms. */
export function makeRateLimit(perSecond: number, monotonic: () => number): RateLimit {
  if (perSecond === 0) return UNLIMITED;
  const buckets = new Map<string, Buckets>();

  const bucketOf = (credentialId: string, kind: BucketKind): Bucket => {
    const now = monotonic();
    let both = buckets.get(credentialId);
    if (both === undefined) {
      if (buckets.size >= KEPT_CREDENTIALS) forgetFull(buckets, perSecond, now);
      both = { events: fullBucket(perSecond, now), requests: fullBucket(perSecond, now) };
      buckets.set(credentialId, both);
    }
    const bucket = both[kind];
    bucket.tokens = tokensAt(bucket, perSecond, now);
    bucket.filledAt = now;
    return bucket;
  };

  return {
    admit: (reply, credentialId, kind) => {
      const bucket = bucketOf(credentialId, kind);
      if (bucket.tokens < 1) return refuse(reply, kind, { bucket, perSecond });
      if (kind === "requests") bucket.tokens -= 1;
      setHeaders(reply, kind, { bucket, perSecond });
      return null;
    },
    chargeEvents: (reply, count) => {
      const bucket = bucketOf(reply.request.caller.credentialId, "events");
      bucket.tokens -= count;
      setHeaders(reply, "events", { bucket, perSecond });
    },
  };
}

function fullBucket(perSecond: number, now: number): Bucket {
  return { tokens: perSecond, filledAt: now };
}

function tokensAt(bucket: Bucket, perSecond: number, now: number): number {
  return Math.min(perSecond, bucket.tokens + ((now - bucket.filledAt) / 1_000) * perSecond);
}

function forgetFull(buckets: Map<string, Buckets>, perSecond: number, now: number): void {
  for (const [credentialId, { events, requests }] of buckets) {
    const isFull = tokensAt(events, perSecond, now) + tokensAt(requests, perSecond, now) >= 2 * perSecond;
    if (isFull) buckets.delete(credentialId);
  }
}

interface State {
  readonly bucket: Bucket;
  readonly perSecond: number;
}

/** draft-ietf-httpapi-ratelimit-headers-10: what is allowed, what is left (`r`) and seconds until it is full again (`t`). */
function setHeaders(reply: FastifyReply, kind: BucketKind, { bucket, perSecond }: State): void {
  const left = Math.max(0, Math.floor(bucket.tokens));
  const fullSeconds = Math.ceil((perSecond - bucket.tokens) / perSecond);
  reply.header("ratelimit-policy", `"${kind}";q=${perSecond};w=1`);
  reply.header("ratelimit", `"${kind}";r=${left};t=${fullSeconds}`);
}

function refuse(reply: FastifyReply, kind: BucketKind, state: State): TriggersError {
  setHeaders(reply, kind, state);
  const waitSeconds = Math.max(1, Math.ceil((1 - state.bucket.tokens) / state.perSecond));
  reply.header("retry-after", String(waitSeconds));
  return new TriggersError("rate_limited", `Wait ${waitSeconds} s, then send the same again.`);
}
