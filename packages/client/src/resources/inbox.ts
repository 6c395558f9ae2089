import type { Call } from "../connection/call.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import type { Backoff } from "../connection/retry.ts";
import type { ConsumeOptions, Handler, Tally, Watcher, WatchOptions } from "../consume/consume-options.ts";
import type { ConsumerCalls, LeaseOptions } from "../consume/consumer-calls.ts";
import type { ConsumeWish } from "../consume/read-terms.ts";
import { startConsumer, type WithPayload } from "../consume/start-consumer.ts";
import type * as wire from "../generated/types.gen.ts";
import { IN_LEASE, IN_WAITING, type LeasedDelivery, type WaitingDelivery } from "../json/event.ts";
import type { Events } from "./events.ts";
import type {
  AckResult,
  BuryResult,
  ExtendResult,
  Held,
  HeldToBury,
  HeldToExtend,
  HeldToRelease,
  LeaseWish,
  ReleaseResult,
} from "./held.ts";
import { type List, listPages, type Page } from "./list-pages.ts";
import { readEvents } from "./read-events.ts";

export type InboxQuery = NonNullable<wire.ListInboxData["query"]>;

/** Deliveries in a settle, at most. */
const SETTLE_ITEMS = 1_000;

/** Consume events by pull: take what waits, work on it, acknowledge it. */
export class Inbox implements ConsumerCalls {
  readonly #call: Call;
  readonly #backoff: Backoff;
  readonly #events: Events;

  constructor(call: Call, events: Events, backoff: Backoff) {
    this.#call = call;
    this.#backoff = backoff;
    this.#events = events;
  }

  /** What waits, without taking it. */
  list(query: InboxQuery = {}, options?: RequestOptions): List<WaitingDelivery> {
    const { limit: _, cursor: start, inbox: __, ...filters } = query;
    return listPages({
      cursor: start,
      isScan: Object.values(filters).some((value) => value !== undefined),
      load: async (cursor) => {
        const answer = await this.#call.raw<wire.ListInboxData>({
          ...{ method: "GET", url: "/v1/inbox", options },
          query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
        });
        return readEvents(answer, IN_WAITING) as Page<WaitingDelivery>;
      },
    });
  }

  /** Takes deliveries; each is yours alone until its lease ends. Empty if nothing came within `wait_seconds`. */
  async lease(
    { inbox, ...input }: LeaseWish = {},
    { keepsAnswer = false, ...options }: LeaseOptions = {},
  ): Promise<LeasedDelivery[]> {
    const answer = await this.#call.raw<wire.LeaseInboxData>({
      ...{ method: "POST", url: "/v1/inbox/lease", body: input, options, keepsAnswer },
      query: inbox === undefined ? {} : { inbox },
      waitMs: (input.wait_seconds ?? 0) * 1_000,
      isRepeatable: true,
    });
    return (readEvents(answer, IN_LEASE) as { readonly deliveries: LeasedDelivery[] }).deliveries;
  }

  /** Says that they are done. */
  ack(deliveries: readonly Held[], options?: RequestOptions): Promise<AckResult[]> {
    return inGroups(deliveries.map(heldOf), (group) =>
      this.#call.json<wire.AckDeliveriesData, wire.AckResults>({
        ...{ method: "POST", url: "/v1/inbox/ack", isRepeatable: true, options },
        body: { deliveries: group },
      }),
    );
  }

  /** Gives them back: they are handed out again, after `delay_seconds` if given. */
  release(deliveries: readonly HeldToRelease[], options?: RequestOptions): Promise<ReleaseResult[]> {
    const items = deliveries.map(({ delay_seconds = 0, reason = null, ...held }) => ({
      ...{ ...heldOf(held), delay_seconds, reason },
    }));
    return inGroups(items, (group) =>
      this.#call.json<wire.ReleaseDeliveriesData, wire.ReleaseResults>({
        ...{ method: "POST", url: "/v1/inbox/release", isRepeatable: true, options },
        body: { deliveries: group },
      }),
    );
  }

  /** Gives up on them: they become dead letters. */
  bury(deliveries: readonly HeldToBury[], options?: RequestOptions): Promise<BuryResult[]> {
    const items = deliveries.map(({ reason = null, ...held }) => ({ ...heldOf(held), reason }));
    return inGroups(items, (group) =>
      this.#call.json<wire.BuryDeliveriesData, wire.BuryResults>({
        ...{ method: "POST", url: "/v1/inbox/bury", isRepeatable: true, options },
        body: { deliveries: group },
      }),
    );
  }

  /** Holds them `lease_seconds` more, from now on; 12 h in all at most. */
  extend(deliveries: readonly HeldToExtend[], options?: RequestOptions): Promise<ExtendResult[]> {
    const items = deliveries.map(({ lease_seconds, ...held }) => ({ ...heldOf(held), lease_seconds }));
    return inGroups(items, (group) =>
      this.#call.json<wire.ExtendLeasesData, wire.ExtendResults>({
        ...{ method: "POST", url: "/v1/inbox/extend", isRepeatable: true, options },
        body: { deliveries: group },
      }),
    );
  }

  /** Hands every event that waits to `handler` and resolves when there is none left. See `watch` for what becomes of each. */
  drain(handler: Handler, options: ConsumeOptions = {}): Promise<Tally> {
    return this.#consume(handler, { ...options, untilEmpty: true }).done;
  }

  /**
   * Hands events to `handler` as they come, until it is stopped. What the handler returns from is acknowledged; what it throws at is released, to come again after a
   * while; it may also return what to do. Leases are extended while it works, so a handler may take longer than `lease_seconds`. Every event is handed over at
   * least once.
   */
  watch(handler: Handler, options: WatchOptions = {}): Watcher {
    return this.#consume(handler, { ...options, untilEmpty: false });
  }

  #consume(handler: Handler, wish: ConsumeWish): Watcher {
    const withPayload: WithPayload = (event, options) => this.#events.withPayload(event, options);
    return startConsumer({ calls: this, withPayload, backoff: this.#backoff }, handler, wish);
  }
}

/** Without what else the caller may have there: unknown fields are refused. */
function heldOf({ delivery_id, lease_token }: Held): Held {
  return { delivery_id, lease_token };
}

async function inGroups<I, R>(
  items: readonly I[],
  send: (group: I[]) => Promise<{ readonly results: readonly R[] }>,
): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += SETTLE_ITEMS) {
    results.push(...(await send(items.slice(at, at + SETTLE_ITEMS))).results);
  }
  return results;
}
