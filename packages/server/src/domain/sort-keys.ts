/** A JSON value whose text does not depend on the order of keys: each object becomes its sorted entries. Arrays and scalars stay. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return { entries: entries.map(([key, one]) => [key, sortKeys(one)]) };
}
