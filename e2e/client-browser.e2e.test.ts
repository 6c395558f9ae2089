import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Program } from "./harness/start-program.ts";
import { bundleTests } from "./portable-tests/bundle-tests.ts";
import { offerPlayers } from "./portable-tests/offer-players.ts";
import { startTestServer } from "./portable-tests/start-test-server.ts";
import type { TestReport } from "./portable-tests/vitest.ts";

const CHROMIUM = "/usr/bin/chromium";
// The servers that play the cases of the conformance file are of other origins than the page.
const ARGUMENTS = [
  "--disable-web-security",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--no-first-run",
];

/** They open servers of their own, or sign as the server does. */
const NEEDING_NODE = ["faults.test.ts", "webhook/pushed.test.ts", "webhook/signed-by-server.test.ts"];

describe("In a browser", () => {
  let program: Program;
  let before: string;
  let browser: Browser;

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) throw new Error(`There is no ${CHROMIUM}: apt-get install chromium`);
    ({ program, before } = await startTestServer());
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });
  afterAll(async () => {
    await browser?.close();
    await program?.[Symbol.asyncDispose]();
  });

  it("the client passes its tests, on a page of the server itself", async () => {
    const script = await bundleTests({
      ...{ platform: "browser", target: "es2022", without: NEEDING_NODE, filesAtOnce: 2, before },
    });
    const context = await browser.newContext({ bypassCSP: true });
    await offerPlayers(context);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(program.url);
    await page.addScriptTag({ content: script });
    const reports = (await page.evaluate("globalThis.reports")) as TestReport[];
    expect(reports.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(reports.length).toBeGreaterThan(200);
    console.log(`${reports.length} tests of the client have passed in ${browser.version()}`);
  }, 180_000);
});
