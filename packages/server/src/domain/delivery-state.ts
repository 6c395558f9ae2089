/** The states of the one state machine of the product. `docs/delivery-states.md` states its invariants. */
export const DELIVERY_STATES = ["pending", "leased", "acknowledged", "dead", "cancelled"] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
