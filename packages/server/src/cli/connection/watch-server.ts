/** Told when a server does not answer, or says that it cannot for now, and when it does again. */
export interface ServerWatch {
  readonly onAway: () => void;
  readonly onBack: () => void;
}

/** Of a proxy without a server behind it, or of a server that stops or starts. */
const AWAY = new Set([502, 503, 504]);

/** A `fetch` that tells whether the server is there; what comes of the call is the caller's. */
export function watchServer({ onAway, onBack }: ServerWatch): typeof fetch {
  let isAway = false;
  const note = (isGone: boolean) => {
    if (isGone !== isAway) (isGone ? onAway : onBack)();
    isAway = isGone;
  };
  return async (input, init) => {
    try {
      const response = await fetch(input, init);
      note(AWAY.has(response.status));
      return response;
    } catch (error) {
      note(true);
      throw error;
    }
  };
}
