import { existsSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Program, startProgram } from "./harness/start-program.ts";

const CHROMIUM = "/usr/bin/chromium";
const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  ...["--disable-default-apps", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage"],
];

describe("In a browser", () => {
  let program: Program;
  let browser: Browser;

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) throw new Error(`There is no ${CHROMIUM}: apt-get install chromium`);
    program = await startProgram();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });
  afterAll(async () => {
    await browser?.close();
    await program?.[Symbol.asyncDispose]();
  });

  /** Opens a page and notes where its requests go and what it complains about. */
  async function open(path: string): Promise<{ page: Page; foreign: string[]; complaints: string[] }> {
    const context = await browser.newContext();
    const page = await context.newPage();
    const foreign: string[] = [];
    const complaints: string[] = [];
    context.on("request", (request) => {
      const { protocol, origin } = new URL(request.url());
      const isInline = protocol === "data:" || protocol === "blob:";
      if (!isInline && origin !== program.url) foreign.push(request.url());
    });
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    const answer = await page.goto(`${program.url}${path}`, { waitUntil: "networkidle" });
    expect(answer?.status()).toBe(200);
    return { page, foreign, complaints };
  }

  it("the first page asks nobody else, complains of nothing and can be used by everyone", async () => {
    const { page, foreign, complaints } = await open("/");
    expect(await page.title()).toContain("Triggers");
    expect(await page.locator("h1").count()).toBe(1);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(
      violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ target }) => target) })),
    ).toEqual([]);
    expect({ foreign, complaints }).toEqual({ foreign: [], complaints: [] });
  });

  it("the first page leads to the docs", async () => {
    const { page } = await open("/");
    await page.locator('a[href="/docs"]').first().click();
    expect(new URL(page.url()).pathname).toBe("/docs");
  });

  it("the docs show the operations, ask nobody else and complain of nothing", async () => {
    const { page, foreign, complaints } = await open("/docs");
    await page.getByText("/v1/events").first().waitFor();
    const text = await page.locator("body").innerText();
    expect(text).toContain("/v1/events");
    expect({ foreign, complaints }).toEqual({ foreign: [], complaints: [] });
  });
});
