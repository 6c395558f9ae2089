import type { FilterableEvent, JsonObject, JsonValue } from "../domain/filter/filterable-event.ts";

/** As much of an event as a filter may look at, its JSON still text. */
export interface FilterableSource {
  readonly type: string | null;
  readonly source: string | null;
  readonly subject: string | null;
  readonly tags: readonly string[];
  readonly metadata: string;
  readonly payload: Uint8Array;
}

/** A class for its getters on the prototype: one object for each accepted event, whose JSON is parsed only if a filter looks at it. */
class FilterableView implements FilterableEvent {
  readonly type: string | null;
  readonly source: string | null;
  readonly subject: string | null;
  readonly tags: readonly string[];
  readonly #from: FilterableSource;
  #metadata: JsonObject | undefined;
  #payload: JsonValue | undefined;

  constructor(from: FilterableSource) {
    this.type = from.type;
    this.source = from.source;
    this.subject = from.subject;
    this.tags = from.tags;
    this.#from = from;
  }

  get metadata(): JsonObject {
    this.#metadata ??= JSON.parse(this.#from.metadata) as JsonObject;
    return this.#metadata;
  }

  get payload(): JsonValue {
    this.#payload ??= JSON.parse(Buffer.from(this.#from.payload).toString("utf8")) as JsonValue;
    return this.#payload;
  }
}

/** The event as filters see it. */
export function viewForFilters(from: FilterableSource): FilterableEvent {
  return new FilterableView(from);
}
