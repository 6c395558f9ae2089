import { type Loop, makeReady } from "./loop-state.ts";

/** Subscriptions that one round looks at. */
const LOOKED_AT = 1_000;
/** So many in one question, about 0.5 ms: an embedded store answers on the thread that also serves requests. */
const ASKED_AT_ONCE = 50;

/** Looks which subscriptions have something due, some in each round: wake-ups may be lost. */
export async function findDue(loop: Loop): Promise<void> {
  const { parts, targets } = loop;
  const ids = [...targets.ids()];
  const start = loop.lookedAt < ids.length ? loop.lookedAt : 0;
  const looked = ids.slice(start, start + LOOKED_AT);
  loop.lookedAt = start + looked.length;
  for (let from = 0; from < looked.length && !loop.isStopped; from += ASKED_AT_ONCE) {
    await askFor(loop, looked.slice(from, from + ASKED_AT_ONCE));
    await new Promise<void>((resolve) => parts.clock.soon(resolve));
  }
}

async function askFor(loop: Loop, ids: readonly string[]): Promise<void> {
  const { parts, targets } = loop;
  const refs = ids.map((subscriptionId) => ({
    projectId: targets.get(subscriptionId)?.subscription.projectId ?? "",
    subscriptionId,
  }));
  const dueAt = await parts.store.nextDueAt(refs);
  const now = parts.clock.now();
  for (const [index, at] of dueAt.entries()) {
    const id = ids[index];
    if (id !== undefined && at !== null && at <= now) makeReady(loop, id);
  }
}
