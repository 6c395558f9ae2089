/** Stands in for vitest on platforms where that does not run: as much of it as the client's tests use. */
export { expect } from "./expect.ts";

type Body = () => unknown;

interface Test {
  readonly name: string;
  readonly body: Body;
}

interface Group {
  readonly name: string;
  readonly before: Body[];
  readonly after: Body[];
  readonly children: (Group | Test)[];
}

export interface TestReport {
  readonly name: string;
  /** Null: it has passed. */
  readonly failure: string | null;
}

const TEST_MS = 60_000;

const makeGroup = (name: string): Group => ({ name, before: [], after: [], children: [] });

const root = makeGroup("");
let present = root;

export const beforeAll = (body: Body): void => void present.before.push(body);
export const afterAll = (body: Body): void => void present.after.push(body);

export function describe(name: string, body: Body): void {
  const outer = present;
  const group = makeGroup(name);
  outer.children.push(group);
  present = group;
  body();
  present = outer;
}

export const it = Object.assign(
  (name: string, body: Body): void => void present.children.push({ name, body }),
  {
    each:
      (rows: readonly unknown[]) =>
      (name: string, body: (...values: readonly unknown[]) => unknown): void => {
        for (const row of rows) {
          const values = Array.isArray(row) ? (row as unknown[]) : [row];
          const [first] = values;
          it(name.replace(/%[sd]/, String(first)), () => body(...values));
        }
      },
  },
);

/** Takes in the tests of a file, as a group of its own. */
export async function addFile(name: string, load: () => Promise<unknown>): Promise<void> {
  present = makeGroup(name);
  root.children.push(present);
  await load();
  present = root;
}

/** Runs all tests that were taken in: those of a file one after the other, files so many at once. */
export async function runTests(filesAtOnce: number): Promise<TestReport[]> {
  const reports: TestReport[] = [];
  const files = [...root.children] as Group[];
  const runFiles = async (): Promise<void> => {
    for (let file = files.shift(); file !== undefined; file = files.shift())
      await runGroup(file, [], reports);
  };
  await Promise.all(Array.from({ length: filesAtOnce }, runFiles));
  return reports;
}

async function runGroup(group: Group, path: readonly string[], reports: TestReport[]): Promise<void> {
  const report = async (name: string, body: Body): Promise<void> => {
    const failure = await failureOf(body);
    const isHook = name === HOOK;
    if (!isHook || failure !== null) reports.push({ name: [...path, group.name, name].join(" > "), failure });
  };
  for (const body of group.before) await report(HOOK, body);
  for (const child of group.children) {
    if ("body" in child) await report(child.name, child.body);
    else await runGroup(child, [...path, group.name], reports);
  }
  for (const body of group.after) await report(HOOK, body);
}

const HOOK = "(hook)";

async function failureOf(body: Body): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${TEST_MS} ms.`)), TEST_MS);
  });
  try {
    await Promise.race([body(), tooLong]);
    return null;
  } catch (error) {
    return error instanceof Error ? `${error.stack}` : `thrown: ${String(error)}`;
  } finally {
    clearTimeout(timer);
  }
}
