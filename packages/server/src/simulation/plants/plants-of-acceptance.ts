import type { EventRecord, RecordOutcome } from "../../store/event-store.ts";
import type { Plant } from "./plant.ts";
import { randomUuid } from "./random-uuid.ts";

/** Bugs on the way of an event into the store and to its deliveries. */
export const PLANTS_OF_ACCEPTANCE: readonly Plant[] = [
  {
    name: "events are acknowledged before they are committed",
    breaks: ["what was acknowledged exists"],
    store: (store, { scheduler }) => ({
      recordEvents: async (records) => {
        scheduler.after(20, () => void store.recordEvents(records));
        return records.map(created);
      },
    }),
  },
  {
    name: "half of a batch is stored",
    breaks: ["what was acknowledged exists"],
    store: (store) => ({
      recordEvents: async (records) => {
        const half = Math.ceil(records.length / 2);
        const stored = await store.recordEvents(records.slice(0, half));
        return [...stored, ...records.slice(half).map(created)];
      },
    }),
  },
  {
    name: "an event is stored without the last of its deliveries",
    breaks: ["every event has exactly its deliveries"],
    store: (store) => ({
      recordEvents: (records) =>
        store.recordEvents(records.map((one) => ({ ...one, plan: one.plan.slice(0, -1) }))),
    }),
  },
  {
    name: "the idempotency row is written in a transaction of its own",
    breaks: ["one event per idempotency key"],
    store: (store, { scheduler }) => {
      const rows = new Map<string, string>();
      return {
        recordEvents: (records) =>
          Promise.all(
            records.map(async (record): Promise<RecordOutcome> => {
              const { idempotency, event } = record;
              const name = `${event.projectId} ${idempotency?.kind} ${idempotency?.keyIndex}`;
              const eventId = rows.get(name);
              if (idempotency !== null && eventId !== undefined) return { outcome: "replayed", eventId };
              const [outcome] = await store.recordEvents([{ ...record, idempotency: null }]);
              if (idempotency !== null) scheduler.after(5, () => rows.set(name, event.id));
              return outcome ?? created(record);
            }),
          ),
      };
    },
  },
  {
    name: "filters are matched on an old snapshot",
    breaks: ["every event has exactly its deliveries"],
    store: (store, { scheduler }) => {
      const known = new Map<
        string,
        { readonly at: number; readonly set: Awaited<ReturnType<typeof store.readMatchSet>> }
      >();
      return {
        readMatchSet: async (projectId) => {
          const old = known.get(projectId);
          if (old !== undefined && scheduler.now() - old.at < 10_000) return old.set;
          const set = await store.readMatchSet(projectId, null);
          known.set(projectId, { at: scheduler.now(), set });
          return set;
        },
      };
    },
  },
  {
    name: "a plan is expanded twice",
    breaks: ["every event has exactly its deliveries"],
    store: (store, { random }) => ({
      expandPlan: async (request) => {
        const outcome = await store.expandPlan(request);
        const ids = outcome.outcome === "expanded" ? outcome.subscriptionIds : [];
        const { projectId, eventId, now } = request;
        const deliveries = ids.map((subscriptionId) => ({
          ...{ eventId, subscriptionId, cause: randomUuid(random), dueAt: now },
          ...{ ordered: false, parks: false, takesNewPosition: false },
        }));
        await store.addDeliveries({ projectId, deliveries, now });
        return outcome;
      },
    }),
  },
  {
    name: "a back-fill delivers again what was delivered live",
    breaks: ["every event has exactly its deliveries"],
    store: (store, { random }) => ({
      addDeliveries: ({ deliveries, ...request }) =>
        store.addDeliveries({
          ...request,
          deliveries: deliveries.map((one) =>
            one.cause === "live" ? { ...one, cause: randomUuid(random) } : one,
          ),
        }),
    }),
  },
  {
    name: "a back-fill loses the last event of a page",
    breaks: ["every event has exactly its deliveries"],
    store: (store) => ({
      readFeed: async (request) => {
        const page = await store.readFeed(request);
        const isRead = page.outcome === "page" && request.limit === BACK_FILL_STEP;
        return isRead ? { ...page, items: page.items.slice(0, -1) } : page;
      },
    }),
  },
  {
    name: "the feed shows places before those that are committed later",
    breaks: ["the feed has no gap", "everything comes to an end", "every event has exactly its deliveries"],
    store: (store, { scheduler }) => {
      const recordedAt = new Map<string, number>();
      return {
        recordEvents: (records) => {
          for (const { event } of records) recordedAt.set(event.id, scheduler.now());
          return store.recordEvents(records);
        },
        readFeed: async (request) => {
          const page = await store.readFeed(request);
          if (page.outcome !== "page") return page;
          const isShown = (id: string) => scheduler.now() - (recordedAt.get(id) ?? 0) > 50;
          return { ...page, items: page.items.filter(({ event }) => isShown(event.id)) };
        },
      };
    },
  },
  {
    name: "the feed shows what is not committed",
    breaks: ["the feed has no gap"],
    store: (store, { random }) => {
      const ghosts: EventRecord[] = [];
      return {
        recordEvents: (records) => {
          const [first] = records;
          if (first !== undefined && random.chance(0.2))
            ghosts.push({ ...first, event: { ...first.event, id: randomUuid(random) } });
          return store.recordEvents(records);
        },
        readFeed: async (request) => {
          const page = await store.readFeed(request);
          if (page.outcome !== "page") return page;
          const shown = ghosts.filter(({ event }) => event.projectId === request.projectId).slice(-1);
          return {
            ...page,
            items: [...page.items, ...shown.map(({ event }) => ({ event, position: page.end }))],
          };
        },
      };
    },
  },
  {
    name: "retention takes what waits",
    breaks: ["what was acknowledged exists"],
    store: (store) => ({
      expireEvents: (request) => store.expireEvents({ ...request, goneBefore: request.settledBefore }),
    }),
  },
];

/** So many events a back-fill reads at a time; readers of a feed ask for fewer. */
const BACK_FILL_STEP = 250;

function created({ isWide }: EventRecord): RecordOutcome {
  return { outcome: "created", isPlanned: isWide };
}
