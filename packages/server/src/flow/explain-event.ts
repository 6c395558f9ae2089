import type { StoredEvent } from "../domain/event.ts";
import { compileFilter } from "../domain/filter/compile-filter.ts";
import type { CompiledFilter } from "../domain/filter/compiled-filter.ts";
import { explainFilter, type FilterExplanation } from "../domain/filter/explain-filter.ts";
import type { FilterableEvent } from "../domain/filter/filterable-event.ts";
import { matchesEvents, stateAt } from "../domain/subscription.ts";
import { checkFilter } from "./create-subscription.ts";
import { viewForFilters } from "./filterable-view.ts";
import { openEvent, type ReadParts, readEvent } from "./read-events.ts";
import { openSubscription } from "./subscription-content.ts";
import type { EventExplanation } from "./views.ts";

/** Explains one event for the subscriptions of today, the main inbox left out: what it takes depends on the others. */
export async function explainEvent(
  parts: ReadParts,
  projectId: string,
  eventId: string,
): Promise<readonly EventExplanation[]> {
  const event = await readFilterable(parts, projectId, eventId);
  const { subscriptions } = await parts.store.readMatchSet(projectId, null);
  const now = parts.clock.now();
  const explained: EventExplanation[] = [];
  for (const subscription of subscriptions ?? []) {
    if (subscription.matches !== null || !matchesEvents(stateAt(subscription, now))) continue;
    const { filter } = await openSubscription(parts.sealer, subscription);
    const { id: subscriptionId, name } = subscription;
    explained.push({ subscriptionId, name, explanation: explain(compile(filter), event) });
  }
  return explained;
}

async function readFilterable(
  parts: ReadParts,
  projectId: string,
  eventId: string,
): Promise<FilterableEvent> {
  const { event, content } = await readEvent(parts, { projectId, eventId, withStatus: false });
  return viewForFilters({ ...event, ...content });
}

/** Tries a filter on one stored event. */
export async function testFilterOn(
  parts: ReadParts,
  projectId: string,
  wish: { readonly filter: unknown; readonly eventId: string },
): Promise<FilterExplanation> {
  checkFilter(wish.filter);
  return explain(compile(wish.filter), await readFilterable(parts, projectId, wish.eventId));
}

/** Tries a filter on an event that is not stored. */
export function testFilter(filter: unknown, event: FilterableEvent): FilterExplanation {
  checkFilter(filter);
  return explain(compile(filter), event);
}

/** Tries a filter on the newest events. */
export async function testFilterOnLast(
  parts: ReadParts,
  projectId: string,
  wish: { readonly filter: unknown; readonly last: number },
): Promise<readonly { readonly eventId: string; readonly explanation: FilterExplanation }[]> {
  checkFilter(wish.filter);
  const filter = compile(wish.filter);
  const range = { beforeId: null, fromId: null, subjectIndex: null, limit: wish.last };
  const events = await parts.store.listEvents({ projectId, now: parts.clock.now(), ...range });
  return Promise.all(
    events.map(async (event) => ({
      eventId: event.id,
      explanation: await explainStored(parts, filter, event),
    })),
  );
}

async function explainStored(
  { sealer }: ReadParts,
  filter: CompiledFilter | null,
  event: StoredEvent,
): Promise<FilterExplanation> {
  const { content } = await openEvent(sealer, event, null);
  return explain(filter, viewForFilters({ ...event, ...content }));
}

function explain(filter: CompiledFilter | null, event: FilterableEvent): FilterExplanation {
  return filter === null ? { matched: true } : explainFilter(filter, event);
}

function compile(filter: unknown): CompiledFilter | null {
  const compiled = compileFilter(filter);
  return compiled.outcome === "compiled" ? compiled.filter : null;
}
