import type { Call } from "../connection/call.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import type * as wire from "../generated/types.gen.ts";
import { type List, listPages, type Page } from "./list-pages.ts";

export type SubscriptionQuery = NonNullable<wire.ListSubscriptionsData["query"]>;

/** Standing wishes for events: inboxes and webhooks. */
export class Subscriptions {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Makes one. A webhook with the same URL, filter and format that exists already is given instead; an inbox with a taken name is refused (`name_taken`): see `ensure`. */
  create(input: wire.SubscriptionInput, options?: RequestOptions): Promise<wire.CreatedSubscription> {
    return this.#call.json<wire.CreateSubscriptionData, wire.CreatedSubscription>({
      ...{ method: "POST", url: "/v1/subscriptions", body: input, options },
      isRepeatable: input.channel === "webhook",
    });
  }

  /** Makes the subscription of this name, or changes it to be so; to be called at each start of a program. */
  ensure(
    name: string,
    input: wire.NamedSubscriptionInput,
    options?: RequestOptions,
  ): Promise<wire.CreatedSubscription> {
    return this.#call.json<wire.PutSubscriptionByNameData, wire.CreatedSubscription>({
      ...{ method: "PUT", url: "/v1/subscriptions/by-name/{name}", path: { name }, body: input, options },
    });
  }

  list(query: SubscriptionQuery = {}, options?: RequestOptions): List<wire.Subscription> {
    return listPages({
      cursor: query.cursor,
      isScan: query.label !== undefined,
      load: (cursor) =>
        this.#call.json<wire.ListSubscriptionsData, Page<wire.Subscription>>({
          ...{ method: "GET", url: "/v1/subscriptions", options },
          query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
        }),
    });
  }

  get(id: string, options?: RequestOptions): Promise<wire.Subscription> {
    return this.#call.json<wire.GetSubscriptionData, wire.Subscription>({
      ...{ method: "GET", url: "/v1/subscriptions/{id}", path: { id }, options },
    });
  }

  /** A changed filter holds for events accepted after `effective_at`; what waits stays. */
  change(id: string, change: wire.SubscriptionChange, options?: RequestOptions): Promise<wire.Subscription> {
    return this.#call.json<wire.ChangeSubscriptionData, wire.Subscription>({
      ...{ method: "PATCH", url: "/v1/subscriptions/{id}", path: { id }, body: change, options },
    });
  }

  /** Open deliveries are cancelled, events stay. */
  delete(id: string, options?: RequestOptions): Promise<void> {
    return this.#call.nothing<wire.DeleteSubscriptionData>({
      ...{ method: "DELETE", url: "/v1/subscriptions/{id}", path: { id }, options },
    });
  }

  /** It goes on collecting and hands nothing out. */
  pause(id: string, options?: RequestOptions): Promise<wire.Subscription> {
    return this.#call.json<wire.PauseSubscriptionData, wire.Subscription>({
      ...{ method: "POST", url: "/v1/subscriptions/{id}/pause", path: { id }, isRepeatable: true, options },
    });
  }

  resume(id: string, options?: RequestOptions): Promise<wire.Subscription> {
    return this.#call.json<wire.ResumeSubscriptionData, wire.Subscription>({
      ...{ method: "POST", url: "/v1/subscriptions/{id}/resume", path: { id }, isRepeatable: true, options },
    });
  }

  /** Sends a sample to the webhook now; gives what was sent and what came back. */
  test(id: string, options?: RequestOptions): Promise<wire.TestSending> {
    return this.#call.json<wire.TestSubscriptionData, wire.TestSending>({
      ...{ method: "POST", url: "/v1/subscriptions/{id}/test", path: { id }, options },
      // As long as a webhook may take.
      waitMs: 60_000,
    });
  }

  stats(id: string, options?: RequestOptions): Promise<wire.SubscriptionStats> {
    return this.#call.json<wire.GetSubscriptionStatsData, wire.SubscriptionStats>({
      ...{ method: "GET", url: "/v1/subscriptions/{id}/stats", path: { id }, options },
    });
  }

  /** What a webhook is signed with. */
  async secret(id: string, options?: RequestOptions): Promise<string> {
    const { secret } = await this.#call.json<wire.GetSubscriptionSecretData, wire.SubscriptionSecret>({
      ...{ method: "GET", url: "/v1/subscriptions/{id}/secret", path: { id }, options },
    });
    return secret;
  }

  /** Makes a new secret; the old one goes on signing beside it for `overlap_hours`. */
  rotateSecret(
    id: string,
    rotation: wire.SecretRotation = {},
    options?: RequestOptions,
  ): Promise<wire.SubscriptionWithSecret> {
    return this.#call.json<wire.RotateSubscriptionSecretData, wire.SubscriptionWithSecret>({
      ...{
        method: "POST",
        url: "/v1/subscriptions/{id}/rotate-secret",
        path: { id },
        body: rotation,
        options,
      },
    });
  }
}
