import type { Sender } from "../../push/sender.ts";
import type { SettleOutcome, SettleRequest } from "../../store/delivery-store.ts";
import type { Plant } from "./plant.ts";

/** Bugs between a delivery and its settle. */
export const PLANTS_OF_DELIVERY: readonly Plant[] = [
  {
    name: "a lease gives the token of the lease before",
    breaks: ["one holder per delivery"],
    store: (store) => ({
      leaseDeliveries: (request) => store.leaseDeliveries({ ...request, leaseId: request.subscriptionId }),
    }),
  },
  {
    name: "a settle with an old token is taken",
    breaks: ["one holder per delivery", "a settle is final"],
    store: (store) => ({
      settleDeliveries: async ({ settles, ...request }) => {
        const present = settles.map(async (one) => {
          const view = await store.readDelivery(request.projectId, one);
          return { ...one, token: view?.delivery.leaseToken ?? one.token };
        });
        return store.settleDeliveries({ ...request, settles: await Promise.all(present) });
      },
    }),
  },
  {
    name: "what is handed out can be handed out again",
    breaks: ["one holder per delivery", "attempts are counted"],
    store: (store) => ({
      leaseDeliveries: async (request) => {
        const outcome = await store.leaseDeliveries(request);
        const { projectId, now } = request;
        const leased = outcome.outcome === "leased" ? outcome.deliveries : [];
        const settles = leased.map(({ leaseToken, ...key }): SettleRequest => {
          const verb = {
            kind: "release",
            dueAt: now,
            reason: null,
            maxAttempts: 1_000,
            isLate: false,
          } as const;
          return { ...key, token: leaseToken ?? "", verb, attempt: null };
        });
        await store.settleDeliveries({ projectId, now, settles });
        return outcome;
      },
    }),
  },
  {
    name: "an acknowledgement is answered and lost",
    breaks: ["a settle is final"],
    store: (store, { random }) => ({
      settleDeliveries: async (request) => {
        const { projectId, settles } = request;
        const isLost = settles.every(({ verb }) => verb.kind === "acknowledge") && random.chance(0.3);
        if (!isLost) return store.settleDeliveries(request);
        return Promise.all(
          settles.map(async (one): Promise<SettleOutcome> => {
            const delivery = (await store.readDelivery(projectId, one))?.delivery;
            if (delivery === undefined || delivery.leaseToken !== one.token || delivery.state !== "leased")
              return { outcome: "lease_lost" };
            const attempt = delivery.attempt + (one.attempt === null ? 0 : 1);
            return { outcome: "settled", delivery: { ...delivery, state: "acknowledged", attempt } };
          }),
        );
      },
    }),
  },
  {
    name: "two of a key are out at once",
    breaks: ["order per key"],
    store: (store) => ({
      recordEvents: (records) =>
        store.recordEvents(
          records.map((one) => ({ ...one, plan: one.plan.map((entry) => ({ ...entry, ordered: false })) })),
        ),
    }),
  },
  {
    name: "a lease does not look at a pause",
    breaks: ["nothing goes out after a pause or delete"],
    store: (store) => ({
      leaseDeliveries: async (request) => {
        const outcome = await store.leaseDeliveries(request);
        const row = await store.readSubscription(request.projectId, request.subscriptionId);
        if (outcome.outcome !== "paused" || row === null) return outcome;
        await store.changeSubscription({ ...row, state: "active", version: row.version + 1 });
        const leased = await store.leaseDeliveries(request);
        await store.changeSubscription({ ...row, version: row.version + 2 });
        return leased;
      },
    }),
  },
  {
    name: "a pause is answered before it is written",
    breaks: ["nothing goes out after a pause or delete"],
    store: (store, { scheduler }) => ({
      changeSubscription: async (row) => {
        if (row.state !== "paused") return store.changeSubscription(row);
        scheduler.after(300, () => void store.changeSubscription(row));
        return "changed";
      },
    }),
  },
  {
    name: "a lease past its end never comes back",
    breaks: ["everything comes to an end"],
    store: (store) => ({
      leaseDeliveries: async (request) => {
        const outcome = await store.leaseDeliveries({ ...request, until: request.until + YEAR_MS });
        if (outcome.outcome !== "leased") return outcome;
        const deliveries = outcome.deliveries.map((one) => ({ ...one, dueAt: request.until }));
        return { ...outcome, deliveries };
      },
    }),
  },
  {
    name: "requests of a push are not counted",
    breaks: ["attempts are counted"],
    store: (store) => ({
      settleDeliveries: ({ settles, ...request }) =>
        store.settleDeliveries({ ...request, settles: settles.map((one) => ({ ...one, attempt: null })) }),
    }),
  },
  {
    name: "a lease does not look at the owner of the endpoint",
    breaks: ["one owner per endpoint"],
    store: (store) => ({
      leaseDeliveries: (request) => store.leaseDeliveries({ ...request, owner: null }),
    }),
  },
  {
    name: "wake-ups are lost and nobody looks by itself",
    breaks: ["everything comes to an end"],
    store: (store) => ({
      nextDueAt: async (subscriptions) => (await store.nextDueAt(subscriptions)).map(() => null),
    }),
    wakeups: (wakeups) => ({ ...wakeups, wake: () => {} }),
  },
  {
    name: "nobody sweeps",
    breaks: ["everything comes to an end"],
    isSweeping: false,
  },
  {
    name: "one request at a time for all endpoints",
    breaks: ["a quiet project is served"],
    sender: oneAtATime,
  },
];

const YEAR_MS = 365 * 86_400_000;

function oneAtATime(sender: Sender): Sender {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...sender,
    send: (request) => {
      const sent = last.then(() => sender.send(request));
      last = sent;
      return sent;
    },
  };
}
