/** A signal that ends with the caller's or when the time is over. */
export interface Deadline {
  readonly signal: AbortSignal;
  isOver(): boolean;
  /** From now on the caller's signal no longer counts. */
  forgetCaller(): void;
  close(): void;
}

/** A timer of the platform that is set for longer rings at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Runs `ring` after a time, also one as long as Infinity; after 24 days at the latest. */
export function startTimer(ring: () => void, ms: number): ReturnType<typeof setTimeout> {
  return setTimeout(ring, Math.min(ms, LONGEST_TIMER_MS));
}

/** By hand instead of `AbortSignal.any` and `.timeout`: those of a long-lived signal are not let go on every platform. */
export function openDeadline(caller: AbortSignal | undefined, ms: number): Deadline {
  const controller = new AbortController();
  let isOver = false;
  const follow = (): void => controller.abort(caller?.reason);
  const forgetCaller = (): void => caller?.removeEventListener("abort", follow);
  const timer = startTimer(() => {
    isOver = true;
    controller.abort();
  }, ms);
  if (caller?.aborted === true) follow();
  else caller?.addEventListener("abort", follow);
  return {
    signal: controller.signal,
    isOver: () => isOver,
    forgetCaller,
    close: () => {
      clearTimeout(timer);
      forgetCaller();
    },
  };
}

/** Resolves after a time; rejects with the reason of the signal. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = startTimer(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
