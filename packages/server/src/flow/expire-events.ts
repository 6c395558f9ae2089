import type { ExpireOutcome } from "../store/event-store.ts";
import type { Store } from "../store/store.ts";
import { AFTER_BACKLOG_MS, type KeepTimes } from "./accept-events.ts";
import type { Clock } from "./clock.ts";
import { type GivenUp, tellDeliveries } from "./tell-deliveries.ts";
import type { TellOwner } from "./tell-owner.ts";

/** Small steps with a rest behind each: retention does not disturb who posts meanwhile. */
const STEP = 200;
const REST_MS = 20;
const PROJECTS_PAGE = 100;

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly keep: KeepTimes;
  readonly isClosed: () => boolean;
  readonly tellOwner: TellOwner;
}

/** Removes what is past its time in all projects, see design of retention in docs/configuration.md. Gives how many events went. */
export async function expireEvents(parts: Parts): Promise<number> {
  let removed = 0;
  let afterId: string | null = null;
  while (!parts.isClosed()) {
    const projects = await parts.store.listProjects({ afterId, limit: PROJECTS_PAGE });
    for (const { id } of projects) removed += await expireProject(parts, id);
    if (projects.length < PROJECTS_PAGE) break;
    afterId = projects.at(-1)?.id ?? null;
  }
  return removed;
}

async function expireProject(parts: Parts, projectId: string): Promise<number> {
  const { store, clock, keep } = parts;
  let removed = 0;
  let afterId: string | null = null;
  while (!parts.isClosed()) {
    const now = clock.now();
    const outcome = await store.expireEvents({
      projectId,
      now,
      settledBefore: now - keep.retentionMs,
      backlogBefore: now - keep.backlogMs,
      goneBefore: now - keep.backlogMs - AFTER_BACKLOG_MS,
      afterId,
      limit: STEP,
    });
    removed += outcome.removed;
    const deliveries = outcome.expired.map(toldOf);
    await tellDeliveries(parts, projectId, { type: "delivery.expired", deliveries });
    afterId = outcome.nextId;
    if (afterId === null) break;
    await new Promise<void>((resolve) => clock.after(REST_MS, resolve));
  }
  return removed;
}

function toldOf({ eventId, subscriptionId }: ExpireOutcome["expired"][number]): GivenUp {
  return { event_id: eventId, subscription_id: subscriptionId, reason: "expired" };
}
