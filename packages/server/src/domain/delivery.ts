import type { DeliveryState } from "./delivery-state.ts";
import type { DeliveryKey } from "./ids.ts";
import type { LanePlace } from "./lane.ts";
import { lateRank } from "./priority.ts";

export { DELIVERY_STATES, type DeliveryState } from "./delivery-state.ts";

/** Why a delivery gave up or was given up. Free text of a consumer (`bury`, `cancel`) stands beside these. */
export type DeadReason = "attempts_exhausted" | "poison" | "buried" | "expired" | "gone";

/** A lease taken over after its expiry this many times makes its delivery dead (`poison`): it seems to kill whoever takes it. */
export const POISON_TAKEOVERS = 20;

/** The longest that one consumer may hold one delivery, extensions included: 12 h. */
export const LONGEST_HOLD_MS = 12 * 3_600_000;

/** One event for one subscription. Times are ms since the epoch. */
export interface Delivery extends DeliveryKey {
  readonly projectId: string;
  readonly state: DeliveryState;
  /** Why it is dead or cancelled, or the reason given with its last release. */
  readonly stateReason: string | null;
  /** Place among those due, see `rankOf`. */
  readonly rank: number;
  /** Hand-overs counted so far, over its whole life. */
  readonly attempt: number;
  /** Hand-overs before the last redrive; the attempts allowed are counted from here. */
  readonly attemptBase: number;
  /** Leases that were taken over after they had expired. */
  readonly takeovers: number;
  /** pending: when it may go out; leased: when the lease ends; settled: as it was. */
  readonly dueAt: number;
  /** Token of the present lease, or of the one that settled it. */
  readonly leaseToken: string | null;
  /** When the present hold began. */
  readonly leasedAt: number | null;
  readonly lane: LanePlace | null;
  /** Size of its event as it is answered, about: what a lease adds up to stop at its byte limit. */
  readonly bytes: number;
  readonly createdAt: number;
  readonly settledAt: number | null;
  /** The last date: from then on it reads as gone. */
  readonly expiresAt: number;
}

/** What can be done to a delivery. `now` is the store's corrected time. */
export type DeliveryCommand =
  /** Hand it out, `countsAttempt` for pull. Over an expired lease this is a take-over. */
  | {
      readonly kind: "lease";
      readonly token: string;
      readonly until: number;
      readonly maxAttempts: number;
      readonly countsAttempt: boolean;
    }
  | { readonly kind: "acknowledge"; readonly token: string; readonly countsAttempt: boolean }
  | { readonly kind: "acknowledge_unheld" }
  /** Try again at `dueAt`. `maxAttempts` decides whether there is an again. `isLate` sends it behind first attempts. */
  | {
      readonly kind: "release";
      readonly token: string;
      readonly dueAt: number;
      readonly reason: string | null;
      readonly maxAttempts: number;
      readonly countsAttempt: boolean;
      readonly isLate: boolean;
    }
  | {
      readonly kind: "bury";
      readonly token: string;
      readonly reason: string | null;
      readonly countsAttempt: boolean;
    }
  | { readonly kind: "extend"; readonly token: string; readonly until: number }
  /** The sweep's word for an expired lease with no attempt left. */
  | { readonly kind: "exhaust"; readonly maxAttempts: number }
  /** End of the subscription, or of the time an event waits. */
  | { readonly kind: "give_up"; readonly reason: Extract<DeadReason, "expired" | "gone"> }
  | { readonly kind: "cancel"; readonly reason: string | null }
  | { readonly kind: "redrive" }
  /** Delete of the subscription: open ones are cancelled, also under a lease. */
  | { readonly kind: "drop_subscription" };

export type CommandKind = DeliveryCommand["kind"];

/** `changed` carries the new row; everything else leaves the row as it is. */
export type Transition =
  | { readonly outcome: "changed"; readonly delivery: Delivery }
  | { readonly outcome: "lease_lost" | "already_acknowledged" | "held" | "not_due" | "refused" };

type Rule<K extends CommandKind> = (
  delivery: Delivery,
  command: Extract<DeliveryCommand, { kind: K }>,
  now: number,
) => Transition;

interface End {
  readonly state: "acknowledged" | "dead" | "cancelled";
  readonly reason: string | null;
}

const refused: Transition = { outcome: "refused" };
const leaseLost: Transition = { outcome: "lease_lost" };
const refuse = (): Transition => refused;
const loseLease = (): Transition => leaseLost;

/** Every state × command pair: the compiler refuses a table with a hole. */
const TABLE: { readonly [S in DeliveryState]: { readonly [K in CommandKind]: Rule<K> } } = {
  pending: {
    lease: (delivery, command, now) =>
      delivery.dueAt > now ? { outcome: "not_due" } : hold(delivery, command, now),
    acknowledge: loseLease,
    acknowledge_unheld: (delivery, _command, now) =>
      settle(delivery, { state: "acknowledged", reason: null }, now),
    release: loseLease,
    bury: loseLease,
    extend: loseLease,
    exhaust: refuse,
    give_up: (delivery, command, now) => settle(delivery, { state: "dead", reason: command.reason }, now),
    cancel: (delivery, command, now) => settle(delivery, { state: "cancelled", reason: command.reason }, now),
    redrive: refuse,
    drop_subscription: (delivery, _command, now) =>
      settle(delivery, { state: "cancelled", reason: "subscription_deleted" }, now),
  },
  leased: {
    lease: (delivery, command, now) =>
      delivery.dueAt > now ? { outcome: "held" } : takeOver(delivery, command, now),
    acknowledge: ifHeldBy((delivery, command, now) =>
      settle(counted(delivery, command.countsAttempt), { state: "acknowledged", reason: null }, now),
    ),
    acknowledge_unheld: (delivery, _command, now) =>
      delivery.dueAt > now
        ? { outcome: "held" }
        : settle({ ...delivery, leaseToken: null }, { state: "acknowledged", reason: null }, now),
    release: ifHeldBy((delivery, command, now) =>
      release(counted(delivery, command.countsAttempt), command, now),
    ),
    bury: ifHeldBy((delivery, command, now) =>
      settle(
        counted(delivery, command.countsAttempt),
        { state: "dead", reason: command.reason ?? "buried" },
        now,
      ),
    ),
    extend: ifHeldBy((delivery, command, now) =>
      changed({ ...delivery, dueAt: longestHold(delivery, command.until, now) }),
    ),
    exhaust: (delivery, command, now) =>
      delivery.dueAt > now || attemptsLeft(delivery, command.maxAttempts) > 0
        ? refused
        : settle(delivery, { state: "dead", reason: "attempts_exhausted" }, now),
    give_up: (delivery, command, now) => settle(delivery, { state: "dead", reason: command.reason }, now),
    cancel: refuse,
    redrive: refuse,
    drop_subscription: (delivery, _command, now) =>
      settle(delivery, { state: "cancelled", reason: "subscription_deleted" }, now),
  },
  acknowledged: {
    lease: refuse,
    acknowledge: (delivery, command) =>
      delivery.leaseToken === command.token ? { outcome: "already_acknowledged" } : leaseLost,
    acknowledge_unheld: () => ({ outcome: "already_acknowledged" }),
    release: loseLease,
    bury: loseLease,
    extend: loseLease,
    exhaust: refuse,
    give_up: refuse,
    cancel: refuse,
    redrive: refuse,
    drop_subscription: refuse,
  },
  dead: {
    lease: refuse,
    acknowledge: loseLease,
    acknowledge_unheld: refuse,
    release: loseLease,
    bury: loseLease,
    extend: loseLease,
    exhaust: refuse,
    give_up: refuse,
    cancel: (delivery, command, now) => settle(delivery, { state: "cancelled", reason: command.reason }, now),
    redrive: (delivery, _command, now) =>
      changed({
        ...delivery,
        state: "pending",
        stateReason: null,
        attemptBase: delivery.attempt,
        takeovers: 0,
        dueAt: now,
        leaseToken: null,
        leasedAt: null,
        settledAt: null,
      }),
    drop_subscription: refuse,
  },
  cancelled: {
    lease: refuse,
    acknowledge: loseLease,
    acknowledge_unheld: refuse,
    release: loseLease,
    bury: loseLease,
    extend: loseLease,
    exhaust: refuse,
    give_up: refuse,
    cancel: refuse,
    redrive: refuse,
    drop_subscription: refuse,
  },
};

/** Applies one command to one delivery. Pure and total: every state answers every command. */
export function transition(delivery: Delivery, command: DeliveryCommand, now: number): Transition {
  const rule = TABLE[delivery.state][command.kind] as Rule<CommandKind>;
  return rule(delivery, command, now);
}

/** True while it may still be handed out. */
export function isOpen(state: DeliveryState): boolean {
  return state === "pending" || state === "leased";
}

/** Hand-overs that the schedule still allows. */
export function attemptsLeft(delivery: Delivery, maxAttempts: number): number {
  return maxAttempts - (delivery.attempt - delivery.attemptBase);
}

/** The token of item `index` of one lease operation; `leaseId` is random, so each token is a secret of its own lease. */
export function leaseToken(leaseId: string, index: number): string {
  return `${leaseId}.${index}`;
}

function changed(delivery: Delivery): Transition {
  return { outcome: "changed", delivery };
}

function counted(delivery: Delivery, countsAttempt: boolean): Delivery {
  return countsAttempt ? { ...delivery, attempt: delivery.attempt + 1 } : delivery;
}

function hold(
  delivery: Delivery,
  command: Extract<DeliveryCommand, { kind: "lease" }>,
  now: number,
): Transition {
  return changed({
    ...counted(delivery, command.countsAttempt),
    state: "leased",
    stateReason: null,
    dueAt: command.until,
    leaseToken: command.token,
    leasedAt: now,
  });
}

function takeOver(
  delivery: Delivery,
  command: Extract<DeliveryCommand, { kind: "lease" }>,
  now: number,
): Transition {
  if (attemptsLeft(delivery, command.maxAttempts) <= 0)
    return settle(delivery, { state: "dead", reason: "attempts_exhausted" }, now);
  const takeovers = delivery.takeovers + 1;
  if (takeovers >= POISON_TAKEOVERS)
    return settle({ ...delivery, takeovers }, { state: "dead", reason: "poison" }, now);
  return hold({ ...delivery, takeovers }, command, now);
}

function release(
  delivery: Delivery,
  command: Extract<DeliveryCommand, { kind: "release" }>,
  now: number,
): Transition {
  if (attemptsLeft(delivery, command.maxAttempts) <= 0)
    return settle(delivery, { state: "dead", reason: command.reason ?? "attempts_exhausted" }, now);
  return changed({
    ...delivery,
    state: "pending",
    stateReason: command.reason,
    rank: command.isLate ? lateRank(delivery.rank) : delivery.rank,
    dueAt: command.dueAt,
    leaseToken: null,
    leasedAt: null,
  });
}

function settle(delivery: Delivery, end: End, now: number): Transition {
  return changed({ ...delivery, state: end.state, stateReason: end.reason, settledAt: now });
}

function longestHold(delivery: Delivery, until: number, now: number): number {
  return Math.min(until, (delivery.leasedAt ?? now) + LONGEST_HOLD_MS);
}

type HeldCommand = Extract<DeliveryCommand, { kind: "acknowledge" | "release" | "bury" | "extend" }>;

function ifHeldBy<C extends HeldCommand>(rule: (delivery: Delivery, command: C, now: number) => Transition) {
  return (delivery: Delivery, command: C, now: number): Transition =>
    delivery.leaseToken === command.token ? rule(delivery, command, now) : leaseLost;
}
