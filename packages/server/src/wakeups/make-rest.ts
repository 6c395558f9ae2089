const FIRST_REST_MS = 250;
const LONGEST_REST_MS = 10_000;

/** How long to rest after a try: not at all after a good one, ever longer while they fail. */
export interface Rest {
  after(isGood: boolean): number;
}

export function makeRest(): Rest {
  let nextMs = FIRST_REST_MS;
  return {
    after(isGood) {
      if (isGood) {
        nextMs = FIRST_REST_MS;
        return 0;
      }
      const restMs = nextMs;
      nextMs = Math.min(nextMs * 2, LONGEST_REST_MS);
      return restMs;
    },
  };
}
