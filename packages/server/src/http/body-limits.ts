/** Largest body of a batch of events. */
export const BATCH_BYTES = 10 * 1024 * 1024;

/** Largest body where a route has none: room for an empty object. */
export const NO_BODY_BYTES = 1_024;
