export type JsonScalar = string | number | boolean | null;
export type JsonValue = JsonScalar | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/**
 * What a filter sees of an event, as parsed JSON. `metadata` and `payload` may be accessors that parse on first use and keep the result:
 * they are read only when a clause needs them. Nesting is limited by the JSON door (64), not here.
 */
export interface FilterableEvent {
  readonly type: string | null;
  readonly source: string | null;
  readonly subject: string | null;
  readonly tags: readonly string[];
  readonly metadata: JsonObject;
  readonly payload: JsonValue;
}

/** A field of a container; `undefined` when it is not there. */
export type ReadField<Container> = (container: Container, key: string) => JsonValue | undefined;

/** An envelope field. One that is not set (`null`) counts as absent; a `null` payload is a value. */
export function readEnvelope(event: FilterableEvent, key: string): JsonValue | undefined {
  switch (key) {
    case "type":
      return event.type ?? undefined;
    case "source":
      return event.source ?? undefined;
    case "subject":
      return event.subject ?? undefined;
    case "tags":
      return event.tags;
    case "metadata":
      return event.metadata;
    default:
      return event.payload;
  }
}

/** Own fields only: `__proto__`, `constructor` and the like are plain data. */
export function readOwn(object: JsonObject, key: string): JsonValue | undefined {
  const value = object[key];
  // Most fields asked for are not there: that is known without the second look-up.
  return value === undefined || Object.hasOwn(object, key) ? value : undefined;
}

export function isArray(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** True for a JSON object, not for an array or null. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the objects among these elements, however deeply the arrays are nested, have at `key`. */
export function valuesAt(elements: readonly JsonValue[], key: string): JsonValue[] {
  return elements.flatMap((element) => {
    if (isArray(element)) return valuesAt(element, key);
    const value = isObject(element) ? readOwn(element, key) : undefined;
    return value === undefined ? [] : [value];
  });
}
