import { describe, expect, test } from "vitest";
import {
  attemptsLeft,
  type Delivery,
  type DeliveryCommand,
  isOpen,
  LONGEST_HOLD_MS,
  leaseToken,
  POISON_TAKEOVERS,
  transition,
} from "./delivery.ts";
import { DELIVERY_STATES, type DeliveryState } from "./delivery-state.ts";
import { lateRank, rankOf } from "./priority.ts";

const NOW = 1_800_000_000_000;
const TOKEN = "lease.0";

const PENDING: Delivery = {
  projectId: "project",
  eventId: "event",
  subscriptionId: "subscription",
  cause: "live",
  state: "pending",
  stateReason: null,
  rank: rankOf("normal", false),
  attempt: 0,
  attemptBase: 0,
  takeovers: 0,
  dueAt: NOW,
  leaseToken: null,
  leasedAt: null,
  lane: { key: "key", position: 7, parks: true },
  bytes: 100,
  createdAt: NOW - 1_000,
  settledAt: null,
  expiresAt: NOW + 1_000_000,
};

/** Under a lease that ends a minute from now, its first attempt counted. */
const LEASED: Delivery = {
  ...PENDING,
  state: "leased",
  attempt: 1,
  dueAt: NOW + 60_000,
  leaseToken: TOKEN,
  leasedAt: NOW - 10_000,
};
const EXPIRED: Delivery = { ...LEASED, dueAt: NOW };

const LEASE: Extract<DeliveryCommand, { kind: "lease" }> = {
  kind: "lease",
  token: "next.0",
  until: NOW + 30_000,
  maxAttempts: 10,
  countsAttempt: true,
};
const RELEASE: Extract<DeliveryCommand, { kind: "release" }> = {
  kind: "release",
  token: TOKEN,
  dueAt: NOW + 5_000,
  reason: null,
  maxAttempts: 10,
  countsAttempt: false,
  isLate: false,
};
const ACKNOWLEDGE = { kind: "acknowledge", token: TOKEN, countsAttempt: false } as const;
const BURY = { kind: "bury", token: TOKEN, reason: null, countsAttempt: false } as const;
const EXTEND = { kind: "extend", token: TOKEN, until: NOW + 90_000 } as const;
const HELD_COMMANDS: readonly DeliveryCommand[] = [ACKNOWLEDGE, RELEASE, BURY, EXTEND];

function inState(state: DeliveryState): Delivery {
  return state === "pending" ? PENDING : { ...LEASED, state, settledAt: state === "leased" ? null : NOW - 1 };
}

function apply(delivery: Delivery, command: DeliveryCommand, now = NOW): Delivery {
  const result = transition(delivery, command, now);
  if (result.outcome !== "changed") throw new Error(`not changed: ${result.outcome}`);
  return result.delivery;
}

function outcomeOf(delivery: Delivery, command: DeliveryCommand, now = NOW): string {
  return transition(delivery, command, now).outcome;
}

describe("a lease", () => {
  test("holds a due delivery until its end and counts an attempt of a pull", () => {
    expect(apply({ ...PENDING, stateReason: "busy" }, LEASE)).toEqual({
      ...PENDING,
      state: "leased",
      attempt: 1,
      dueAt: LEASE.until,
      leaseToken: LEASE.token,
      leasedAt: NOW,
    });
  });

  test("counts no attempt of a push", () => {
    expect(apply(PENDING, { ...LEASE, countsAttempt: false }).attempt).toBe(0);
  });

  test("gives nothing out before it is due, and from then on does", () => {
    expect(outcomeOf({ ...PENDING, dueAt: NOW + 1 }, LEASE)).toBe("not_due");
    expect(outcomeOf({ ...PENDING, dueAt: NOW }, LEASE)).toBe("changed");
  });

  test("leaves a lease that is out to its holder", () => {
    expect(outcomeOf({ ...LEASED, dueAt: NOW + 1 }, LEASE)).toBe("held");
  });

  test("takes over a lease past its end under a new token", () => {
    expect(apply(EXPIRED, LEASE)).toEqual({
      ...EXPIRED,
      attempt: 2,
      takeovers: 1,
      dueAt: LEASE.until,
      leaseToken: LEASE.token,
      leasedAt: NOW,
    });
  });

  test("finds a lease past its end dead when no attempt is left", () => {
    expect(apply({ ...EXPIRED, attempt: 10 }, LEASE)).toEqual({
      ...EXPIRED,
      attempt: 10,
      state: "dead",
      stateReason: "attempts_exhausted",
      settledAt: NOW,
    });
    expect(apply({ ...EXPIRED, attempt: 9 }, LEASE).state).toBe("leased");
  });

  test("finds what was taken over for the twentieth time poisonous", () => {
    const last = { ...EXPIRED, takeovers: POISON_TAKEOVERS - 1 };
    expect(apply(last, LEASE)).toMatchObject({
      state: "dead",
      stateReason: "poison",
      takeovers: 20,
      settledAt: NOW,
    });
    expect(apply({ ...last, takeovers: POISON_TAKEOVERS - 2 }, LEASE)).toMatchObject({
      state: "leased",
      takeovers: POISON_TAKEOVERS - 1,
    });
  });
});

describe("a token", () => {
  test("settles whatever the clock says while its lease was not taken over", () => {
    for (const command of HELD_COMMANDS)
      for (const now of [NOW, LEASED.dueAt, LEASED.dueAt + 86_400_000])
        expect(outcomeOf(LEASED, command, now)).toBe("changed");
  });

  test("is void once the delivery was leased again", () => {
    const taken = apply(EXPIRED, LEASE);
    for (const command of HELD_COMMANDS) expect(outcomeOf(taken, command)).toBe("lease_lost");
  });

  test("is void once it released the delivery", () => {
    const released = apply(LEASED, RELEASE);
    for (const command of HELD_COMMANDS) expect(outcomeOf(released, command)).toBe("lease_lost");
  });

  test("that acknowledged is told so again; it can do nothing else, and no other token anything", () => {
    const settled = apply(LEASED, ACKNOWLEDGE);
    expect(outcomeOf(settled, ACKNOWLEDGE)).toBe("already_acknowledged");
    expect(outcomeOf(settled, { ...ACKNOWLEDGE, token: "other" })).toBe("lease_lost");
    for (const command of [RELEASE, BURY, EXTEND]) expect(outcomeOf(settled, command)).toBe("lease_lost");
  });

  test("of a lease that others acknowledged without it has lost", () => {
    const settled = apply(EXPIRED, { kind: "acknowledge_unheld" });
    expect(outcomeOf(settled, ACKNOWLEDGE)).toBe("lease_lost");
  });

  test("is made of the lease's secret and the place in it", () => {
    expect(leaseToken("secret", 3)).toBe("secret.3");
  });
});

describe("an acknowledge", () => {
  test("settles for good, and counts a request of a push", () => {
    expect(apply(LEASED, ACKNOWLEDGE)).toEqual({ ...LEASED, state: "acknowledged", settledAt: NOW });
    expect(apply(LEASED, { ...ACKNOWLEDGE, countsAttempt: true }).attempt).toBe(2);
  });

  test("without a lease settles what is pending, due or not, and what is past its lease", () => {
    const command = { kind: "acknowledge_unheld" } as const;
    for (const delivery of [PENDING, { ...PENDING, dueAt: NOW + 1 }, EXPIRED])
      expect(apply(delivery, command)).toMatchObject({
        state: "acknowledged",
        leaseToken: null,
        settledAt: NOW,
      });
    expect(outcomeOf(LEASED, command)).toBe("held");
    expect(outcomeOf(inState("acknowledged"), command)).toBe("already_acknowledged");
  });
});

describe("a release", () => {
  test("makes it wait until its time with the reason given", () => {
    expect(apply(LEASED, { ...RELEASE, reason: "busy" })).toEqual({
      ...PENDING,
      attempt: 1,
      dueAt: RELEASE.dueAt,
      stateReason: "busy",
    });
  });

  test("keeps its rank, or goes behind the first attempts of its priority when it is late", () => {
    expect(apply(LEASED, RELEASE).rank).toBe(LEASED.rank);
    const late = apply(LEASED, { ...RELEASE, isLate: true });
    expect(late.rank).toBe(lateRank(LEASED.rank));
    expect(apply({ ...LEASED, rank: late.rank }, { ...RELEASE, isLate: true }).rank).toBe(late.rank);
  });

  test("of the last attempt is the end, with the reason given or attempts_exhausted", () => {
    const last = { ...RELEASE, maxAttempts: 1 };
    expect(apply(LEASED, last)).toEqual({
      ...LEASED,
      state: "dead",
      stateReason: "attempts_exhausted",
      settledAt: NOW,
    });
    expect(apply(LEASED, { ...last, reason: "gave up" }).stateReason).toBe("gave up");
  });

  test("counts the request it ends before it asks whether an attempt is left", () => {
    const command = { ...RELEASE, maxAttempts: 2, countsAttempt: true };
    expect(apply(LEASED, command)).toMatchObject({ state: "dead", attempt: 2 });
    expect(apply(LEASED, { ...command, countsAttempt: false })).toMatchObject({
      state: "pending",
      attempt: 1,
    });
  });

  test("leaves the number of take-overs as it is", () => {
    expect(apply({ ...LEASED, takeovers: 3 }, RELEASE).takeovers).toBe(3);
  });
});

describe("a bury", () => {
  test("ends it with the reason given, or says that it was buried", () => {
    expect(apply(LEASED, BURY)).toEqual({ ...LEASED, state: "dead", stateReason: "buried", settledAt: NOW });
    const command = { ...BURY, reason: "bad data", countsAttempt: true };
    expect(apply(LEASED, command)).toMatchObject({ stateReason: "bad data", attempt: 2 });
  });
});

describe("an extend", () => {
  test("moves the end of a lease and nothing else", () => {
    expect(apply(LEASED, EXTEND)).toEqual({ ...LEASED, dueAt: EXTEND.until });
  });

  test("never holds a delivery longer than twelve hours from the beginning of the hold", () => {
    const longest = (LEASED.leasedAt ?? 0) + LONGEST_HOLD_MS;
    expect(apply(LEASED, { ...EXTEND, until: longest - 1 }).dueAt).toBe(longest - 1);
    expect(apply(LEASED, { ...EXTEND, until: longest + 1 }).dueAt).toBe(longest);
    const unknown = apply({ ...LEASED, leasedAt: null }, { ...EXTEND, until: NOW + 2 * LONGEST_HOLD_MS });
    expect(unknown.dueAt).toBe(NOW + LONGEST_HOLD_MS);
  });
});

describe("the sweep", () => {
  const command = { kind: "exhaust", maxAttempts: 1 } as const;

  test("buries a lease past its end with no attempt left", () => {
    expect(apply(EXPIRED, command)).toEqual({
      ...EXPIRED,
      state: "dead",
      stateReason: "attempts_exhausted",
      settledAt: NOW,
    });
  });

  test("leaves a lease that is out, and one with an attempt left", () => {
    expect(outcomeOf(LEASED, command)).toBe("refused");
    expect(outcomeOf(EXPIRED, { ...command, maxAttempts: 2 })).toBe("refused");
  });
});

describe("the end of what it belongs to", () => {
  test.each([PENDING, LEASED])("makes $state dead with its reason", (delivery) => {
    for (const reason of ["expired", "gone"] as const)
      expect(apply(delivery, { kind: "give_up", reason })).toEqual({
        ...delivery,
        state: "dead",
        stateReason: reason,
        settledAt: NOW,
      });
  });

  test.each([PENDING, LEASED])("by a delete cancels $state", (delivery) => {
    expect(apply(delivery, { kind: "drop_subscription" })).toEqual({
      ...delivery,
      state: "cancelled",
      stateReason: "subscription_deleted",
      settledAt: NOW,
    });
  });
});

describe("a cancel", () => {
  test("ends what is pending or dead, with its reason", () => {
    for (const delivery of [PENDING, inState("dead")])
      expect(apply(delivery, { kind: "cancel", reason: "not needed" })).toEqual({
        ...delivery,
        state: "cancelled",
        stateReason: "not needed",
        settledAt: NOW,
      });
  });

  test("is refused while somebody holds it, even past the end of the lease", () => {
    for (const delivery of [LEASED, EXPIRED])
      expect(outcomeOf(delivery, { kind: "cancel", reason: null })).toBe("refused");
  });
});

describe("a redrive", () => {
  test("makes a dead delivery due at once with all attempts and no take-overs", () => {
    const dead = { ...inState("dead"), attempt: 10, attemptBase: 4, takeovers: 19, stateReason: "poison" };
    const redriven = apply(dead, { kind: "redrive" });
    expect(redriven).toEqual({ ...PENDING, attempt: 10, attemptBase: 10 });
    expect(attemptsLeft(redriven, 10)).toBe(10);
  });
});

describe("a settled delivery", () => {
  const settling: readonly DeliveryCommand[] = [
    LEASE,
    { kind: "exhaust", maxAttempts: 0 },
    { kind: "give_up", reason: "gone" },
    { kind: "drop_subscription" },
  ];

  test.each(["acknowledged", "dead", "cancelled"] as const)(
    "that is %s stays as it is under every lease, settle and sweep",
    (state) => {
      for (const command of [...settling, RELEASE, BURY, EXTEND])
        expect(outcomeOf(inState(state), command)).not.toBe("changed");
    },
  );

  test.each(["acknowledged", "cancelled"] as const)("that is %s never comes back", (state) => {
    for (const command of [{ kind: "redrive" }, { kind: "cancel", reason: null }] as const)
      expect(outcomeOf(inState(state), command)).toBe("refused");
  });
});

test("no command changes what a delivery is: its key, lane, size, age and last date", () => {
  const commands: readonly DeliveryCommand[] = [
    LEASE,
    ...HELD_COMMANDS,
    { kind: "acknowledge_unheld" },
    { kind: "exhaust", maxAttempts: 1 },
    { kind: "give_up", reason: "gone" },
    { kind: "cancel", reason: null },
    { kind: "redrive" },
    { kind: "drop_subscription" },
  ];
  const { projectId, eventId, subscriptionId, cause, lane, bytes, createdAt, expiresAt } = PENDING;
  const lasting = { projectId, eventId, subscriptionId, cause, lane, bytes, createdAt, expiresAt };
  for (const delivery of [...DELIVERY_STATES.map(inState), EXPIRED])
    for (const command of commands) {
      const result = transition(delivery, command, NOW);
      if (result.outcome === "changed") expect(result.delivery).toMatchObject(lasting);
    }
});

test("only pending and leased deliveries are open", () => {
  expect(DELIVERY_STATES.filter(isOpen)).toEqual(["pending", "leased"]);
});
