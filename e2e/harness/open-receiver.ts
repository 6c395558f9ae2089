import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { type Hook, openHooks } from "./open-hooks.ts";

/** One whole request with a sound signature. */
export interface Arrival {
  /** `webhook-id`. */
  readonly deliveryId: string;
  /** The `id` in its body. */
  readonly eventId: string;
  /** Monotonic ms. */
  readonly at: number;
}

/** An endpoint with a secret of its own, to make a subscription with. */
export interface Endpoint {
  readonly url: string;
  readonly secret: string;
  /** In the order of their coming, repetitions too. */
  readonly arrivals: readonly Arrival[];
}

/** Endpoints that check every signature, log every arrival, and answer 204. */
export interface Receiver extends AsyncDisposable {
  addEndpoint(name: string): Endpoint;
  /** Arrivals at all endpoints so far. */
  count(): number;
  /** Resolves with the arrival that makes it so many at all endpoints. */
  whenCounted(count: number): Promise<void>;
  /** Resolves when nobody is connected: what a killed program sent has come by then, or never will. */
  whenLeft(): Promise<void>;
  /** Requests without a sound signature, and what was wrong. */
  readonly faults: readonly string[];
}

/** `answerMs`: how long each answer takes. */
export async function openReceiver({ answerMs }: { readonly answerMs: () => number }): Promise<Receiver> {
  const endpoints = new Map<string, { readonly webhook: Webhook; readonly arrivals: Arrival[] }>();
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  const faults: string[] = [];
  let count = 0;
  const note = (hook: Hook) => {
    const endpoint = endpoints.get(hook.path);
    const arrival = endpoint === undefined ? "no such endpoint" : readArrival(endpoint.webhook, hook);
    if (typeof arrival === "string") return void faults.push(`${hook.path}: ${arrival}`);
    endpoint?.arrivals.push(arrival);
    count += 1;
    for (const one of waiting) {
      if (count < one.count) continue;
      waiting.delete(one);
      one.resolve();
    }
  };
  const hooks = await openHooks(async (hook) => {
    note(hook);
    const ms = answerMs();
    if (ms > 0) await delay(ms);
    return 204;
  });
  return {
    faults,
    count: () => count,
    addEndpoint(name) {
      const secret = `whsec_${randomBytes(32).toString("base64")}`;
      const arrivals: Arrival[] = [];
      endpoints.set(`/${name}`, { webhook: new Webhook(secret), arrivals });
      return { url: `${hooks.url}/${name}`, secret, arrivals };
    },
    whenCounted(wanted) {
      if (count >= wanted) return Promise.resolve();
      return new Promise((resolve) => waiting.add({ count: wanted, resolve }));
    },
    whenLeft: () => hooks.whenLeft(),
    [Symbol.asyncDispose]: () => hooks[Symbol.asyncDispose](),
  };
}

function readArrival(webhook: Webhook, { headers, body, at }: Hook): Arrival | string {
  try {
    const event = webhook.verify(body, headers as Record<string, string>) as { readonly id: string };
    return { deliveryId: String(headers["webhook-id"]), eventId: event.id, at };
  } catch (error) {
    return String(error);
  }
}
