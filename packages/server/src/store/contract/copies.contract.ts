import { describe, expect, test } from "vitest";
import { COPIED_KINDS, type CopiedKind, type CopiedRows, type CopyableStore } from "../copy-store.ts";
import { idAt, makeCredential, makeJob, SECOND, T0 } from "./make-records.ts";
import {
  ACKNOWLEDGE,
  addProject,
  BURY,
  lease,
  leaseOne,
  record,
  recordMany,
  releaseAt,
  type Scene,
  settle,
  subscribe,
} from "./scene.ts";

/** How this part of the contract gets at the stores of an adapter. */
export interface CopyHarness {
  /** Opens a store that holds nothing. */
  open(): Promise<CopyableStore>;
}

type Everything = { readonly [Kind in CopiedKind]?: readonly CopiedRows[Kind][] };

/** States what a store promises to `triggers store copy` and `check`. */
export function describeCopies(name: string, { open }: CopyHarness): void {
  describe(`copies of the ${name} store`, () => {
    test("hold the rows of every kind, page by page", async () => {
      const { from, to } = await fillAndCopy(open, 2);
      for (const kind of COPIED_KINDS) {
        const rows = await rowsOf(from, kind, 1_000);
        expect([kind, rows.length > 0]).toEqual([kind, true]);
        expect(await rowsOf(to, kind, 3)).toEqual(rows);
        expect([kind, await to.countRows(kind), await from.countRows(kind)]).toEqual([
          ...[kind, rows.length, rows.length],
        ]);
      }
      await Promise.all([from.close(), to.close()]);
    });

    test("take a page that comes twice once", async () => {
      const { from, to } = await fillAndCopy(open, 1_000);
      await copyAll(from, to, 1_000);
      for (const kind of COPIED_KINDS)
        expect([kind, await to.countRows(kind)]).toEqual([kind, await from.countRows(kind)]);
      await Promise.all([from.close(), to.close()]);
    });

    test("hand out what the original would have handed out", async () => {
      const { scenes, projectId, inbox, lanes, held } = await fillAndCopy(open, 5);
      for (const store of scenes) {
        const scene = { store, projectId };
        expect(await settle(scene, held, { verb: ACKNOWLEDGE })).toBe("settled");
        const taken = await lease(scene, { from: inbox, limit: 100, now: T0 + 100 * SECOND });
        const first = await lease(scene, { from: lanes, limit: 100, now: T0 + 100 * SECOND });
        expect(taken.map(({ eventId }) => eventId)).toHaveLength(4);
        expect(first.map(({ lane }) => [lane?.key, lane?.position])).toEqual([["b", 1]]);
        await store.close();
      }
    });

    test("go on where ordering keys, plans and idempotency keys stood", async () => {
      const { scenes, projectId, lanes, planned } = await fillAndCopy(open, 5);
      for (const store of scenes) {
        const scene = { store, projectId };
        const next = await record(scene, { to: [lanes], key: "b" });
        const [delivery] = await store.readDeliveriesOfEvents(projectId, [next.id]);
        expect(delivery?.lane?.position).toBe(4);
        expect(await store.countPlan(projectId, planned.id)).toBe(1);
        const expanded = await store.expandPlan({ projectId, eventId: planned.id, limit: 10, now: T0 });
        expect(expanded).toMatchObject({ outcome: "expanded", isComplete: true });
        await store.close();
      }
    });

    test("keep the order of the feed", async () => {
      const { scenes, projectId } = await fillAndCopy(open, 4);
      const feeds = [];
      for (const store of scenes) {
        const request = { projectId, after: null, subjectIndex: null, limit: 1_000, now: T0 + 100 * SECOND };
        const page = await store.readFeed(request);
        feeds.push(page.outcome === "page" ? page.items.map(({ event }) => event.id) : page);
        await store.close();
      }
      expect(feeds[1]).toEqual(feeds[0]);
    });

    test("and their original have no faults", async () => {
      const { scenes } = await fillAndCopy(open, 7);
      for (const store of scenes) {
        expect(await store.findFaults(10)).toEqual([]);
        await store.close();
      }
    });

    test("leave out what a closed project left behind", async () => {
      const store = await open();
      const scene = (await addProject(store)) as Scene & { readonly store: CopyableStore };
      await recordMany(scene, 3, { to: [await subscribe(scene)] });
      await store.deleteProject(scene.projectId, T0);
      for (const kind of ["projects", "credentials", "events", "deliveries", "subscriptions"] as const)
        expect(await rowsOf(store, kind, 10)).toEqual([]);
      await store.close();
    });
  });
}

async function fillAndCopy(open: CopyHarness["open"], page: number) {
  const [from, to] = [await open(), await open()];
  const filled = await fill(from);
  await copyAll(from, to, page);
  return { from, to, scenes: [from, to], ...filled };
}

async function copyAll(from: CopyableStore, to: CopyableStore, page: number): Promise<void> {
  for (const kind of COPIED_KINDS) {
    let after: string | null = null;
    do {
      const found: { readonly rows: readonly object[]; readonly after: string | null } =
        await from.exportRows({ kind, after, limit: page });
      await to.importRows(kind, found.rows as never);
      ({ after } = found);
    } while (after !== null);
  }
}

async function rowsOf<Kind extends CopiedKind>(store: CopyableStore, kind: Kind, limit: number) {
  const rows: NonNullable<Everything[Kind]>[number][] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<CopyableStore["exportRows"]>> = await store.exportRows({
      ...{ kind, after, limit },
    });
    rows.push(...(page.rows as typeof rows));
    ({ after } = page);
  } while (after !== null);
  return rows;
}

/** Rows of every kind, in every state. */
async function fill(store: CopyableStore) {
  const scene = await addProject(store);
  const { projectId } = scene;
  await addProject(store);
  await store.putSetting("check", Uint8Array.of(1, 2, 3));
  await store.addKey(projectId, { id: "k2", kind: "data", wrapped: Uint8Array.of(7), createdAt: T0 });
  await store.createCredential(makeCredential(projectId, { revokedAt: T0 + 5, scopes: ["events:read"] }));
  await store.touchEventTypes(projectId, [{ type: "order.created", lastSeenAt: T0 }]);
  await store.createJob(makeJob(projectId, { state: "done", finishedAt: T0 + 1, done: 4, total: 4 }));
  const [inbox, lanes] = [await subscribe(scene), await subscribe(scene, { ordered: true })];
  await subscribe(scene, { state: "ended", name: "over", labels: ["x"] });
  const idempotency = { kind: "key", keyIndex: "i", fingerprint: "f", expiresAt: T0 + 1_000_000 } as const;
  await record(scene, { to: [inbox], idempotency });
  await recordMany(scene, 7, { to: [inbox], event: { tags: ["a", "b"], type: "order.created" } });
  await recordMany(scene, 3, { to: [lanes], key: "a" });
  await recordMany(scene, 3, { to: [lanes], key: "b" });
  const planned = await record(scene, { to: [inbox], isWide: true });
  const held = await settleSome(scene, { inbox, lanes });
  return { projectId, inbox, lanes, planned, held };
}

type Two = { readonly inbox: Parameters<typeof leaseOne>[1]["from"]; readonly lanes: Two["inbox"] };

/** One acknowledged, one dead, one released for later with its attempt, one held; the first of lane `a` is parked. */
async function settleSome(scene: Scene, { inbox, lanes }: Two) {
  const [first, second, third, held] = await lease(scene, { from: inbox, limit: 4 });
  if (first === undefined || second === undefined || third === undefined || held === undefined)
    throw new Error("nothing was leased");
  const attempt = {
    ...{ startedAt: T0, durationMs: 12, statusCode: 500, errorCode: null },
    sealedExcerpt: Uint8Array.of(5),
  };
  await settle(scene, first, { verb: ACKNOWLEDGE });
  await settle(scene, second, { verb: BURY });
  await settle(scene, third, { verb: releaseAt(T0 + 500 * SECOND), attempt });
  const parked = await leaseOne(scene, { from: lanes, leaseId: `lease-${idAt(T0)}` });
  await settle(scene, parked, { verb: BURY });
  return held;
}
