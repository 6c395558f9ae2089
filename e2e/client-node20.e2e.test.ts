import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Program } from "./harness/start-program.ts";
import { openTempFolder, type TempFolder } from "./harness/temp-folder.ts";
import { bundleTests } from "./portable-tests/bundle-tests.ts";
import { startTestServer } from "./portable-tests/start-test-server.ts";
import type { TestReport } from "./portable-tests/vitest.ts";

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
    const report = "process.stdout.write(JSON.stringify(await globalThis.reports));\nprocess.exit();\n";
    await writeFile(path, `${script}\n${report}`);
    const { stdout } = await promisify(execFile)(NODE, [path], { maxBuffer: 64 * 1024 * 1024 });
    const reports: TestReport[] = JSON.parse(stdout);
    expect(reports.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(reports.length).toBeGreaterThan(150);
    console.log(`${reports.length} tests of the client have passed`);
  }, 180_000);
});
