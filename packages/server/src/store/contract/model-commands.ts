import fc from "fast-check";
import { PRIORITIES } from "../../domain/priority.ts";

/** What happens to a store, as data. Numbers that choose among what there is are taken modulo its length. */
export type ModelCommand =
  NonNullable<ReturnType<typeof makeArbitrary>> extends fc.Arbitrary<infer Command> ? Command : never;

const choice = fc.nat(999);
const seconds = fc.integer({ min: 1, max: 60 });

function makeArbitrary() {
  return fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        kind: fc.constant("record" as const),
        key: fc.option(fc.constantFrom("k1", "k2"), { freq: 2 }),
        priority: fc.constantFrom(...PRIORITIES),
        idempotency: fc.option(
          fc.record({
            keyIndex: fc.constantFrom("i1", "i2"),
            fingerprint: fc.constantFrom("f1", "f1", "f2"),
          }),
          { freq: 4, nil: null },
        ),
        isWide: fc.constantFrom(false, false, false, true),
        to: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
        delaySeconds: fc.constantFrom(0, 0, 0, 30),
      }),
    },
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant("lease" as const),
        subscription: choice,
        limit: fc.integer({ min: 1, max: 4 }),
        lower: fc.nat(4),
        seconds,
        maxBytes: fc.constantFrom(4_000_000, 4_000_000, 250),
      }),
    },
    {
      weight: 16,
      arbitrary: fc.record({
        kind: fc.constant("settle" as const),
        token: choice,
        isForged: fc.constantFrom(false, false, false, false, true),
        verb: fc.constantFrom("acknowledge", "acknowledge", "release", "bury", "extend"),
        seconds: fc.constantFrom(0, 20, 50_000),
        reason: fc.constantFrom(null, "because"),
        isLate: fc.boolean(),
        hasAttempt: fc.boolean(),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("acknowledge_unheld" as const), delivery: choice }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), delivery: choice }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("redrive" as const), delivery: choice }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete_event" as const), event: choice }) },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("add" as const),
        event: choice,
        subscription: choice,
        isReplay: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("expand" as const),
        event: choice,
        limit: fc.integer({ min: 1, max: 3 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("change" as const),
        subscription: choice,
        state: fc.constantFrom("active", "active", "active", "paused", "disabled", "ended", "deleted"),
        catchesUp: fc.constantFrom(false, false, true),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("close" as const),
        subscription: choice,
        reason: fc.constantFrom("drop", "gone", "expired"),
      }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("exhaust" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("crash" as const),
        subscription: choice,
        times: fc.integer({ min: 2, max: 21 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), delivery: choice }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("expire" as const),
        settledSeconds: fc.integer({ min: 0, max: 200 }),
        backlogSeconds: fc.integer({ min: 60, max: 300 }),
        goneSeconds: fc.integer({ min: 120, max: 400 }),
      }),
    },
  );
}

/** Up to so many commands in a row. */
export function commandsOf(maxLength: number): fc.Arbitrary<ModelCommand[]> {
  return fc.array(makeArbitrary(), { maxLength, size: "max" });
}
