import { timeOfId } from "../../domain/ids.ts";
import type { EventRecord } from "../event-store.ts";
import type { Place } from "./places.ts";

/** A record on its way, with the place of its project. */
export interface PlacedRecord {
  readonly record: EventRecord;
  readonly place: Place;
}

/** A record's own time is the one its id carries. */
export function timeOf({ event }: EventRecord): number {
  return timeOfId(event.id);
}
