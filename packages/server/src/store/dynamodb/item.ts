import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** What an attribute can be here. Null and undefined are not stored. */
export type Value = string | number | boolean | Uint8Array | readonly string[] | null | undefined;

/** An item as our code sees it: short attribute names, plain values. */
export type Item = { readonly [name: string]: Value };

/** The key of an item; all items have one. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

export type KeyedItem = Item & ItemKey;

export function toAttributes(item: Item): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(item))
    if (value !== null && value !== undefined) attributes[name] = toAttribute(value);
  return attributes;
}

export function toAttribute(value: NonNullable<Value>): AttributeValue {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "number":
      return { N: String(value) };
    case "boolean":
      return { BOOL: value };
    default:
      return value instanceof Uint8Array ? { B: value } : { L: value.map((text) => ({ S: text })) };
  }
}

export function fromAttributes(attributes: Readonly<Record<string, AttributeValue>>): KeyedItem {
  const item: Record<string, Value> = {};
  for (const [name, attribute] of Object.entries(attributes)) item[name] = fromAttribute(attribute);
  return item as KeyedItem;
}

function fromAttribute(attribute: AttributeValue): Value {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.B !== undefined) return new Uint8Array(attribute.B);
  if (attribute.L !== undefined) return attribute.L.map((one) => one.S ?? "");
  return null;
}

/** One text for a key, to be used in maps. */
export function keyName({ pk, sk }: ItemKey): string {
  return `${pk}\u0000${sk}`;
}

/** True if both would be stored as the same attributes. */
export function isSameItem(one: Item, other: Item): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  for (const name of names) if (!isSameValue(one[name], other[name])) return false;
  return true;
}

function isSameValue(one: Value, other: Value): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) return Buffer.compare(one, other) === 0;
  if (typeof one === "object" && typeof other === "object") return String(one) === String(other);
  return (one ?? null) === (other ?? null);
}

/** Reads attributes by their kind; an absent one is null. */
export function textOf(item: Item, name: string): string | null {
  const value = item[name];
  return typeof value === "string" ? value : null;
}

export function numberOf(item: Item, name: string): number | null {
  const value = item[name];
  return typeof value === "number" ? value : null;
}

export function bytesOf(item: Item, name: string): Uint8Array | null {
  const value = item[name];
  return value instanceof Uint8Array ? value : null;
}

export function textsOf(item: Item, name: string): readonly string[] {
  const value = item[name];
  return Array.isArray(value) ? value : [];
}
