import fc from "fast-check";
import { describe, test } from "vitest";
import { compareWithModel } from "./compare-with-model.ts";
import type { StoreHarness } from "./describe-store.ts";
import { SECOND, T0 } from "./make-records.ts";
import { commandsOf, type ModelCommand } from "./model-commands.ts";
import { makeModel } from "./naive-model.ts";
import { type ModelRun, runCommand } from "./run-commands.ts";
import { addProject, subscribe } from "./scene.ts";

const { PROPERTY_RUNS, PROPERTY_SEED, PROPERTY_PATH } = process.env;
const COMMANDS_BETWEEN_COMPARES = 8;

/**
 * Random commands against a store and the naive model at once. A failure prints its seed and path; `PROPERTY_SEED` and `PROPERTY_PATH` run it
 * again, `PROPERTY_RUNS` sets how many sequences are tried instead of `runs`.
 */
export function describeModel(
  name: string,
  harness: StoreHarness,
  { timeoutMs = 120_000, runs = 40 }: { readonly timeoutMs?: number; readonly runs?: number } = {},
): void {
  describe(`the ${name} store beside the model`, () => {
    test(
      "random commands have the outcomes of the model and leave what the model holds",
      async () => {
        await fc.assert(
          fc.asyncProperty(commandsOf(80), (commands) => runAll(harness, commands)),
          {
            numRuns: Number(PROPERTY_RUNS ?? runs),
            ...(PROPERTY_SEED === undefined ? {} : { seed: Number(PROPERTY_SEED) }),
            ...(PROPERTY_PATH === undefined ? {} : { path: PROPERTY_PATH }),
          },
        );
      },
      timeoutMs,
    );
  });
}

async function runAll(harness: StoreHarness, commands: readonly ModelCommand[]): Promise<void> {
  const store = await harness.open();
  try {
    const run = await beginRun(await addProject(store));
    for (const [index, command] of commands.entries()) {
      await runCommand(run, command);
      if (index % COMMANDS_BETWEEN_COMPARES === 0) await compareWithModel(run);
    }
    await compareWithModel(run);
  } finally {
    await store.close();
  }
}

/** Inboxes and webhooks, with and without order, that park or skip, and one that comes to its end while commands run. */
async function beginRun(scene: Awaited<ReturnType<typeof addProject>>): Promise<ModelRun> {
  const webhook = { channel: "webhook", endpointShard: 1, maxAttempts: 3 } as const;
  const subscriptions = [
    await subscribe(scene, { maxAttempts: 3 }),
    await subscribe(scene, { ordered: true, maxAttempts: 2 }),
    await subscribe(scene, { ordered: true, onDead: "skip", maxAttempts: 2 }),
    await subscribe(scene, webhook),
    await subscribe(scene, { ...webhook, ordered: true, onDead: "skip" }),
    await subscribe(scene, { ordered: true, expiresAt: T0 + 400 * SECOND }),
  ];
  return {
    ...scene,
    model: makeModel(scene.projectId, T0, subscriptions),
    subscriptionIds: subscriptions.map(({ id }) => id),
    eventIds: [],
    tokens: [],
    attempts: new Map(),
  };
}
