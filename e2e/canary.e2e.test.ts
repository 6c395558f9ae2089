import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeScene, type Scene } from "./canary/scene.ts";
import { makeSecrets } from "./canary/secrets.ts";
import { useBadInput } from "./canary/use-bad-input.ts";
import { readOldestPayload, useEvents } from "./canary/use-events.ts";
import { useInbox } from "./canary/use-inbox.ts";
import { useKeys } from "./canary/use-keys.ts";
import { useWebhooks } from "./canary/use-webhooks.ts";
import { expectStatus } from "./harness/calls.ts";
import { chooseSeed, makeRandom } from "./harness/random.ts";
import { runCli } from "./harness/run-cli.ts";
import { type Program, startProgram } from "./harness/start-program.ts";

const KILLS = 3;

describe("What callers entrust to us", () => {
  const secrets = makeSecrets();
  const operatorKey = `${secrets.canary("operator")}-0000000000000`;
  const start = (more: Readonly<Record<string, string>> = {}) =>
    startProgram({
      env: {
        TRIGGERS_BOOTSTRAP_API_KEY: `${secrets.canary("bootstrap")}-000000000000`,
        TRIGGERS_OPERATOR_KEY: operatorKey,
        TRIGGERS_ALERT_URL: `http://127.0.0.1:9/${secrets.canary("alert-url")}`,
        TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8",
        TRIGGERS_LOG_LEVEL: "trace",
        ...more,
      },
    });
  let program: Program;
  let scene: Omit<Scene, "round">;
  let round = 0;
  /** Every route once, and every way of refusing. */
  const useEverything = () => use({ ...scene, round: ++round });

  beforeAll(async () => {
    program = await start();
    scene = makeScene(program, secrets, operatorKey);
    await useEverything();
  });
  afterAll(async () => {
    scene?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  it("went through every operation that is published", async () => {
    const { paths } = expectStatus(await scene.client.send<Published>("GET", "/openapi.json"), 200);
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.length).toBeGreaterThan(50);
    const calls = [...scene.done].map((call) => call.split("?", 1)[0] ?? "");
    expect(operations.filter((operation) => !calls.some((call) => isOf(call, operation)))).toEqual([]);
  });

  it("is found by the search of this test where nothing is sealed", async () => {
    await using bare = await start({ TRIGGERS_ENCRYPTION: "off" });
    using unsealed = makeScene(bare, secrets, operatorKey);
    await use({ ...unsealed, round: 0 });
    await bare.kill();
    const found = (await searchFolder(bare.dataDir)).map((line) => line.split(": ")[1]);
    for (const place of ["payload", "metadata", "subject", "ordering-key", "extension", "trace", "filter"])
      expect(found).toContain(place);
    for (const place of ["url", "header", "answer", "job-filter", "cancel-reason", "redrive-reason"])
      expect(found).toContain(place);
  });

  it("stands nowhere in the data folder while the program runs", async () => {
    const names = await readdir(program.dataDir);
    expect(names).toEqual(expect.arrayContaining(["triggers.db", "triggers.db-wal", "triggers.db-shm"]));
    expect(await searchFolder(program.dataDir)).toEqual([]);
  });

  it(`stands nowhere in the data folder after ${KILLS} kills in the middle of it`, async () => {
    const random = makeRandom(chooseSeed("canary"));
    for (let kill = 0; kill < KILLS; kill += 1) {
      const using = useEverything().catch(() => undefined);
      await delay(random.whole(100, 1_000));
      await program.kill();
      await using;
      expect(await searchFolder(program.dataDir)).toEqual([]);
      await program.start();
    }
  });

  it("stands nowhere in the data folder after a stop and under a new data key, and is still there for its owner", async () => {
    await program.stop();
    expect(await searchFolder(program.dataDir)).toEqual([]);
    const told = await runCli(program, "store", "rotate-key");
    expect(secrets.findIn(told)).toEqual([]);
    await program.start();
    await useEverything();
    expect(await readOldestPayload({ ...scene, round })).toContain(secrets.canary("payload"));
    expect(await searchFolder(program.dataDir)).toEqual([]);
    await program.kill();
    expect(await searchFolder(program.dataDir)).toEqual([]);
  });

  it("stands in no error answer", () => {
    const { refusals } = scene;
    expect(refusals.length).toBeGreaterThan(100);
    expect(new Set(refusals.map(({ status }) => status)).size).toBeGreaterThan(6);
    const telling = refusals.filter(({ headers, bytes }) => {
      // A pointer names the place of a fault by the sender's own member names.
      const text = JSON.stringify(headers) + bytes.toString().replaceAll(/"pointer":"[^"]*"/g, "");
      return secrets.findIn(text).length > 0;
    });
    expect(telling.map(({ status, bytes }) => `${status}: ${bytes}`)).toEqual([]);
  });

  it("stands in no line that the program wrote", () => {
    expect(program.output().split('"level":').length).toBeGreaterThan(500);
    expect(secrets.findIn(program.output())).toEqual([]);
  });

  /** Each file with each secret that stands in it. */
  async function searchFolder(folder: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (const name of await readdir(folder, { recursive: true })) {
      const path = join(folder, name);
      if (!(await stat(path)).isFile()) continue;
      found.push(...secrets.findIn(await readFile(path)).map((secret) => `${name}: ${secret}`));
    }
    return found;
  }
});

interface Published {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function use(scene: Scene): Promise<void> {
  await useKeys(scene);
  await useEvents(scene);
  await useInbox(scene);
  await useWebhooks(scene);
  await useBadInput(scene);
}

/** True if a call is of this operation, and of none that is written out where it has a parameter. */
function isOf(call: string, operation: string): boolean {
  const parts = [call, operation].map((one) => one.split("/"));
  const [called = [], published = []] = parts;
  return (
    called.length === published.length &&
    published.every(
      (part, at) => part === called[at] || (part.startsWith("{") && /\d/.test(called[at] ?? "")),
    )
  );
}
