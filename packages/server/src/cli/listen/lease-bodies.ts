import { checkJson } from "../../http/json-door/check-json.ts";
import { textOf } from "../../http/json-door/decode-text.ts";
import { DEPTH_LIMIT } from "../../http/json-door/json-fault.ts";
import type { JsonMember } from "../../http/json-door/json-parts.ts";
import { elementsOf, membersOf, rootOf } from "../../http/json-door/list-parts.ts";

/** Keeps the events of leases as the very bytes that came: a webhook's body is these, and a client that parses them rounds the numbers in `metadata`. */
export interface LeaseBodies {
  /** For the client. */
  readonly fetch: typeof globalThis.fetch;
  /** The event of a delivery that was handed over. */
  take(deliveryId: string): Promise<Buffer>;
}

/** The answer, its list, the item and its event. */
const ENVELOPES = 4;
/** The most that one lease hands over. */
const LEASE_ITEMS = 1_000;

export function makeLeaseBodies(fetch: typeof globalThis.fetch): LeaseBodies {
  const bodies = new Map<string, Buffer>();
  const reading = new Set<Promise<void>>();

  async function keep(response: Response): Promise<void> {
    const bytes = Buffer.from(await response.arrayBuffer());
    for (const [deliveryId, event] of splitLease(bytes)) bodies.set(deliveryId, event);
  }

  return {
    async fetch(input, init) {
      const response = await fetch(input, init);
      if (!response.ok || !String(input).includes("/v1/inbox/lease")) return response;
      // Beside the client, which alone decides what an end in the middle means.
      const kept = keep(response.clone()).catch(() => undefined);
      reading.add(kept);
      void kept.then(() => reading.delete(kept));
      return response;
    },
    async take(deliveryId) {
      await Promise.all(reading);
      const body = bodies.get(deliveryId);
      bodies.delete(deliveryId);
      if (body === undefined) throw new Error(`The lease of ${deliveryId} brought no event.`);
      return body;
    },
  };
}

function splitLease(bytes: Buffer): readonly (readonly [string, Buffer])[] {
  if (checkJson(bytes, ENVELOPES + DEPTH_LIMIT) !== undefined) return [];
  const deliveries = membersOf(bytes, rootOf(bytes)).find(({ key }) => key === "deliveries");
  if (deliveries === undefined) return [];
  return elementsOf(bytes, deliveries, LEASE_ITEMS).flatMap((item) => {
    const members = membersOf(bytes, item);
    const find = (name: string): JsonMember | undefined => members.find(({ key }) => key === name);
    const [id, event] = [find("delivery_id"), find("event")];
    if (id === undefined || event === undefined) return [];
    return [[textOf(bytes, id), bytes.subarray(event.start, event.end)] as const];
  });
}
