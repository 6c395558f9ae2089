/** How two values are compared. */
export interface Comparison {
  /** Members of the expected value alone count. */
  readonly isPartial: boolean;
}

/** Equality as `toEqual` and `toMatchObject` of vitest have it: a member that is undefined counts as absent. */
export function areEqual(got: unknown, wanted: unknown, comparison: Comparison): boolean {
  if (Object.is(got, wanted)) return true;
  if (!isObject(got) || !isObject(wanted)) return false;
  if (got instanceof Date && wanted instanceof Date) return got.getTime() === wanted.getTime();
  if (Array.isArray(got) !== Array.isArray(wanted)) return false;
  if (Array.isArray(got) && Array.isArray(wanted)) {
    return got.length === wanted.length && wanted.every((one, at) => areEqual(got[at], one, comparison));
  }
  if (got instanceof Uint8Array || wanted instanceof Uint8Array) return String(got) === String(wanted);
  const names = new Set([...namesOf(wanted), ...(comparison.isPartial ? [] : namesOf(got))]);
  return [...names].every((name) => areEqual(Reflect.get(got, name), Reflect.get(wanted, name), comparison));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function namesOf(value: object): string[] {
  return Object.keys(value).filter((name) => Reflect.get(value, name) !== undefined);
}
