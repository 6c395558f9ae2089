import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Whether somebody takes connections at a URL. */
export interface ReceiverPresence {
  /** Resolves when somebody does, at once if nothing else is known; or when one of `signals` is aborted, or `mostMs` are over, before. */
  whenThere(signals: readonly AbortSignal[], mostMs?: number): Promise<"there" | "stopped" | "late">;
  /** Looks now. */
  look(): Promise<boolean>;
  /** A connection just failed: from now on nobody is there, until the next look finds somebody. */
  noteAway(): void;
}

interface Parts {
  readonly url: string;
  /** Ends looking. */
  readonly signal: AbortSignal;
  /** Told once each time. */
  readonly onAway: () => void;
  readonly onBack: () => void;
}

const LOOK_EVERY_MS = 250;
const LOOK_MS = 2_000;

export function makeReceiverPresence({ url, signal, onAway, onBack }: Parts): ReceiverPresence {
  let back: Promise<void> | null = null;

  async function waitForIt(): Promise<void> {
    do await delay(LOOK_EVERY_MS, undefined, { signal });
    while (!(await takesConnections(url)));
    back = null;
    onBack();
  }

  function noteAway(): void {
    if (back !== null) return;
    onAway();
    back = waitForIt();
    // It rejects when all is over.
    back.catch(() => undefined);
  }

  return {
    async whenThere(signals, mostMs) {
      const isStopped = () => [...signals, signal].some(({ aborted }) => aborted);
      if (back === null || isStopped()) return isStopped() ? "stopped" : "there";
      const late = mostMs === undefined ? [] : [AbortSignal.timeout(mostMs)];
      const until = AbortSignal.any([...signals, signal, ...late]);
      while (back !== null && !until.aborted)
        await Promise.race([back, whenAborted(until)]).catch(() => undefined);
      if (isStopped()) return "stopped";
      return back === null ? "there" : "late";
    },
    async look() {
      if (back !== null) return false;
      const isThere = await takesConnections(url);
      if (!isThere) noteAway();
      return isThere;
    },
    noteAway,
  };
}

function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function takesConnections(url: string): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || (protocol === "https:" ? 443 : 80)),
      // Of `localhost` each address is tried: some programs listen on one of them alone.
      autoSelectFamily: true,
      timeout: LOOK_MS,
    });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
