import type { OpenSlots, Taker } from "./open-slots.ts";
import { type EndpointPace, type Grant, NO_GRANT } from "./pace-endpoint.ts";
import type { SubscriptionPace } from "./pace-subscription.ts";

/** Of what a request needs a slot. */
export interface SlotSources {
  readonly subscription: SubscriptionPace;
  readonly endpoint: EndpointPace;
  readonly process: OpenSlots;
}

/** Slots of all three. */
export interface TakenSlots extends Grant {
  readonly taker: Taker;
}

/** Takes slots that the subscription, its endpoint and the process all have; what one has not, the others get back. */
export function takeSlots(
  { subscription, endpoint, process }: SlotSources,
  { projectId, shard }: Pick<Taker, "projectId" | "shard">,
  { now, wanted }: { readonly now: number; readonly wanted: number },
): TakenSlots {
  const taker = { projectId, shard, health: endpoint.health() };
  const ofProcess = process.take(taker, { wanted, held: endpoint.inFlight() });
  const count = ofProcess === 0 ? 0 : subscription.take(now, ofProcess);
  const grant = count === 0 ? NO_GRANT : endpoint.take(now, count);
  if (grant.count < count) subscription.giveBack(now, count - grant.count);
  if (grant.count < ofProcess) process.giveBack(taker, ofProcess - grant.count);
  return { ...grant, taker };
}

/** Gives back slots whose requests did not begin. */
export function giveSlotsBack(
  { subscription, endpoint, process }: SlotSources,
  { count, isProbe, taker }: TakenSlots,
  now: number,
): void {
  subscription.giveBack(now, count);
  endpoint.giveBack(now, { count, isProbe });
  process.giveBack(taker, count);
}
