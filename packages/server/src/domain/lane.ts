import type { DeliveryState } from "./delivery-state.ts";

/**
 * A lane is the line of deliveries of one ordering key in one ordered subscription. At most one of them is out at a time, the lowest
 * position first. A position comes from one row per (project, ordering key) that is held until the commit.
 */
export interface LanePlace {
  /** Blind index of the ordering key. */
  readonly key: string;
  /** Place in the line; positions of one key rise in the order in which its events were accepted. */
  readonly position: number;
  /** True with `on_dead: park`: once dead, this delivery goes on holding its lane. */
  readonly parks: boolean;
}

/** What a dead head does to its lane: hold it until it is redriven or cancelled, or let it go on. */
export type OnDead = "park" | "skip";

/** True while a delivery in this state keeps all later positions of its lane waiting. */
export function holdsLane(state: DeliveryState, place: LanePlace): boolean {
  switch (state) {
    case "pending":
    case "leased":
      return true;
    case "dead":
      return place.parks;
    case "acknowledged":
    case "cancelled":
      return false;
  }
}
