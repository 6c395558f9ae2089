import { execFile, spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../packages/server/src/store/testing/free-port.ts";
import { postEvent } from "./harness/calls.ts";
import { type Client, connect, type EventView } from "./harness/client.ts";
import { eventually } from "./harness/eventually.ts";
import { type Program, REPOSITORY, startProgram } from "./harness/start-program.ts";
import { startShell } from "./harness/start-shell.ts";
import { openTempFolder } from "./harness/temp-folder.ts";
import { readDeliveries, subscribe } from "./harness/webhooks.ts";

const run = promisify(execFile);
const FOLDER = `${REPOSITORY}examples`;
const MOST_LINES = 80;
const names = (await readdir(FOLDER)).filter((name) => /\.(ts|py|sh)$/.test(name));

/** How each language is run. */
function commandFor(name: string): readonly [string, string] {
  const programs = { ts: process.execPath, py: "python3", sh: "sh" } as const;
  return [programs[name.split(".").at(-1) as keyof typeof programs], join(FOLDER, name)];
}

describe("The examples", () => {
  let program: Program;
  let client: Client;
  let env: { readonly PATH: string; readonly TRIGGERS_URL: string; readonly TRIGGERS_API_KEY: string };

  beforeAll(async () => {
    program = await startProgram({ env: { TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8" } });
    client = connect(program, program.key);
    const { PATH = "" } = process.env;
    env = { PATH, TRIGGERS_URL: program.url, TRIGGERS_API_KEY: program.key };
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  it.for(names)("%s is short and needs nothing but its standard library", async (name) => {
    const text = await readFile(join(FOLDER, name), "utf8");
    expect(text.split("\n").length).toBeLessThanOrEqual(MOST_LINES);
    const imported = [...text.matchAll(/^(?:import .*?from "([^"]+)"|(?:import|from) (\w[\w.]*))/gms)];
    const foreign = imported.map(([, ts, py]) => ts ?? `py:${py}`).filter((one) => !one.startsWith("node:"));
    const { stdout } = await run("python3", ["-c", "import sys; print(*sys.stdlib_module_names)"]);
    const known = new Set(stdout.trim().split(" "));
    expect(foreign.filter((one) => !known.has(/^py:(\w+)/.exec(one)?.[1] ?? "")).sort()).toEqual([]);
  });

  it("send-and-consume.sh stores, takes and acknowledges one event", async () => {
    const { stdout } = await run(...withArgs("send-and-consume.sh"), { env });
    const [, stored = "", taken = ""] = /^stored (\S+)\ntook (\S+)\nacknowledged\n$/.exec(stdout) ?? [];
    expect(stored).toBe(taken);
    expect((await client.send<EventView>("GET", `/v1/events/${stored}`)).json.status).toBe("acknowledged");
  });

  it("send-and-consume.sh shows a refusal and fails", async () => {
    const refused = run(...withArgs("send-and-consume.sh"), { env: { ...env, TRIGGERS_API_KEY: "wrong" } });
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining("unauthenticated") });
  });

  describe.each(["send-event.ts", "send_event.py"])("%s", (name) => {
    it("stores the payload as the text it was given", async () => {
      const payload = '{"id":9007199254740993, "price":1.10}';
      const { stdout } = await run(...withArgs(name, "price.set", payload), { env });
      const id = /^stored (\S+)\n$/.exec(stdout)?.[1];
      const { bytes } = await client.send("GET", `/v1/events/${id}/payload`);
      expect(bytes.toString()).toBe(payload);
    });

    it("shows a refusal and fails at once", async () => {
      const refused = run(...withArgs(name, "not a type"), { env });
      await expect(refused).rejects.toMatchObject({
        stderr: expect.stringMatching(/422: .*must be dotted parts/),
      });
    });

    it("tries again under the same key while the server is full or cuts the connection", async () => {
      await using server = await openUnsteady(["503", "cut"], '{"event_id":"42"}');
      const { stdout } = await run(...withArgs(name), { env: { ...env, TRIGGERS_URL: server.url } });
      expect(stdout).toBe("stored 42\n");
      const keys = server.requests().map(({ key }) => key);
      expect(keys).toHaveLength(3);
      expect(new Set(keys).size).toBe(1);
    });
  });

  describe.each([
    ["consume-inbox.ts", "SIGTERM"],
    ["consume_inbox.py", "SIGINT"],
  ] as const)("%s", (name, signal) => {
    it("takes events as they come and acknowledges them", async () => {
      await using consumer = startShell(commandFor(name).join(" "), env);
      await consumer.shows(/waiting for events in main/);
      const { event_id } = await postEvent(client, { type: "order.paid", payload: { order: name } });
      await consumer.shows(new RegExp(`order.paid ${event_id}, attempt 1: \\{"order": ?"${name}"\\}`));
      await eventually(
        async () => (await client.send<EventView>("GET", `/v1/events/${event_id}`)).json.status,
        (status) => status === "acknowledged",
      );
    });

    it("releases what it failed at, and gets it again", async () => {
      await using copy = await openCopy(name, (text) =>
        name.endsWith(".ts")
          ? text.replace(/^( *)console\.log\(`\$\{event/m, '$1if (attempt === 1) throw new Error("no");\n$&')
          : text.replace(/^( *)print\(f"\{event/m, '$1if attempt == 1: raise ValueError("no")\n$&'),
      );
      const { event_id } = await postEvent(client, { payload: { order: "again" } });
      await using consumer = startShell(copy.command, env);
      await consumer.shows(new RegExp(`event ${event_id}, attempt 2: `));
    });

    it("goes on when the server was away or full", async () => {
      await using copy = await openCopy(name, (text) => text);
      const leased = {
        delivery_id: "d",
        lease_token: "t",
        attempt: 1,
        event: { id: "e", type: "a", payload: {} },
      };
      const none = '{"deliveries":[]}';
      const answers = ["503", "cut", JSON.stringify({ deliveries: [leased] }), "503", none, "cut"] as const;
      await using server = await openUnsteady(answers, none);
      await using consumer = startShell(copy.command, { ...env, TRIGGERS_URL: server.url });
      await consumer.shows(/a e, attempt 1: \{\}/);
      const later = await eventually(server.requests, (requests) => requests.length > answers.length + 2);
      expect(later.map(({ path }) => path.split("?")[0]).slice(0, 5)).toEqual(
        ["lease", "lease", "lease", "ack", "lease"].map((verb) => `/v1/inbox/${verb}`),
      );
    });

    it("ends at a refusal and shows it", async () => {
      await using consumer = startShell(`${commandFor(name).join(" ")} nowhere; echo "ended with $?"`, env);
      await consumer.shows(/not_found.*ended with 1/s);
    });

    it(`ends well at ${signal}`, async () => {
      const [command, path] = commandFor(name);
      const child = spawn(command, [path], { env, stdio: ["ignore", "pipe", "inherit"] });
      const closed = once(child, "close");
      await once(child.stdout, "data");
      child.kill(signal);
      expect(await closed).toEqual([0, null]);
    });
  });

  describe.each(["receive-webhooks.ts", "receive_webhooks.py"])("%s", (name) => {
    const secret = `whsec_${randomBytes(32).toString("base64")}`;

    it("takes a webhook of the server", async () => {
      const port = await freePort();
      await using receiver = startShell(`${commandFor(name).join(" ")} ${port} ${secret}`, {
        PATH: env.PATH,
      });
      await receiver.shows(new RegExp(`waiting for webhooks on http://127.0.0.1:${port}`));
      const filter = { type: [`to.${name.replace(/\W/g, "-")}`] };
      const hook = await subscribe(client, `http://127.0.0.1:${port}/hook`, { secret, filter });
      const { event_id } = await postEvent(client, { type: filter.type[0], payload: { n: 1 } });
      await receiver.shows(new RegExp(`^received .*"${event_id}"`, "m"));
      const [delivery] = await eventually(
        () => readDeliveries(client, hook),
        ([one]) => one?.state === "acknowledged",
      );
      expect(delivery).toMatchObject({ event_id, attempt: 1 });
    });

    it("refuses what is changed, old, unsigned or signed with another secret", async () => {
      const port = await freePort();
      await using receiver = startShell(`${commandFor(name).join(" ")} ${port} ${secret}`, {
        PATH: env.PATH,
      });
      await receiver.shows(/waiting for webhooks/);
      const post = async (headers: Record<string, string>, body = "{}") =>
        (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body })).status;
      const other = `whsec_${randomBytes(32).toString("base64")}`;
      const now = Math.floor(Date.now() / 1_000);
      expect(await post(sign({ body: "{}", secret, at: now }))).toBe(204);
      const both = sign({ body: "{}", secret, at: now });
      both["webhook-signature"] = `v1,${randomBytes(32).toString("base64")} ${both["webhook-signature"]}`;
      expect(await post(both)).toBe(204);
      expect(await post(sign({ body: "{}", secret, at: now }), "{ }")).toBe(401);
      expect(await post(sign({ body: "{}", secret, at: now - 301 }))).toBe(401);
      expect(await post(sign({ body: "{}", secret: other, at: now }))).toBe(401);
      expect(await post({})).toBe(401);
      expect(await post({ ...sign({ body: "{}", secret, at: now }), "webhook-timestamp": "soon" })).toBe(401);
    });
  });
});

function withArgs(name: string, ...args: readonly string[]): [string, string[]] {
  const [command, path] = commandFor(name);
  return [command, [path, ...args]];
}

/** By the words of https://www.standardwebhooks.com. */
function sign(one: { readonly body: string; readonly secret: string; readonly at: number }) {
  const key = Buffer.from(one.secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`msg_1.${one.at}.${one.body}`).digest("base64");
  return {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(one.at),
    "webhook-signature": `v1,${signature}`,
  };
}

/** An example with other contents, and without waits. */
async function openCopy(name: string, change: (text: string) => string) {
  const folder = await openTempFolder();
  const text = await readFile(join(FOLDER, name), "utf8");
  const changed = change(text).replace("RETRY_SECONDS = 5", "RETRY_SECONDS = 0");
  expect(changed).not.toBe(text);
  const path = join(folder.path, name.replace(".ts", ".mts"));
  await writeFile(path, changed);
  return {
    command: `${commandFor(name)[0]} ${path}`,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** A server that gives these answers first, is full or cuts the connection where they say so, and then always the last one. */
async function openUnsteady(first: readonly string[], last: string) {
  const requests: { readonly path: string; readonly key: unknown }[] = [];
  const server = createServer((request, response) => {
    const answer = first[requests.length] ?? last;
    requests.push({ path: request.url ?? "", key: request.headers["idempotency-key"] });
    if (answer === "cut") request.socket.destroy();
    else if (answer === "503") response.writeHead(503, { "retry-after": "1" }).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    requests: () => requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
