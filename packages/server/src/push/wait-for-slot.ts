import { type Loop, lookAgain, makeReady } from "./loop-state.ts";
import type { Taker } from "./open-slots.ts";
import type { PushTarget } from "./push-targets.ts";

/** Notes what a subscription waits for that got no slot: a time, or the end of a request, of its own, at its endpoint or anywhere. */
export function waitForSlot(loop: Loop, { subscription, pace, endpoint }: PushTarget, taker: Taker): void {
  const now = loop.parts.clock.monotonic();
  const { id } = subscription;
  const ofPace = pace.nextAt(now);
  const ofEndpoint = endpoint.pace.nextAt(now);
  if (ofPace === null) loop.full.add(id);
  else if (ofEndpoint === null) endpoint.waiting.add(id);
  else if (Math.max(ofPace, ofEndpoint) > now)
    lookAgain(loop, id, Math.max(1, ofPace - now, ofEndpoint - now));
  else loop.slots.wait(taker, id);
}

/** Slots of a subscription were given back: those who waited for them look again. */
export function wakeWaiting(loop: Loop, { subscription, endpoint }: PushTarget): void {
  if (loop.full.delete(subscription.id)) makeReady(loop, subscription.id);
  if (endpoint.waiting.size > 0) wakeAtEndpoint(loop, endpoint);
  wakeAnywhere(loop);
}

/** As many as the endpoint has slots: whoever finds nothing to send gives its slot back, and the next one looks. When no request is left whose end could tell, all look. */
function wakeAtEndpoint(loop: Loop, { pace, waiting }: PushTarget["endpoint"]): void {
  const count = pace.inFlight() === 0 ? waiting.size : Math.max(1, pace.room());
  for (const id of [...waiting.values().take(count)]) {
    waiting.delete(id);
    makeReady(loop, id);
  }
}

/** A few of those who wait for a slot of the process. */
export function wakeAnywhere(loop: Loop): void {
  for (const id of loop.slots.next()) makeReady(loop, id);
}
