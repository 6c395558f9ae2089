import { atMost, figure, medianFigure } from "../figure.ts";
import { runLoad } from "../load/run-load.ts";
import { singlePosts } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import type { Scenario } from "../scenario.ts";
import { subscribe, webhookTo } from "../subscribe.ts";

const PER_SECOND = 500;
const STALL_MS = 15_000;

export const pushLatency: Scenario = {
  number: 8,
  title: "POST to receiver at 500 events/s",
  method:
    "Open loop, 500 single posts a second over 64 connections, one healthy webhook: from the time a POST is due until its webhook has arrived whole.",
  async run(bench) {
    const server = await bench.startServer();
    const receiver = bench.openReceiver();
    const { url } = await receiver.ask({ do: "reset" });
    await subscribe(server, [webhookTo(`${url}/hook`, null, 100)]);
    const send = async (seconds: number) => {
      await receiver.ask({ do: "reset" });
      const { requests } = await runLoad(
        singlePosts(server, {
          body: { kind: "events", prefix: "order.created", types: 0 },
          ...{ until: { seconds }, perSecond: PER_SECOND },
        }),
        bench.generator,
      );
      return {
        requests,
        received: await receiver.ask({ do: "wait", events: requests, stallMs: STALL_MS }),
      };
    };
    await send(bench.pick(10, 1));
    const rounds = [];
    while (rounds.length < bench.pick(3, 1)) rounds.push(await send(bench.pick(10, 2)));
    const latencies = rounds.map(({ received }) => received.latency);
    const of = (name: "p50" | "p99" | "most") => latencies.map((latency) => latency[name]);
    const lost = rounds.map(({ requests, received }) => requests - received.events);
    const twice = rounds.map(({ received }) => received.arrivals - received.events);
    return [
      medianFigure("p50", of("p50"), { unit: "ms", goal: atMost(2) }),
      medianFigure("p99", of("p99"), { unit: "ms", goal: atMost(8) }),
      figure("most, over all rounds", Math.max(...of("most")), { unit: "ms" }),
      figure("lost, over all rounds", sum(lost), { unit: "", goal: atMost(0) }),
      figure("delivered twice, over all rounds", sum(twice), { unit: "", goal: atMost(0) }),
      await memoryFigure(server.pid),
    ];
  },
};

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
