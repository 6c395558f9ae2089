// Sends one event with nothing but Node, and again until its storing is certain.
//   TRIGGERS_API_KEY=… node examples/send-event.ts order.created '{"order_id":"ord_1","amount":4999}'
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

const url = process.env.TRIGGERS_URL ?? "http://127.0.0.1:8080";
const key = process.env.TRIGGERS_API_KEY ?? "";
const ATTEMPTS = 6;
const ATTEMPT_MS = 30_000;

const [type = "order.created", payload = '{"order_id":"ord_1","amount":4999}'] = process.argv.slice(2);
// The payload goes out as the text it is, so that no number is rounded on the way.
const answer = await send(`{"type":${JSON.stringify(type)},"payload":${payload}}`);
console.log(`stored ${answer.event_id}`);

/** One key over all attempts: an attempt whose answer was lost makes no second event. */
async function send(body: string): Promise<{ readonly event_id: string }> {
  const idempotencyKey = randomUUID();
  for (let attempt = 1; ; attempt += 1) {
    const response = await post(body, idempotencyKey).catch((error: Error) => error);
    if (response instanceof Response && response.ok)
      return (await response.json()) as { readonly event_id: string };
    const isWorthIt = response instanceof Error || response.status === 429 || response.status >= 500;
    if (!isWorthIt || attempt === ATTEMPTS) throw new Error(await wordsFor(response));
    // Longer each time, by chance, and never before the server wants it.
    const asked = response instanceof Response ? Number(response.headers.get("retry-after") ?? 0) * 1_000 : 0;
    await delay(Math.max(asked, Math.random() * 250 * 2 ** attempt));
  }
}

function post(body: string, idempotencyKey: string): Promise<Response> {
  return fetch(`${url}/v1/events`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "idempotency-key": idempotencyKey,
    },
    body,
    signal: AbortSignal.timeout(ATTEMPT_MS),
  });
}

/** A refusal is a problem document: `detail` says what to do, `errors` which fields are meant. */
async function wordsFor(response: Response | Error): Promise<string> {
  return response instanceof Error ? response.message : `${response.status}: ${await response.text()}`;
}
