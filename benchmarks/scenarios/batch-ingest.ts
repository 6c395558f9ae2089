import { againstBare, pairedFigures } from "../against-bare.ts";
import { atLeast } from "../figure.ts";
import { batchText, ONE_EVENT } from "../load/event-text.ts";
import type { LoadPlan } from "../load/load-plan.ts";
import { type Measured, measureLoad, type Target } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import type { Scenario } from "../scenario.ts";

const BATCH = 100;
const CONNECTIONS = 16;
const TEXT = batchText(Array<string>(BATCH).fill(ONE_EVENT));

export const batchIngest: Scenario = {
  number: 4,
  title: "Batches of 100, sealed",
  method: `\`POST /v1/events/batch\` with ${BATCH} events of about 350 bytes, ${CONNECTIONS} connections. Counted in events, against single requests to the bare handler.`,
  async run(bench) {
    const server = await bench.startServer();
    const paired = await againstBare(bench, async ({ seconds }) =>
      inEvents(await measureLoad(bench, server, batches(server, seconds))),
    );
    return [...pairedFigures(paired, { unit: "events/s", goal: atLeast(1) }), await memoryFigure(server.pid)];
  },
};

function batches({ url, key }: Target, seconds: number): LoadPlan {
  return {
    ...{ url, key, path: "/v1/events/batch", body: { kind: "fixed", text: TEXT }, status: 200 },
    ...{ connections: CONNECTIONS, perSecond: null, until: { seconds } },
  };
}

function inEvents(measured: Measured): Measured {
  return { ...measured, perSecond: measured.perSecond * BATCH };
}
