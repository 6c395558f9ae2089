import { makeSendBatch } from "./batch/send-batch.ts";
import { type Call, makeCall } from "./connection/call.ts";
import { type RequestOptions, readOptions, type TriggersOptions } from "./connection/read-options.ts";
import { makeSendRequest } from "./connection/send-request.ts";
import type * as wire from "./generated/types.gen.ts";
import { Deliveries } from "./resources/deliveries.ts";
import { Events } from "./resources/events.ts";
import { Filters } from "./resources/filters.ts";
import { Inbox } from "./resources/inbox.ts";
import { Jobs } from "./resources/jobs.ts";
import { Keys } from "./resources/keys.ts";
import { Projects } from "./resources/projects.ts";
import { Subscriptions } from "./resources/subscriptions.ts";
import { makeFollowEvents } from "./stream/follow-events.ts";

/**
 * A client of a Triggers API server. Names with an underscore are those of the HTTP API, names in camel case are the client's own.
 *
 * ```ts
 * const triggers = new Triggers({ baseUrl: "http://127.0.0.1:8080", apiKey });
 * await triggers.events.send({ type: "order.created", payload: { order_id: "ord_1" } });
 * ```
 *
 * @throws TypeError if the options cannot be.
 */
export class Triggers {
  readonly events: Events;
  readonly inbox: Inbox;
  readonly subscriptions: Subscriptions;
  readonly deliveries: Deliveries;
  readonly jobs: Jobs;
  readonly keys: Keys;
  readonly filters: Filters;
  readonly projects: Projects;
  readonly #call: Call;

  constructor(options: TriggersOptions) {
    const settings = readOptions(options);
    const call = makeCall(makeSendRequest(settings));
    this.#call = call;
    this.events = new Events(call, makeSendBatch(call, settings), makeFollowEvents(settings));
    this.inbox = new Inbox(call, this.events, settings);
    this.subscriptions = new Subscriptions(call);
    this.deliveries = new Deliveries(call);
    this.jobs = new Jobs(call);
    this.keys = new Keys(call);
    this.filters = new Filters(call);
    this.projects = new Projects(call);
  }

  /** Who the key is, and the limits in force. */
  me(options?: RequestOptions): Promise<wire.Me> {
    return this.#call.json<wire.GetMeData, wire.Me>({ method: "GET", url: "/v1/me", options });
  }

  /** The event types seen so far. */
  eventTypes(options?: RequestOptions): Promise<wire.EventTypes> {
    return this.#call.json<wire.ListEventTypesData, wire.EventTypes>({
      ...{ method: "GET", url: "/v1/event-types", options },
    });
  }
}
