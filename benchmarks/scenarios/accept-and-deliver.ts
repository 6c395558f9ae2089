import { setTimeout as wait } from "node:timers/promises";
import type { Program } from "../../e2e/harness/start-program.ts";
import { againstBare, pairedFigures } from "../against-bare.ts";
import type { Bench, Receiver } from "../bench.ts";
import { atLeast, atMost, figure } from "../figure.ts";
import { runLoad } from "../load/run-load.ts";
import { type Measured, singlePosts } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import { startMeter } from "../meter.ts";
import type { Scenario } from "../scenario.ts";
import { subscribe, webhookTo } from "../subscribe.ts";

const MAX_IN_FLIGHT = 100;
/** Nothing new for so long: what is missing by then counts as lost. */
const STALL_MS = 15_000;
/** A second delivery of the same event would come about now. */
const AFTER_MS = 1_500;

export const acceptAndDeliver: Scenario = {
  number: 7,
  title: "Accept and deliver 20,000 events",
  method: `Single posts over 64 connections while a signed webhook goes out for each, to one healthy endpoint on the same machine with \`max_in_flight\` ${MAX_IN_FLIGHT}: from the first POST to the last arrival. On two cores server, load generator and receiver share them.`,
  async run(bench) {
    const server = await bench.startServer();
    const receiver = bench.openReceiver();
    const { url } = await receiver.ask({ do: "reset" });
    await subscribe(server, [webhookTo(`${url}/hook`, null, MAX_IN_FLIGHT)]);
    const rounds: Delivered[] = [];
    const paired = await againstBare(bench, async ({ isWarmUp }) => {
      const events = isWarmUp ? 2_000 : bench.pick(20_000, 2_000);
      const delivered = await deliver(bench, { server, receiver, events });
      rounds.push(delivered);
      return delivered;
    });
    const sum = (name: "lost" | "twice") => rounds.reduce((total, round) => total + round[name], 0);
    return [
      ...pairedFigures(paired, { unit: "events/s", goal: atLeast(0.22) }),
      figure("lost, over all rounds", sum("lost"), { unit: "", goal: atMost(0) }),
      figure("delivered twice, over all rounds", sum("twice"), { unit: "", goal: atMost(0) }),
      await memoryFigure(server.pid),
    ];
  },
};

interface Delivered extends Measured {
  readonly lost: number;
  readonly twice: number;
}

interface Delivering {
  readonly server: Program;
  readonly receiver: Receiver;
  readonly events: number;
}

async function deliver(bench: Bench, { server, receiver, events }: Delivering): Promise<Delivered> {
  await receiver.ask({ do: "reset" });
  const meter = await startMeter(server.pid);
  const plan = singlePosts(server, {
    body: { kind: "events", prefix: "order.created", types: 0 },
    until: { requests: events },
  });
  const sent = await runLoad(plan, bench.generator);
  const { lastNewMs } = await receiver.ask({ do: "wait", events, stallMs: STALL_MS });
  const metered = await meter.stop();
  await wait(AFTER_MS);
  const received = await receiver.ask({ do: "report" });
  const seconds = (lastNewMs - (sent.firstSentMs ?? Number.NaN)) / 1_000;
  return {
    ...{ perSecond: events / seconds, latency: null, generatorCores: sent.generatorCores, ...metered },
    ...{ lost: events - received.events, twice: received.arrivals - received.events },
  };
}
