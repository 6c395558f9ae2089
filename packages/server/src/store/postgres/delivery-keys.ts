import type { DeliveryKey } from "../../domain/ids.ts";
import { uuids } from "./pack-arrays.ts";
import { causeValue, idValue } from "./rows.ts";
import { fewRows, PROJECT } from "./sql.ts";

/** The keys as three arrays: events, subscriptions, causes. */
export function keyArrays(keys: readonly DeliveryKey[]): [Buffer, Buffer, Buffer] {
  return [
    uuids(keys.map(({ eventId }) => idValue(eventId))),
    uuids(keys.map(({ subscriptionId }) => idValue(subscriptionId))),
    uuids(keys.map(({ cause }) => causeValue(cause))),
  ];
}

/** `$2` to `$4` are `keyArrays`. */
export const KEYS = fewRows("$2::uuid[], $3::uuid[], $4::uuid[]", "k (event, subscription, cause)");
/** `d`: a delivery, or what belongs to one. */
export const HAS_KEY = `d.project = ${PROJECT} AND d.event = k.event AND d.subscription = k.subscription AND d.cause = k.cause`;
/** The deliveries `d` of the keys `k`. */
export const DELIVERIES_OF_KEYS = `${KEYS} JOIN deliveries AS d ON ${HAS_KEY}`;
