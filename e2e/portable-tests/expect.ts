import { areEqual } from "./equal.ts";

type Matcher = (got: unknown, ...wanted: never[]) => boolean;

const MATCHERS = {
  toBe: (got: unknown, wanted: unknown) => Object.is(got, wanted),
  toEqual: (got: unknown, wanted: unknown) => areEqual(got, wanted, { isPartial: false }),
  toMatchObject: (got: unknown, wanted: object) => areEqual(got, wanted, { isPartial: true }),
  toHaveLength: (got: unknown, wanted: number) => (got as { length: number }).length === wanted,
  toContain: (got: unknown, wanted: string) => (got as string | unknown[]).includes(wanted),
  toMatch: (got: unknown, wanted: RegExp) => wanted.test(String(got)),
  toThrow: throws,
  toBeGreaterThan: (got: unknown, wanted: number) => Number(got) > wanted,
  toBeGreaterThanOrEqual: (got: unknown, wanted: number) => Number(got) >= wanted,
  toBeLessThan: (got: unknown, wanted: number) => Number(got) < wanted,
  toBeLessThanOrEqual: (got: unknown, wanted: number) => Number(got) <= wanted,
} satisfies Readonly<Record<string, Matcher>>;

type Name = keyof typeof MATCHERS;
type Checks<R> = { readonly [N in Name]: (...wanted: readonly unknown[]) => R };

export interface Expectation extends Checks<void> {
  readonly not: Checks<void>;
  readonly rejects: Checks<Promise<void>>;
}

/** The part of vitest's `expect` that the client's tests use; asked for anything else it fails. */
export function expect(got: unknown): Expectation {
  const rejects = async (name: Name, wanted: readonly unknown[]): Promise<void> => {
    const reason = await reasonOf(got);
    // What was thrown stands in for the function that throws it.
    check(name, name === "toThrow" ? () => throwAgain(reason) : reason, { wanted, isNot: false });
  };
  return {
    ...checks((name, wanted) => check(name, got, { wanted, isNot: false })),
    not: checks((name, wanted) => check(name, got, { wanted, isNot: true })),
    rejects: checks(rejects),
  };
}

function checks<R>(run: (name: Name, wanted: readonly unknown[]) => R): Checks<R> {
  const names = Object.keys(MATCHERS) as Name[];
  const entries = names.map((name) => [name, (...wanted: readonly unknown[]) => run(name, wanted)]);
  return Object.fromEntries(entries) as Checks<R>;
}

function check(
  name: Name,
  got: unknown,
  { wanted, isNot }: { readonly wanted: readonly unknown[]; readonly isNot: boolean },
): void {
  const matcher: (got: unknown, ...wanted: never[]) => boolean = MATCHERS[name];
  if (matcher(got, ...(wanted as never[])) === isNot) {
    throw new Error(`${isNot ? "not " : ""}${name}: ${show(wanted)}, got ${show(got)}`);
  }
}

async function reasonOf(got: unknown): Promise<unknown> {
  let value: unknown;
  try {
    value = await got;
  } catch (error) {
    return error;
  }
  throw new Error(`It was to reject, and gave ${show(value)}`);
}

function throwAgain(reason: unknown): never {
  throw reason;
}

function throws(got: unknown, wanted?: unknown): boolean {
  try {
    (got as () => unknown)();
  } catch (error) {
    if (wanted === undefined) return true;
    if (typeof wanted === "function") return error instanceof wanted;
    const message = error instanceof Error ? error.message : String(error);
    return wanted instanceof RegExp ? wanted.test(message) : message.includes(String(wanted));
  }
  return false;
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message} ${JSON.stringify(value)}`;
  return typeof value === "function" ? "a function" : String(JSON.stringify(value)).slice(0, 2_000);
}
