import { describe, expect, test } from "vitest";
import { LONGEST_HOLD_MS } from "../../domain/delivery.ts";
import type { SettleVerb } from "../delivery-store.ts";
import { bytesOf, DAY, SECOND, T0 } from "./make-records.ts";
import {
  ACKNOWLEDGE,
  BURY,
  keyOf,
  lease,
  leaseOne,
  type OpenScene,
  record,
  recordMany,
  releaseAt,
  type Scene,
  settle,
  settleRequest,
  subscribe,
  view,
} from "./scene.ts";

const ATTEMPT = {
  startedAt: T0 + SECOND,
  durationMs: 12,
  statusCode: 503,
  errorCode: null,
  sealedExcerpt: bytesOf("sealed excerpt"),
};

const VERBS: readonly SettleVerb[] = [ACKNOWLEDGE, BURY, releaseAt(T0), { kind: "extend", until: T0 + DAY }];

export function describeSettles(open: OpenScene): void {
  const held = async (fields: Parameters<typeof subscribe>[1] = {}) => {
    const scene = await open();
    const inbox = await subscribe(scene, fields);
    await record(scene, { to: [inbox] });
    const delivery = await leaseOne(scene, { from: inbox, until: T0 + 10 * SECOND });
    return { scene, inbox, delivery };
  };

  describe("settles", () => {
    test("an acknowledged delivery is handed out no more", async () => {
      const { scene, inbox, delivery } = await held();
      const now = T0 + 2 * SECOND;
      expect(await settleAll(scene, [settleRequest(delivery, ACKNOWLEDGE)], now)).toMatchObject([
        {
          outcome: "settled",
          delivery: { ...keyOf(delivery), state: "acknowledged", settledAt: now, attempt: 1 },
        },
      ]);
      expect(await lease(scene, { from: inbox, now: T0 + DAY })).toEqual([]);
    });

    test("the token that acknowledged is told so again, every other token has lost", async () => {
      const { scene, delivery } = await held();
      await settle(scene, delivery, { verb: ACKNOWLEDGE });
      expect(await settle(scene, delivery, { verb: ACKNOWLEDGE })).toBe("already_acknowledged");
      expect(await settle(scene, delivery, { verb: ACKNOWLEDGE, token: "other.0" })).toBe("lease_lost");
    });

    test("a settle is final: after an acknowledge nothing else changes it", async () => {
      const { scene, delivery } = await held();
      await settle(scene, delivery, { verb: ACKNOWLEDGE });
      const settled = await view(scene, keyOf(delivery));
      for (const verb of VERBS.slice(1)) expect(await settle(scene, delivery, { verb })).toBe("lease_lost");
      expect(await view(scene, keyOf(delivery))).toEqual(settled);
    });

    test.each(VERBS)("a wrong token changes nothing by $kind", async (verb) => {
      const { scene, delivery } = await held();
      expect(await settle(scene, delivery, { verb, token: "other.0", attempt: ATTEMPT })).toBe("lease_lost");
      expect(await view(scene, keyOf(delivery))).toEqual({ delivery, isBlocked: false });
      expect(await scene.store.readAttempts(scene.projectId, keyOf(delivery))).toEqual([]);
    });

    test.each(VERBS)("a token past its end is still good to $kind while nobody took over", async (verb) => {
      const { scene, delivery } = await held();
      expect(await settle(scene, delivery, { verb, now: delivery.dueAt + DAY })).toBe("settled");
    });

    test("a lease that was taken over has lost, and the new one settles", async () => {
      const { scene, inbox, delivery } = await held();
      const second = await leaseOne(scene, { from: inbox, now: delivery.dueAt });
      for (const verb of VERBS) expect(await settle(scene, delivery, { verb })).toBe("lease_lost");
      expect(await settle(scene, second, { verb: ACKNOWLEDGE })).toBe("settled");
    });

    test("a released delivery waits until its time and keeps the reason", async () => {
      const { scene, inbox, delivery } = await held();
      const dueAt = T0 + 30 * SECOND;
      await settle(scene, delivery, { verb: releaseAt(dueAt, { reason: "busy" }) });
      expect((await view(scene, keyOf(delivery))).delivery).toMatchObject({
        state: "pending",
        stateReason: "busy",
        dueAt,
        leaseToken: null,
        attempt: 1,
        settledAt: null,
      });
      expect(await settle(scene, delivery, { verb: ACKNOWLEDGE })).toBe("lease_lost");
      expect(await lease(scene, { from: inbox, now: dueAt - 1 })).toEqual([]);
      expect(await leaseOne(scene, { from: inbox, now: dueAt })).toMatchObject({ attempt: 2, takeovers: 0 });
    });

    test("a release of the last attempt makes it dead", async () => {
      const { scene, delivery } = await held();
      const verb = releaseAt(T0, { maxAttempts: 1, reason: "gave up" });
      const outcomes = await settleAll(scene, [settleRequest(delivery, verb)]);
      expect(outcomes).toMatchObject([
        { outcome: "settled", delivery: { state: "dead", stateReason: "gave up" } },
      ]);
    });

    test("a buried delivery is dead with the reason given, or says that it was buried", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await recordMany(scene, 2, { to: [inbox] });
      const [one, other] = await lease(scene, { from: inbox });
      if (one === undefined || other === undefined) throw new Error("nothing was leased");
      const settles = [settleRequest(one, BURY), settleRequest(other, { kind: "bury", reason: "bad data" })];
      expect(await settleAll(scene, settles)).toMatchObject([
        { delivery: { state: "dead", stateReason: "buried" } },
        { delivery: { state: "dead", stateReason: "bad data" } },
      ]);
      expect(await lease(scene, { from: inbox, now: T0 + DAY })).toEqual([]);
    });

    test("an extended lease keeps its token and is not taken over before its new end", async () => {
      const { scene, inbox, delivery } = await held();
      const until = T0 + 600 * SECOND;
      const outcomes = await settleAll(scene, [settleRequest(delivery, { kind: "extend", until })]);
      expect(outcomes).toEqual([{ outcome: "settled", delivery: { ...delivery, dueAt: until } }]);
      expect(await lease(scene, { from: inbox, now: until - 1 })).toEqual([]);
      expect(await settle(scene, delivery, { verb: ACKNOWLEDGE })).toBe("settled");
    });

    test("an extend is no attempt, whatever stands beside it", async () => {
      const { scene, delivery } = await held({ channel: "webhook", endpointShard: 1 });
      await settle(scene, delivery, { verb: { kind: "extend", until: T0 + DAY }, attempt: ATTEMPT });
      expect((await view(scene, keyOf(delivery))).delivery.attempt).toBe(0);
      expect(await scene.store.readAttempts(scene.projectId, keyOf(delivery))).toEqual([]);
    });

    test("no hold is extended beyond twelve hours from its beginning", async () => {
      const { scene, delivery } = await held();
      const [outcome] = await settleAll(scene, [
        settleRequest(delivery, { kind: "extend", until: T0 + 9 * DAY }),
      ]);
      const longest = (delivery.leasedAt ?? 0) + LONGEST_HOLD_MS;
      expect(outcome).toMatchObject({ outcome: "settled", delivery: { dueAt: longest } });
    });

    test("outcomes stand in the order sent, each item by itself", async () => {
      const scene = await open();
      const inbox = await subscribe(scene);
      await recordMany(scene, 2, { to: [inbox] });
      const [one, other] = await lease(scene, { from: inbox });
      if (one === undefined || other === undefined) throw new Error("nothing was leased");
      const settles = [
        settleRequest(one, ACKNOWLEDGE, { token: "stale.0" }),
        settleRequest(other, ACKNOWLEDGE),
        settleRequest(one, ACKNOWLEDGE, { cause: "0190aaaa-0000-7000-8000-000000000000" }),
        settleRequest(one, ACKNOWLEDGE),
        settleRequest(one, ACKNOWLEDGE),
      ];
      const outcomes = await settleAll(scene, settles);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual([
        "lease_lost",
        "settled",
        "not_found",
        "settled",
        "already_acknowledged",
      ]);
    });

    test("of concurrent settles with one token one wins", async () => {
      const { scene, delivery } = await held();
      const verbs = [ACKNOWLEDGE, BURY, releaseAt(T0 + DAY)];
      const outcomes = await Promise.all(verbs.map((verb) => settle(scene, delivery, { verb })));
      expect(outcomes.filter((outcome) => outcome === "settled")).toHaveLength(1);
    });

    test("a settle of a deleted event finds nothing", async () => {
      const { scene, delivery } = await held();
      await scene.store.deleteEvent(scene.projectId, delivery.eventId, T0);
      for (const verb of VERBS) expect(await settle(scene, delivery, { verb })).toBe("not_found");
    });

    test("a settle past the event's last date finds nothing", async () => {
      const { scene, delivery } = await held();
      expect(await settle(scene, delivery, { verb: ACKNOWLEDGE, now: delivery.expiresAt })).toBe("not_found");
    });

    test("each request of a push is counted and kept with the settle that ends it", async () => {
      const { scene, inbox, delivery } = await held({ channel: "webhook", endpointShard: 1 });
      await settle(scene, delivery, { verb: releaseAt(T0), attempt: ATTEMPT });
      const second = await leaseOne(scene, { from: inbox });
      const last = { ...ATTEMPT, statusCode: 200, sealedExcerpt: null };
      await settle(scene, second, { verb: ACKNOWLEDGE, attempt: last });
      expect(await scene.store.readAttempts(scene.projectId, keyOf(delivery))).toEqual([
        { ...ATTEMPT, number: 1 },
        { ...last, number: 2 },
      ]);
      expect((await view(scene, keyOf(delivery))).delivery.attempt).toBe(2);
    });

    test("a push given back without a request costs no attempt", async () => {
      const { scene, delivery } = await held({ channel: "webhook", endpointShard: 1 });
      await settle(scene, delivery, { verb: releaseAt(T0, { maxAttempts: 1 }) });
      expect((await view(scene, keyOf(delivery))).delivery).toMatchObject({ state: "pending", attempt: 0 });
      expect(await scene.store.readAttempts(scene.projectId, keyOf(delivery))).toEqual([]);
    });
  });
}

function settleAll(
  scene: Scene,
  settles: readonly ReturnType<typeof settleRequest>[],
  now = T0 + 2 * SECOND,
) {
  return scene.store.settleDeliveries({ projectId: scene.projectId, now, settles });
}
