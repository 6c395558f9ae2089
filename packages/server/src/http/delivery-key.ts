import { TriggersError } from "../domain/errors.ts";
import { type DeliveryKey, parseDeliveryId } from "../domain/ids.ts";

/** The key behind the id of a delivery in a path. */
export function deliveryKeyOf(id: string): DeliveryKey {
  const key = parseDeliveryId(id);
  if (key === null) throw new TriggersError("not_found", "There is no delivery with this id.");
  return key;
}
