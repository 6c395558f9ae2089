import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Program } from "../../e2e/harness/start-program.ts";
import type { Bench, Receiver } from "../bench.ts";
import { atMost, figure } from "../figure.ts";
import { runLoad } from "../load/run-load.ts";
import { singlePosts } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import type { Received } from "../processes/receive.ts";
import type { Scenario } from "../scenario.ts";
import { subscribe, webhookTo } from "../subscribe.ts";

const HEALTHY_PER_SECOND = 200;
const DEAD_PER_SECOND = 200;
const HEALTHY_IN_FLIGHT = 100;
const DEAD_IN_FLIGHT = 10;
const STALL_MS = 15_000;

export const deadEndpoints: Scenario = {
  number: 9,
  title: "2,000 dead endpoints beside a healthy one",
  method:
    "200 events a second to one healthy webhook, first alone, then while 200 a second go to 2,000 webhooks in turn, of which one half refuses connections and one half takes requests and never answers. From the time a POST is due until its webhook has arrived.",
  async run(bench) {
    const server = await bench.startServer();
    const healthy = bench.openReceiver();
    const { url } = await healthy.ask({ do: "reset" });
    await subscribe(server, [webhookTo(`${url}/hook`, "healthy", HEALTHY_IN_FLIGHT)]);
    await serveHealthy(bench, { server, healthy, seconds: bench.pick(3, 1) });
    bench.progress.step("    the healthy one alone");
    const alone = await serveHealthy(bench, { server, healthy, seconds: bench.pick(15, 2) });

    bench.progress.step("    making the dead ones");
    const count = bench.pick(2_000, 50);
    const madePerSecond = await subscribe(server, await deadWebhooks(bench, count), bench.progress);
    bench.progress.step("    both");
    const seconds = bench.pick(40, 3);
    const [beside] = await Promise.all([
      serveHealthy(bench, { server, healthy, seconds }),
      postTo(bench, server, { prefix: "dead", types: count, perSecond: DEAD_PER_SECOND, seconds }),
    ]);
    return [
      figure("p50 alone", alone.latency.p50, { unit: "ms" }),
      figure("p99 alone", alone.latency.p99, { unit: "ms" }),
      figure("p50 beside the dead ones", beside.latency.p50, { unit: "ms" }),
      figure("p99 beside the dead ones", beside.latency.p99, { unit: "ms" }),
      figure("p99 beside / alone", beside.latency.p99 / alone.latency.p99, { unit: "×", goal: atMost(2) }),
      figure("lost by the healthy one", alone.lost + beside.lost, { unit: "", goal: atMost(0) }),
      figure("subscriptions made a second", madePerSecond, { unit: "requests/s" }),
      await memoryFigure(server.pid),
    ];
  },
};

interface Serving {
  readonly server: Program;
  readonly healthy: Receiver;
  readonly seconds: number;
}

async function serveHealthy(
  bench: Bench,
  { server, healthy, seconds }: Serving,
): Promise<Received & { readonly lost: number }> {
  await healthy.ask({ do: "reset" });
  const load = { prefix: "healthy", types: 0, perSecond: HEALTHY_PER_SECOND, seconds };
  const events = await postTo(bench, server, load);
  const received = await healthy.ask({ do: "wait", events, stallMs: STALL_MS });
  return { ...received, lost: events - received.events };
}

interface Posts {
  readonly prefix: string;
  readonly types: number;
  readonly perSecond: number;
  readonly seconds: number;
}

async function postTo(bench: Bench, server: Program, posts: Posts): Promise<number> {
  const { prefix, types, perSecond, seconds } = posts;
  const plan = singlePosts(server, {
    body: { kind: "events", prefix, types },
    ...{ perSecond, until: { seconds } },
  });
  return (await runLoad(plan, bench.generator)).requests;
}

/** In turn one that refuses and one that hangs, each with a URL and a type of its own. */
async function deadWebhooks(bench: Bench, count: number): Promise<readonly object[]> {
  const hanging = await bench.openReceiver("--hangs").ask({ do: "report" });
  const refusing = await closedUrl();
  return Array.from({ length: count }, (_, index) => {
    const url = `${index % 2 === 0 ? refusing : hanging.url}/dead/${index}`;
    return webhookTo(url, `dead.${String(index).padStart(5, "0")}`, DEAD_IN_FLIGHT);
  });
}

/** A port where nobody listens any more. */
async function closedUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}
