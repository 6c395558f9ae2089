import type { Health } from "./breaker.ts";

/** How many requests may be open at an endpoint: as many as it has shown that it answers. */
export interface RequestWindow {
  /** How many more. */
  room(): number;
  begin(count: number): void;
  /** Requests that did not begin. */
  giveBack(count: number): void;
  /** A request is over. */
  end(health: Health): void;
  open(): number;
}

/** An endpoint that does not answer costs one request at a time, a good one is at full speed after a few round trips. */
const LARGEST = 1_024;

/** Begins with one; doubled by each success, halved by each failure. */
export function makeRequestWindow(): RequestWindow {
  let size = 1;
  let open = 0;
  return {
    room: () => Math.max(0, size - open),
    begin: (count) => {
      open += count;
    },
    giveBack: (count) => {
      open -= count;
    },
    end: (health) => {
      open -= 1;
      if (health === "well") size = Math.min(LARGEST, size * 2);
      if (health === "ill") size = Math.max(1, size / 2);
    },
    open: () => open,
  };
}
