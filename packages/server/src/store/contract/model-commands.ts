import fc from "fast-check";
import { PRIORITIES } from "../../domain/priority.ts";

/** What happens to a store, as data. Numbers that choose among what there is are taken modulo its length. */
export type ModelCommand = (typeof COMMANDS)[number] extends {
  readonly arbitrary: fc.Arbitrary<infer Command>;
}
  ? Command
  : never;

const choice = fc.nat(999);
const seconds = fc.integer({ min: 1, max: 60 });

const idempotency = fc.record({
  keyIndex: fc.constantFrom("i1", "i2"),
  fingerprint: fc.constantFrom("f1", "f1", "f2"),
});

const record = fc.record({
  kind: fc.constant("record"),
  key: fc.option(fc.constantFrom("k1", "k2"), { freq: 2 }),
  priority: fc.constantFrom(...PRIORITIES),
  idempotency: fc.option(idempotency, { freq: 4 }),
  isWide: fc.constantFrom(false, false, false, true),
  to: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  delaySeconds: fc.constantFrom(0, 0, 0, 30),
});

const lease = fc.record({
  kind: fc.constant("lease"),
  subscription: choice,
  limit: fc.integer({ min: 1, max: 4 }),
  lower: fc.nat(4),
  seconds,
  maxBytes: fc.constantFrom(4_000_000, 4_000_000, 250),
});

const settle = fc.record({
  kind: fc.constant("settle"),
  token: choice,
  isForged: fc.constantFrom(false, false, false, false, true),
  verb: fc.constantFrom("acknowledge", "acknowledge", "release", "bury", "extend"),
  seconds: fc.constantFrom(0, 20, 50_000),
  reason: fc.constantFrom(null, "because"),
  isLate: fc.boolean(),
  hasAttempt: fc.boolean(),
});

/** Leases one after the other whose holders never come back. */
const crash = fc.record({
  kind: fc.constant("crash"),
  subscription: choice,
  times: fc.integer({ min: 2, max: 21 }),
});

const add = fc.record({
  kind: fc.constant("add"),
  event: choice,
  subscription: choice,
  isReplay: fc.boolean(),
});

const expand = fc.record({
  kind: fc.constant("expand"),
  event: choice,
  limit: fc.integer({ min: 1, max: 3 }),
});

const change = fc.record({
  kind: fc.constant("change"),
  subscription: choice,
  state: fc.constantFrom("active", "active", "active", "paused", "disabled", "ended", "deleted"),
  catchesUp: fc.constantFrom(false, false, true),
});

const close = fc.record({
  kind: fc.constant("close"),
  subscription: choice,
  reason: fc.constantFrom("drop", "gone", "expired"),
});

const expire = fc.record({
  kind: fc.constant("expire"),
  settledSeconds: fc.integer({ min: 0, max: 200 }),
  backlogSeconds: fc.integer({ min: 60, max: 300 }),
  goneSeconds: fc.integer({ min: 120, max: 400 }),
});

const COMMANDS = [
  { weight: 10, arbitrary: record },
  { weight: 12, arbitrary: lease },
  { weight: 16, arbitrary: settle },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("wait"), seconds }) },
  { weight: 1, arbitrary: crash },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("acknowledge_unheld"), delivery: choice }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel"), delivery: choice }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("redrive"), delivery: choice }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete_event"), event: choice }) },
  { weight: 5, arbitrary: add },
  { weight: 3, arbitrary: expand },
  { weight: 3, arbitrary: change },
  { weight: 1, arbitrary: close },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("exhaust") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop"), delivery: choice }) },
  { weight: 2, arbitrary: expire },
] as const;

/** Up to so many commands in a row. */
export function commandsOf(maxLength: number): fc.Arbitrary<ModelCommand[]> {
  return fc.array(fc.oneof(...COMMANDS), { maxLength, size: "max" });
}
