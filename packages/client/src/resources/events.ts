import type { BatchResult } from "../batch/batch-result.ts";
import type { BatchOptions, SendBatch } from "../batch/send-batch.ts";
import { type Call, parseAnswer } from "../connection/call.ts";
import { makeKey } from "../connection/make-key.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import { textOf } from "../connection/send-request.ts";
import type * as wire from "../generated/types.gen.ts";
import { ALONE, type Event, type EventWithStatus, IN_PAGE } from "../json/event.ts";
import { type NewBatchEvent, type NewEvent, writeEvent } from "../json/write-event.ts";
import type { FollowEvents, StreamedEvent, StreamOptions } from "../stream/follow-events.ts";
import { endsGone } from "./ends-gone.ts";
import { type List, listPages, type Page, type PageQuery } from "./list-pages.ts";
import { readEvents } from "./read-events.ts";

export interface SendOptions extends RequestOptions {
  /** Names the event for the server: the same key is never stored twice. Default: a random one for this call. Null: none; then the call is not repeated when the connection breaks. */
  readonly idempotencyKey?: string | null;
}

/** What was stored. */
export interface SentEvent extends wire.AcceptedEvent {
  /** It was stored before, under the same idempotency key: by a call with the same key, or by an attempt whose answer was lost. */
  readonly replayed: boolean;
}

export type EventQuery = NonNullable<wire.ListEventsData["query"]>;

/** A payload as it was sent, byte for byte. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly text: string;
}

/** Send events and read them. */
export class Events {
  readonly #call: Call;
  readonly #sendBatch: SendBatch;
  readonly #follow: FollowEvents;

  constructor(call: Call, sendBatch: SendBatch, follow: FollowEvents) {
    this.#call = call;
    this.#sendBatch = sendBatch;
    this.#follow = follow;
  }

  /** Resolves when the event is stored durably. */
  async send(
    event: NewEvent,
    { idempotencyKey = makeKey(), ...options }: SendOptions = {},
  ): Promise<SentEvent> {
    const answer = await this.#call.raw<wire.PostEventsData>({
      method: "POST",
      url: "/v1/events",
      rawBody: writeEvent(event),
      headers: idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey },
      isRepeatable: idempotencyKey !== null,
      options,
    });
    const accepted = parseAnswer(answer) as wire.AcceptedEvent;
    return { ...accepted, replayed: answer.status === 200 };
  }

  /**
   * Sends any number of events, in requests as large as the server takes them, one after the other so that events of one ordering key keep their order. What
   * became of each is in `results`, in the order given; one that the server refuses does not hinder the others. Items that the server could not store for now
   * are sent again, alone, under their keys.
   *
   * @throws BatchError if a request failed for good: its `result` says what had been stored, and has the keys to send the rest again with.
   */
  sendBatch(events: Iterable<NewBatchEvent>, options: BatchOptions = {}): Promise<BatchResult> {
    return this.#sendBatch(events, options);
  }

  /** Newest first. With `order: "oldest"` it is the feed: it ends at its present end, and `pages()` gives cursors to go on from later. */
  list(query: EventQuery = {}, options?: RequestOptions): List<EventWithStatus> {
    const { limit: _, cursor: start, order: __, view: ___, ...filters } = query;
    return listPages({
      cursor: start,
      isScan: Object.values(filters).some((value) => value !== undefined),
      load: async (cursor) => {
        const answer = await this.#call.raw<wire.ListEventsData>({
          ...{ method: "GET", url: "/v1/events", options },
          query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
        });
        return readEvents(answer, IN_PAGE) as Page<EventWithStatus>;
      },
    });
  }

  async get(id: string, options?: RequestOptions): Promise<EventWithStatus> {
    const answer = await this.#call.raw<wire.GetEventData>({
      ...{ method: "GET", url: "/v1/events/{id}", path: { id }, options },
    });
    return readEvents(answer, ALONE) as EventWithStatus;
  }

  /** However large it is. */
  async payload(id: string, options?: RequestOptions): Promise<Payload> {
    const { bytes, headers } = await this.#call.raw<wire.GetEventPayloadData>({
      ...{ method: "GET", url: "/v1/events/{id}/payload", path: { id }, options },
    });
    return { bytes, contentType: headers.get("content-type") ?? "application/json", text: textOf(bytes) };
  }

  /** The event with its payload, also where that had no room beside others. */
  async withPayload<E extends Event>(event: E, options?: RequestOptions): Promise<E> {
    if (event.payload_url === undefined) return event;
    const { payload_url: _, ...fact } = event;
    const { text } = await this.payload(event.id, options);
    return { ...fact, payload: JSON.parse(text), payloadText: text } as unknown as E;
  }

  /**
   * Follows the events as they are accepted, for ever: when the connection breaks it goes on from the last event without a gap. Ends when `signal` is aborted,
   * or when the loop is left; throws if the server refuses.
   */
  stream(options: StreamOptions = {}): AsyncIterable<StreamedEvent> {
    return this.#follow(options);
  }

  /** The deliveries of an event. */
  deliveries(id: string, query: PageQuery = {}, options?: RequestOptions): List<wire.Delivery> {
    return listPages({
      cursor: query.cursor,
      load: (cursor) =>
        this.#call.json<wire.ListEventDeliveriesData, Page<wire.Delivery>>({
          ...{ method: "GET", url: "/v1/events/{id}/deliveries", path: { id }, options },
          query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
        }),
    });
  }

  /** Why each subscription of today would get the event, or not: with the first clause that fails and the value seen. */
  explain(id: string, query: PageQuery = {}, options?: RequestOptions): List<wire.EventExplanation> {
    return listPages({
      cursor: query.cursor,
      load: (cursor) =>
        this.#call.json<wire.ExplainEventData, Page<wire.EventExplanation>>({
          ...{ method: "GET", url: "/v1/events/{id}/explain", path: { id }, options },
          query: { ...query, ...(cursor === undefined ? {} : { cursor }) },
        }),
    });
  }

  /** Makes new deliveries of an old event. */
  replay(id: string, input: wire.EventReplayInput = {}, options?: RequestOptions): Promise<wire.Job> {
    return this.#call.json<wire.ReplayEventData, wire.Job>({
      ...{ method: "POST", url: "/v1/events/{id}/replay", path: { id }, body: input, options },
    });
  }

  /** Makes new deliveries of many old events; see `jobs.wait`. */
  replayMany(input: Omit<wire.ReplayInput, "dry_run">, options?: RequestOptions): Promise<wire.Job> {
    return this.#call.json<wire.StartReplayData, wire.Job>({
      ...{ method: "POST", url: "/v1/replays", body: input, options },
    });
  }

  /** How many deliveries `replayMany` would make. */
  countReplays(input: Omit<wire.ReplayInput, "dry_run">, options?: RequestOptions): Promise<wire.DryRun> {
    return this.#call.json<wire.StartReplayData, wire.DryRun>({
      ...{ method: "POST", url: "/v1/replays", isRepeatable: true, options },
      body: { ...input, dry_run: true },
    });
  }

  /** Settles the event's open delivery in an inbox that nobody holds. */
  ack(
    id: string,
    { inbox, ...options }: RequestOptions & { readonly inbox?: string } = {},
  ): Promise<wire.AcknowledgedEvent> {
    return this.#call.json<wire.AcknowledgeEventData, wire.AcknowledgedEvent>({
      ...{ method: "POST", url: "/v1/events/{id}/ack", path: { id }, isRepeatable: true, options },
      query: inbox === undefined ? {} : { inbox },
    });
  }

  /** Deletes an event for every read at once. */
  delete(id: string, options?: RequestOptions): Promise<void> {
    return endsGone(
      this.#call.nothing<wire.DeleteEventData>({
        ...{ method: "DELETE", url: "/v1/events/{id}", path: { id }, options },
      }),
    );
  }
}
