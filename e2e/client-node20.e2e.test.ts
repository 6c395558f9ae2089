import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Program } from "./harness/start-program.ts";
import { openTempFolder, type TempFolder } from "./harness/temp-folder.ts";
import { bundleTests } from "./portable-tests/bundle-tests.ts";
import { startTestServer } from "./portable-tests/start-test-server.ts";
import * as standIn from "./portable-tests/vitest.ts";

/** The machine's own, beside the one that the repository brings. */
const NODE = "/usr/bin/node";
const OLDEST = 20;

describe("On the machine's own Node", () => {
  let program: Program;
  let before: string;
  let folder: TempFolder;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(NODE, ["--version"]);
    const major = Number(/^v(\d+)/.exec(stdout)?.[1]);
    console.log(`${NODE} is ${stdout.trim()}`);
    if (!(major >= OLDEST)) throw new Error(`${NODE} is no Node ${OLDEST} or later: ${stdout}`);
    folder = await openTempFolder();
    ({ program, before } = await startTestServer());
  });
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it("the client passes its tests", async () => {
    const path = join(folder.path, "tests.mjs");
    const script = await bundleTests({
      ...{ platform: "node", target: "node20", without: [], filesAtOnce: 4, before },
    });
    const result = join(folder.path, "reports.json");
    const report = [
      'import { writeFileSync } from "node:fs";',
      `writeFileSync(${JSON.stringify(result)}, JSON.stringify(await globalThis.reports));`,
      "process.exit();",
    ];
    await writeFile(path, [script, ...report].join("\n"));
    await promisify(execFile)(NODE, [path]);
    const reports: standIn.TestReport[] = JSON.parse(await readFile(result, "utf8"));
    expect(reports.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(reports.length).toBeGreaterThan(150);
    console.log(`${reports.length} tests of the client have passed`);
  }, 180_000);
});

describe("What stands in for vitest there", () => {
  const sound = [
    () => standIn.expect({ a: 1, b: undefined, c: [new Date(0)] }).toEqual({ a: 1, c: [new Date(0)] }),
    () => standIn.expect({ a: { b: 1, c: 2 } }).toMatchObject({ a: { b: 1 } }),
    () => standIn.expect(() => JSON.parse("{")).toThrow(SyntaxError),
    () => standIn.expect("abc").not.toContain("d"),
    () => standIn.expect(Promise.reject(new Error("no"))).rejects.toThrow(/no/),
  ];
  const faulty = [
    () => standIn.expect(1).toBe(2),
    () => standIn.expect({ a: 1, b: 2 }).toEqual({ a: 1 }),
    () => standIn.expect([1]).toEqual([1, 2]),
    () => standIn.expect({ a: [{ b: 1 }] }).toMatchObject({ a: [{ b: 2 }] }),
    () => standIn.expect([1]).toHaveLength(2),
    () => standIn.expect("abc").toMatch(/d/),
    () => standIn.expect("abc").not.toContain("b"),
    () => standIn.expect(1).toBeGreaterThan(1),
    () => standIn.expect(1).toBeLessThan(1),
    () => standIn.expect(() => undefined).toThrow(),
    () => standIn.expect(() => JSON.parse("{")).toThrow(TypeError),
    () => standIn.expect(Promise.resolve(1)).rejects.toBe(1),
    () => standIn.expect(Promise.reject(new Error("no"))).rejects.toMatchObject({ message: "yes" }),
  ];

  it("tells what passes and what fails, hooks too", async () => {
    await standIn.addFile("file", async () => {
      standIn.beforeAll(() => Promise.reject(new Error("hook")));
      standIn.it.each(sound.map((body) => [body]))("sound", (body) => (body as () => unknown)());
      standIn.describe("group", () => {
        standIn.it.each(faulty.map((body) => [body]))("faulty", (body) => (body as () => unknown)());
      });
    });
    const reports = await standIn.runTests(1);
    const outcomes = reports.map(({ name, failure }) => `${name}: ${failure === null ? "passed" : "failed"}`);
    expect(outcomes).toEqual([
      "file > (hook): failed",
      ...sound.map(() => "file > sound: passed"),
      ...faulty.map(() => "file > group > faulty: failed"),
    ]);
  });
});
