import { type DeliveryState, isOpen } from "./delivery.ts";

/** What became of an event, computed from its deliveries and never stored. */
export const EVENT_STATUSES = ["pending", "delivered", "acknowledged", "dead", "unmatched"] as const;
export type EventStatus = (typeof EVENT_STATUSES)[number];

/** As much of a delivery as its event's status depends on. */
export interface DeliveryGlance {
  readonly state: DeliveryState;
  /** Hand-overs so far. */
  readonly attempt: number;
}

/** The status of an event with these deliveries. One whose plan is not expanded yet is `pending`; that is the caller's to know. */
export function statusOf(deliveries: readonly DeliveryGlance[]): EventStatus {
  const counted = deliveries.filter(({ state }) => state !== "cancelled");
  if (counted.length === 0) return "unmatched";
  if (counted.every(({ state }) => state === "acknowledged")) return "acknowledged";
  if (!counted.some(({ state }) => isOpen(state)) && counted.some(({ state }) => state === "dead"))
    return "dead";
  return counted.some(wasHandedOver) ? "delivered" : "pending";
}

function wasHandedOver({ state, attempt }: DeliveryGlance): boolean {
  return attempt > 0 || state === "leased" || state === "acknowledged";
}
