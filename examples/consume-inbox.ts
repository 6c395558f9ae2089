// Takes events from an inbox with nothing but Node, works on them, and says what became of each. Ctrl-C ends it after the ones in hand.
//   TRIGGERS_API_KEY=… node examples/consume-inbox.ts [inbox]
import { setTimeout as delay } from "node:timers/promises";

const url = process.env.TRIGGERS_URL ?? "http://127.0.0.1:8080";
const key = process.env.TRIGGERS_API_KEY ?? "";
const inbox = process.argv[2] ?? "main";
const RETRY_SECONDS = 5;

interface Leased {
  readonly delivery_id: string;
  readonly lease_token: string;
  readonly attempt: number;
  readonly event: { readonly id: string; readonly type: string | null; readonly payload: unknown };
}

/** Put your work here. An event may come again, so doing it twice must do no harm. */
async function work({ event, attempt }: Leased): Promise<void> {
  console.log(`${event.type ?? "event"} ${event.id}, attempt ${attempt}: ${JSON.stringify(event.payload)}`);
}

const stopping = new AbortController();
process.once("SIGINT", () => stopping.abort()).once("SIGTERM", () => stopping.abort());
console.log(`waiting for events in ${inbox}`);

while (!stopping.signal.aborted) for (const leased of await lease()) await handle(leased);

/** Waits up to 20 seconds for the first one. Few at a time: the lease must last for all of them. */
async function lease(): Promise<readonly Leased[]> {
  const wish = { limit: 10, lease_seconds: 60, wait_seconds: 20 };
  try {
    return (await call(`lease?inbox=${encodeURIComponent(inbox)}`, wish, stopping.signal)).deliveries;
  } catch (error) {
    // What was handed over in this very moment comes again when its lease ends.
    if (stopping.signal.aborted) return [];
    await waitForServer(error);
    return [];
  }
}

async function handle(leased: Leased): Promise<void> {
  const { delivery_id, lease_token, attempt } = leased;
  const [verb, more] = await work(leased).then(
    () => ["ack", {}] as const,
    (error) =>
      ["release", { delay_seconds: RETRY_SECONDS * 2 ** (attempt - 1), reason: `${error}` }] as const,
  );
  // If the server cannot be told, it comes again when its lease ends.
  await call(verb, { deliveries: [{ delivery_id, lease_token, ...more }] }).catch(waitForServer);
}

/** Ends the program at a refusal; a server that is away or full comes back. */
async function waitForServer(error: unknown): Promise<void> {
  const isAway = error instanceof TypeError || (error instanceof Error && Number(error.cause) >= 500);
  if (!isAway) throw error;
  console.error(`${error}; again in ${RETRY_SECONDS} seconds`);
  await delay(RETRY_SECONDS * 1_000, null, { signal: stopping.signal }).catch(() => undefined);
}

async function call(path: string, body: object, signal: AbortSignal | null = null) {
  const response = await fetch(`${url}/v1/inbox/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text}`, { cause: response.status });
  return JSON.parse(text) as { readonly deliveries: readonly Leased[] };
}
