import type { Call } from "../connection/call.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import type * as wire from "../generated/types.gen.ts";
import { type List, listPages, type Page } from "./list-pages.ts";

export type DeliveryQuery = NonNullable<wire.ListDeliveriesData["query"]>;

/** Which dead letters; what is absent does not matter. */
export type DeadLetters = Omit<wire.RedriveInput, "dry_run">;

/** What became of events in their subscriptions. */
export class Deliveries {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  list(query: DeliveryQuery = {}, options?: RequestOptions): List<wire.Delivery> {
    const { limit: _, cursor: start, ...filters } = query;
    return listPages({
      cursor: start,
      isScan: Object.values(filters).some((value) => value !== undefined),
      load: (cursor) =>
        this.#call.json<wire.ListDeliveriesData, Page<wire.Delivery>>({
          ...{ method: "GET", url: "/v1/deliveries", options },
          query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
        }),
    });
  }

  /** With its attempts. */
  get(id: string, options?: RequestOptions): Promise<wire.DeliveryWithAttempts> {
    return this.#call.json<wire.GetDeliveryData, wire.DeliveryWithAttempts>({
      ...{ method: "GET", url: "/v1/deliveries/{id}", path: { id }, options },
    });
  }

  /** Tries a dead letter again. */
  redrive(id: string, options?: RequestOptions): Promise<wire.Delivery> {
    return this.#call.json<wire.RedriveDeliveryData, wire.Delivery>({
      ...{ method: "POST", url: "/v1/deliveries/{id}/redrive", path: { id }, options },
    });
  }

  /** Tries many dead letters again; see `jobs.wait`. */
  redriveMany(which: DeadLetters = {}, options?: RequestOptions): Promise<wire.Job> {
    return this.#call.json<wire.RedriveDeliveriesData, wire.Job>({
      // Twice is no more than once: what was redriven is dead no longer.
      ...{ method: "POST", url: "/v1/deliveries/redrive", body: which, isRepeatable: true, options },
    });
  }

  /** How many `redriveMany` would take. */
  countDead(which: DeadLetters = {}, options?: RequestOptions): Promise<wire.DryRun> {
    return this.#call.json<wire.RedriveDeliveriesData, wire.DryRun>({
      ...{ method: "POST", url: "/v1/deliveries/redrive", isRepeatable: true, options },
      body: { ...which, dry_run: true },
    });
  }

  /** Gives up one that waits or is dead. */
  cancel(id: string, input: wire.CancelInput = {}, options?: RequestOptions): Promise<wire.Delivery> {
    return this.#call.json<wire.CancelDeliveryData, wire.Delivery>({
      ...{ method: "POST", url: "/v1/deliveries/{id}/cancel", path: { id }, body: input, options },
    });
  }
}
