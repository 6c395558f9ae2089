import type { FastifyReply } from "fastify";
import { TriggersError } from "../domain/errors.ts";
import type { SharedLimits } from "../flow/share-rates.ts";

/** What a request counts against. */
export type BucketKind = "events" | "requests";

/** Tokens of one kind; below zero is debt. */
interface Bucket {
  tokens: number;
  filledAt: number;
  /** What this node may let through a second. */
  share: number;
  /** Tokens asked for since the shares were reckoned, given or not. */
  asked: number;
}

type Buckets = Record<BucketKind, Bucket>;

/**
 * Two token buckets for each credential: events and other requests, each with one second's worth. What a request costs may be known only after its
 * body was read, so that a bucket may go into debt; while it holds less than one token, requests are refused before their body is read. With several nodes each
 * lets through its share (`rateShare`).
 */
export interface RateLimit extends SharedLimits {
  /**
   * Refuses while the bucket holds less than one token; takes one token if this is a `requests` bucket. Sets the headers of the answer, but for events that are let in: once
   * they are charged, or by `showEvents` if they never are.
   */
  admit(reply: FastifyReply, credentialId: string, kind: BucketKind): TriggersError | null;
  /** Takes `count` events from the caller's bucket, into debt if need be, and sets the headers. */
  chargeEvents(reply: FastifyReply, count: number): void;
  /** Sets the headers for the caller's events, unless the answer has them. */
  showEvents(reply: FastifyReply): void;
}

/** Credentials whose buckets are kept; above it, full buckets are forgotten (a new bucket is full too). */
const KEPT_CREDENTIALS = 10_000;

const UNLIMITED: RateLimit = {
  perSecond: 0,
  admit: () => null,
  chargeEvents: () => undefined,
  showEvents: () => undefined,
  takeAsked: () => new Map(),
  setShares: () => undefined,
};

/** `perSecond` tokens a second and as many at most, until `setShares` gives less; 0: no limit. `monotonic` gives ms. */
export function makeRateLimit(perSecond: number, monotonic: () => number): RateLimit {
  if (perSecond === 0) return UNLIMITED;
  const buckets = new Map<string, Buckets>();
  let newShare = perSecond;

  const bucketOf = (credentialId: string, kind: BucketKind): Bucket => {
    const now = monotonic();
    let both = buckets.get(credentialId);
    if (both === undefined) {
      if (buckets.size >= KEPT_CREDENTIALS) forgetFull(buckets, now);
      both = { events: fullBucket(newShare, now), requests: fullBucket(newShare, now) };
      buckets.set(credentialId, both);
    }
    const bucket = both[kind];
    bucket.tokens = tokensAt(bucket, now);
    bucket.filledAt = now;
    return bucket;
  };

  return {
    perSecond,
    admit: (reply, credentialId, kind) => {
      const bucket = bucketOf(credentialId, kind);
      const isRefused = bucket.tokens < 1;
      // Events that are let in are counted when they are charged.
      if (isRefused || kind === "requests") bucket.asked += 1;
      if (isRefused) return refuse(reply, kind, { bucket, perSecond });
      if (kind === "events") return null;
      bucket.tokens -= 1;
      setHeaders(reply, kind, { bucket, perSecond });
      return null;
    },
    chargeEvents: (reply, count) => {
      const bucket = bucketOf(reply.request.caller.credentialId, "events");
      bucket.tokens -= count;
      bucket.asked += count;
      setHeaders(reply, "events", { bucket, perSecond });
    },
    showEvents: (reply) => {
      if (reply.hasHeader("ratelimit")) return;
      setHeaders(reply, "events", {
        bucket: bucketOf(reply.request.caller.credentialId, "events"),
        perSecond,
      });
    },
    takeAsked: () => takeAsked(buckets),
    setShares(shares, share) {
      const now = monotonic();
      newShare = share;
      for (const [limit, bucket] of limitsOf(buckets)) {
        bucket.tokens = tokensAt(bucket, now);
        bucket.filledAt = now;
        bucket.share = shares.get(limit) ?? share;
      }
    },
  };
}

function* limitsOf(buckets: ReadonlyMap<string, Buckets>): Generator<readonly [string, Bucket]> {
  for (const [credentialId, { events, requests }] of buckets) {
    yield [`${credentialId}/events`, events];
    yield [`${credentialId}/requests`, requests];
  }
}

function takeAsked(buckets: ReadonlyMap<string, Buckets>): ReadonlyMap<string, number> {
  const taken = new Map<string, number>();
  for (const [limit, bucket] of limitsOf(buckets)) {
    if (bucket.asked > 0) taken.set(limit, bucket.asked);
    bucket.asked = 0;
  }
  return taken;
}

function fullBucket(share: number, now: number): Bucket {
  return { tokens: share, filledAt: now, share, asked: 0 };
}

function tokensAt({ tokens, filledAt, share }: Bucket, now: number): number {
  return Math.min(share, tokens + ((now - filledAt) / 1_000) * share);
}

function forgetFull(buckets: Map<string, Buckets>, now: number): void {
  for (const [credentialId, { events, requests }] of buckets) {
    const isFull = [events, requests].every((one) => one.asked === 0 && tokensAt(one, now) >= one.share);
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
  const fullSeconds = Math.ceil((bucket.share - bucket.tokens) / bucket.share);
  reply.header("ratelimit-policy", `"${kind}";q=${perSecond};w=1`);
  reply.header("ratelimit", `"${kind}";r=${left};t=${fullSeconds}`);
}

function refuse(reply: FastifyReply, kind: BucketKind, state: State): TriggersError {
  setHeaders(reply, kind, state);
  const waitSeconds = Math.max(1, Math.ceil((1 - state.bucket.tokens) / state.bucket.share));
  reply.header("retry-after", String(waitSeconds));
  return new TriggersError("rate_limited", `Wait ${waitSeconds} s, then send the same again.`);
}
