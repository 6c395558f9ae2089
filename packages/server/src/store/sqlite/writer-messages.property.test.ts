import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DELIVERY_STATES } from "../../domain/delivery.ts";
import { TriggersError } from "../../domain/errors.ts";
import { PRIORITIES } from "../../domain/priority.ts";
import { packAnswer, packCall, packError, unpackCall, unpackError, unpackValue } from "./writer-messages.ts";
import type { WriteName } from "./writes.ts";

const numRuns = Number(process.env.PROPERTY_RUNS ?? 100);

const text = fc.string({ unit: "grapheme" });
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const time = fc.nat();
/** A view into a larger buffer, as pools give it. */
const bytes = fc.uint8Array({ minLength: 3 }).map((all) => all.subarray(1, -1));

const event = fc.record({
  projectId: text,
  id: text,
  type: orNull(text),
  source: orNull(text),
  tags: fc.array(text),
  priority: fc.constantFrom(...PRIORITIES),
  occurredAt: orNull(time),
  contentType: text,
  subjectIndex: orNull(text),
  orderingKeyIndex: orNull(text),
  sealed: bytes,
  bytes: time,
  isPlanned: fc.boolean(),
  expiresAt: time,
});
const keys = [createSecretKey(Buffer.alloc(32, 1)), createSecretKey(Buffer.alloc(32, 2))];
const record = fc.record({
  event,
  sealOrder: orNull(fc.record({ key: fc.constantFrom(...keys), nonceAt: time, place: text })),
  dueAt: time,
  plan: fc.array(fc.record({ subscriptionId: text, ordered: fc.boolean(), parks: fc.boolean() })),
  isWide: fc.boolean(),
  idempotency: orNull(
    fc.record({
      kind: fc.constantFrom("key", "cloudevent"),
      keyIndex: text,
      fingerprint: text,
      expiresAt: time,
    }),
  ),
});

const attempt = fc.record({
  startedAt: time,
  durationMs: time,
  statusCode: orNull(time),
  errorCode: orNull(text),
  sealedExcerpt: orNull(bytes),
});
const settle = fc.record({
  eventId: text,
  subscriptionId: text,
  cause: text,
  token: text,
  verb: fc.oneof(
    fc.record({ kind: fc.constant("acknowledge") }),
    fc.record({ kind: fc.constant("bury"), reason: orNull(text) }),
    fc.record({ kind: fc.constant("extend"), until: time }),
    fc.record({
      kind: fc.constant("release"),
      dueAt: time,
      reason: orNull(text),
      maxAttempts: time,
      isLate: fc.boolean(),
    }),
  ),
  attempt: orNull(attempt),
});

const delivery = fc.record({
  projectId: text,
  eventId: text,
  subscriptionId: text,
  cause: text,
  state: fc.constantFrom(...DELIVERY_STATES),
  stateReason: orNull(text),
  rank: time,
  attempt: time,
  attemptBase: time,
  takeovers: time,
  dueAt: time,
  leaseToken: orNull(text),
  leasedAt: orNull(time),
  lane: orNull(fc.record({ key: text, position: time, parks: fc.boolean() })),
  bytes: time,
  createdAt: time,
  settledAt: orNull(time),
  expiresAt: time,
});

function travelCall(name: WriteName, args: readonly unknown[]): readonly unknown[] {
  const { call, transfer } = packCall(1, name, args as never);
  return unpackCall(structuredClone(call, { transfer: [...transfer] })).args;
}

function travelAnswer(name: WriteName, value: unknown): unknown {
  const packed = structuredClone(packAnswer({ id: 1, name, args: [] }, { value }));
  return "value" in packed ? unpackValue(name, packed.value) : packed;
}

describe("what goes to the writer's thread and back", () => {
  test("records arrive as they were sent, and the sender keeps its bytes", () => {
    const property = fc.property(fc.array(record), (records) => {
      const before = structuredClone(records);
      expect(travelCall("recordEvents", [records])).toEqual([before]);
      expect(records).toEqual(before);
    });
    fc.assert(property, { numRuns });
  });

  test("settles arrive as they were sent", () => {
    const request = fc.record({ projectId: text, now: time, settles: fc.array(settle) });
    const property = fc.property(request, (sent) => {
      expect(travelCall("settleDeliveries", [sent])).toEqual([sent]);
    });
    fc.assert(property, { numRuns });
  });

  test("outcomes of leases and settles come back as they were", () => {
    const lease = fc.oneof(
      fc.record({ outcome: fc.constantFrom("not_found", "paused", "disabled", "ended", "not_owner") }),
      fc.record({
        outcome: fc.constant("leased"),
        deliveries: fc.array(delivery),
        died: fc.array(delivery),
        nextDueAt: orNull(time),
      }),
    );
    const settled = fc.oneof(
      fc.record({ outcome: fc.constantFrom("already_acknowledged", "lease_lost", "not_found") }),
      fc.record({ outcome: fc.constant("settled"), delivery }),
    );
    const property = fc.property(lease, fc.array(settled), (leased, outcomes) => {
      expect(travelAnswer("leaseDeliveries", leased)).toEqual(leased);
      expect(travelAnswer("settleDeliveries", outcomes)).toEqual(outcomes);
    });
    fc.assert(property, { numRuns });
  });

  test("a refusal comes back with its class, a fault with its message", () => {
    const refusal = new TriggersError("storage_full", "No room.", { cause: new Error("13") });
    const back = unpackError(structuredClone(packError(refusal)));
    expect(back).toBeInstanceOf(TriggersError);
    expect(back).toMatchObject({ code: "storage_full", detail: "No room.", cause: new Error("13") });
    expect(unpackError(structuredClone(packError(new Error("fault"))))).toEqual(new Error("fault"));
  });
});
