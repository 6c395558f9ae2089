import { postEvent } from "../harness/calls.ts";
import type { Accepted } from "../harness/client.ts";
import { openStream } from "../harness/open-stream.ts";
import { done, doneWith, refused, type Scene } from "./scene.ts";

/** An event with a canary in every place that is sealed. Its `type` is kept in the clear. */
export function makeEvent(
  { secrets: { canary, mark } }: Scene,
  more: Readonly<Record<string, unknown>> = {},
) {
  return {
    type: `clear.${mark}`,
    payload: { [canary("payload-key")]: canary("payload") },
    metadata: { [canary("metadata-key")]: canary("metadata") },
    subject: canary("subject"),
    ordering_key: canary("ordering-key"),
    ...more,
  };
}

/** Events sent in every form, read in every form, and deleted. */
export async function useEvents(scene: Scene): Promise<void> {
  const { client, program, secrets, round } = scene;
  const { canary } = secrets;
  const first = Promise.withResolvers<void>();
  const stream = await openStream({
    ...{ url: program.url, key: program.key, lastEventId: null },
    onEvent: () => first.resolve(),
  });
  const key = `${canary("idempotency")}-${round}`;
  const headers = { "idempotency-key": key };
  const { event_id } = await postEvent(client, makeEvent(scene), key);
  await doneWith(client, "POST /v1/events", { body: makeEvent(scene), headers });
  await refused(client, "POST /v1/events", { body: makeEvent(scene, { source: "another" }), headers });
  await sendBatch(scene);
  await doneWith(client, "POST /v1/events", makeCloudEvent(scene));
  await Promise.race([first.promise, stream.ended]);
  stream.close();
  scene.done.add("GET /v1/events/stream");

  const ids = ["", "/payload", "/deliveries", "/explain"].map((part) => `/v1/events/${event_id}${part}`);
  const lists = ["", `?subject=${canary("subject")}`, "?order=oldest"].map((query) => `/v1/events${query}`);
  for (const path of [...ids, ...lists]) await done(client, `GET ${path}`);
  const doomed = await postEvent(client, makeEvent(scene));
  await done(client, `DELETE /v1/events/${doomed.event_id}`);
  await refused(client, `GET /v1/events/${doomed.event_id}`);
}

/** One of its items is faulty: what is said of it counts among the refusals. */
async function sendBatch(scene: Scene): Promise<void> {
  const { client, refusals, secrets, round } = scene;
  const events = [
    makeEvent(scene, { idempotency_key: `${secrets.canary("idempotency")}-item-${round}` }),
    makeEvent(scene, { [secrets.canary("bad-field")]: 1 }),
  ];
  const answer = await client.send<{ failed: number }>("POST", "/v1/events/batch", { body: { events } });
  if (answer.json.failed !== 1) throw new Error(`Not one item was refused: ${answer.bytes}`);
  refusals.push(answer);
}

function makeCloudEvent({ secrets: { canary, mark }, round }: Scene) {
  return {
    headers: {
      ...{ "ce-specversion": "1.0", "ce-type": `clear.${mark}`, "ce-source": "/e2e" },
      "ce-id": `${canary("extension")}-${round}`,
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: `vendor=${canary("trace")}`,
    },
    body: { about: canary("payload") },
  };
}

/** The payload of the oldest event that is there: the canary has to come back. */
export async function readOldestPayload({ client }: Scene): Promise<string> {
  const { data } = await done<{ data: readonly Accepted[] }>(client, "GET /v1/events?order=oldest&limit=1");
  return JSON.stringify(data);
}
