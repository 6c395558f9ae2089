import { againstBare, pairedFigures } from "../against-bare.ts";
import { atLeast, medianFigure } from "../figure.ts";
import { fillInbox } from "../fill-inbox.ts";
import type { Measured, Target } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import { startMeter } from "../meter.ts";
import type { ConsumeResult } from "../processes/consume.ts";
import { runConsumers } from "../run-consumers.ts";
import type { Scenario } from "../scenario.ts";

const BATCH = 100;
const CONSUMERS = 4;

export const leaseAndAcknowledge: Scenario = {
  number: 5,
  title: "Lease and acknowledge, batches of 100",
  method: `${CONSUMERS} consumers lease ${BATCH} deliveries of a filled main inbox and acknowledge them, again and again.`,
  async run(bench) {
    const { progress } = bench;
    const server = await bench.startServer();
    progress.step("    filling the inbox");
    await fillInbox(server, bench.pick(600_000, 50_000), progress);
    progress.step("    leasing and acknowledging");
    const results: ConsumeResult[] = [];
    const paired = await againstBare(bench, async ({ seconds, isWarmUp }) => {
      const { result, measured } = await consume(server, seconds);
      if (!isWarmUp) results.push(result);
      return measured;
    });
    const p99 = (name: "leaseLatency" | "ackLatency") => results.map((result) => result[name].p99);
    return [
      ...pairedFigures(paired, { unit: "events/s", goal: atLeast(0.35) }),
      medianFigure("lease p99", p99("leaseLatency"), { unit: "ms" }),
      medianFigure("acknowledge p99", p99("ackLatency"), { unit: "ms" }),
      await memoryFigure(server.pid),
    ];
  },
};

async function consume(
  { url, key, pid }: Target,
  seconds: number,
): Promise<{ readonly result: ConsumeResult; readonly measured: Measured }> {
  const meter = await startMeter(pid);
  const result = await runConsumers({
    ...{ url, key, seconds, consumers: CONSUMERS, limit: BATCH },
    ...{ acknowledges: true, leases: Number.MAX_SAFE_INTEGER },
  });
  const metered = await meter.stop();
  const { deliveries, consumerCores } = result;
  if (deliveries === 0) throw new Error("The inbox was empty before the round began.");
  const perSecond = deliveries / result.seconds;
  return { result, measured: { perSecond, latency: null, generatorCores: consumerCores, ...metered } };
}
