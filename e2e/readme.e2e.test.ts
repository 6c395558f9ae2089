import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../packages/server/src/store/testing/free-port.ts";
import type { Leased, Page } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { openNodes } from "./harness/open-nodes.ts";
import { REPOSITORY } from "./harness/start-program.ts";
import { type Shell, startShell } from "./harness/start-shell.ts";
import { openTempFolder, type TempFolder } from "./harness/temp-folder.ts";
import type { DeliveryView, SubscriptionView } from "./harness/webhooks.ts";

const run = promisify(execFile);

/** A checkout that runs tests has done these. */
const DONE_BEFORE = ["npm ci && npm start", "npm ci && npm test"];
const PORT = "8080";
const RECEIVER_PORT = "9000";

describe("A new user who follows the README", () => {
  let readme: string;
  let folder: TempFolder;
  let server: Shell;
  let receiver: Shell;
  let ports: Readonly<Record<string, string>>;
  let key: string;
  const ran: string[] = [];
  let subscription: SubscriptionView;

  beforeAll(async () => {
    readme = await readFile(`${REPOSITORY}README.md`, "utf8");
    folder = await openTempFolder();
    ports = { [PORT]: String(await freePort()), [RECEIVER_PORT]: String(await freePort()) };
  });
  afterAll(async () => {
    await receiver?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  /** Runs a line of the README as it stands but for the ports, and gives its answer. */
  async function follow<T>(
    line: string | undefined,
    fill: (line: string) => string = (as) => as,
  ): Promise<T> {
    if (line === undefined) throw new Error("The README has no such line.");
    ran.push(line);
    const script = fill(line.replaceAll(/(?<=127\.0\.0\.1:)\d+/g, (port) => ports[port] ?? port));
    const { stdout } = await run("sh", ["-c", script], { env: { PATH: process.env.PATH, KEY: key } });
    return JSON.parse(stdout) as T;
  }

  it("starts the server with leave to push to this machine, and finds a key", async () => {
    const line = inlineCommand(readme, /npm start$/);
    expect(line).toMatch(/^TRIGGERS_ALLOW_NETWORKS=/);
    const env = { TRIGGERS_PORT: ports[PORT] ?? "", TRIGGERS_DATA_DIR: `${folder.path}/data` };
    server = startShell(line, env);
    await server.shows(new RegExp(`listens on http://127\\.0\\.0\\.1:${ports[PORT]} `));
    [key = ""] = await server.shows(/tk_[\w-]+/);
  });

  it("sends an event, sees it wait, takes it, and says that it is done", async () => {
    const [start, post, inbox, lease, ack, ...others] = shellLines(readme, "Start");
    expect([start, others]).toEqual(["npm ci && npm start", []]);
    const { event_id } = await follow<{ event_id: string }>(post);
    const waiting = await follow<Page<{ event: { id: string } }>>(inbox);
    expect(waiting.data.map(({ event }) => event.id)).toEqual([event_id]);
    const { deliveries } = await follow<{ deliveries: readonly Leased[] }>(lease);
    expect(deliveries.map(({ event }) => event.id)).toEqual([event_id]);
    const settled = await follow<{ results: readonly { outcome: string }[] }>(ack, (line) =>
      line
        .replace('"delivery_id":"…"', `"delivery_id":"${deliveries[0]?.delivery_id}"`)
        .replace('"lease_token":"…"', `"lease_token":"${deliveries[0]?.lease_token}"`),
    );
    expect(settled.results.map(({ outcome }) => outcome)).toEqual(["acknowledged"]);
  });

  it("starts a receiver beside it, which waits where the README says", async () => {
    const source = await readFile(`${REPOSITORY}examples/receive-webhooks.ts`, "utf8");
    expect(source).toContain(`?? ${RECEIVER_PORT})`);
    receiver = startShell(`${inlineCommand(readme, /^npm run receiver$/)} -- ${ports[RECEIVER_PORT]}`);
    await receiver.shows(
      new RegExp(`waiting for webhooks on http://127\\.0\\.0\\.1:${ports[RECEIVER_PORT]}`),
    );
  });

  it("subscribes, sends an event, finds its delivery acknowledged and the event at the receiver", async () => {
    const [subscribe, post, list, ...others] = shellLines(readme, "Push");
    expect(others).toEqual([]);
    subscription = await follow<SubscriptionView>(subscribe);
    expect(subscription).toMatchObject({ state: "active", secret: expect.stringMatching(/^whsec_/) });
    const { event_id } = await follow<{ event_id: string }>(post);
    const delivery = await eventually(
      async () => (await follow<Page<DeliveryView>>(list)).data.find((one) => one.event_id === event_id),
      (found) => found?.state === "acknowledged",
    );
    expect(delivery).toMatchObject({ subscription_id: subscription.id, attempt: 1 });
    const [, body = ""] = await receiver.shows(/^received (.*)$/m);
    expect(JSON.parse(body)).toMatchObject({
      id: event_id,
      payload: { order_id: "ord_1", amount: 4999 },
    });
  });

  it("checks the signature with the secret that came with the subscription", async () => {
    const [, post] = shellLines(readme, "Push");
    await receiver[Symbol.asyncDispose]();
    receiver = startShell(`npm run receiver -- ${ports[RECEIVER_PORT]} ${subscription.secret}`);
    await receiver.shows(/waiting for webhooks/);
    const { event_id } = await follow<{ event_id: string }>(post);
    await receiver.shows(new RegExp(`^received .*"${event_id}"`, "m"));
    expect(receiver.output()).not.toContain("refused");
  });

  it("starts on PostgreSQL with the one line, its address and a master key put in", async () => {
    const [line = "", ...others] = shellLines(readme, "On PostgreSQL");
    expect(others).toEqual([]);
    await using nodes = await openNodes();
    ran.push(line);
    const filled = line
      .replace("postgres://user:password@host/database", nodes.url)
      .replace("TRIGGERS_MASTER_KEY=…", `TRIGGERS_MASTER_KEY=${Buffer.alloc(32, 1).toString("base64")}`);
    await using onPostgres = startShell(filled, { TRIGGERS_PORT: "0" });
    await onPostgres.shows(/store: postgres at /);
    await onPostgres.shows(/tk_[\w-]+/);
  });

  it("has run every line that the README gives", () => {
    const sections = [...readme.matchAll(/^## (.*)$/gm)].map(([, name = ""]) => name);
    const lines = sections.flatMap((section) => shellLines(readme, section));
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.filter((line) => !DONE_BEFORE.includes(line) && !ran.includes(line))).toEqual([]);
  });
});

/** The commands in the code blocks of a section, each on one line. */
function shellLines(readme: string, section: string): string[] {
  const text = readme.split(/^## /m).find((one) => one.startsWith(`${section}\n`)) ?? "";
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block = ""]) => block.replaceAll(/\\\n\s*/g, "").split("\n"))
    .filter((line) => line !== "");
}

/** The one command in running text that fits. */
function inlineCommand(readme: string, pattern: RegExp): string {
  const commands = [...readme.replaceAll(/```.*?```/gs, "").matchAll(/`([^`]+)`/g)].map(
    ([, one = ""]) => one,
  );
  const [command, ...others] = commands.filter((one) => pattern.test(one));
  if (command === undefined || others.length > 0) throw new Error(`Not one command fits ${pattern}.`);
  return command;
}
