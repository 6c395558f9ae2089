import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Program } from "../../e2e/harness/start-program.ts";
import type { Bench, Receiver } from "../bench.ts";
import { atMost, type Figure, figure } from "../figure.ts";
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
  title: "One dead endpoint, and 2,000, beside a healthy one",
  method:
    "200 events a second to one healthy webhook: first alone, then while 200 a second go to one webhook that takes requests and never answers, then while they go to 2,000 in turn, of which one half refuses connections and one half never answers. " +
    "From the time a POST is due until its webhook has arrived.",
  async run(bench) {
    const server = await bench.startServer();
    const healthy = bench.openReceiver();
    const { url } = await healthy.ask({ do: "reset" });
    await subscribe(server, [webhookTo(`${url}/hook`, "healthy", HEALTHY_IN_FLIGHT)]);
    await serveHealthy(bench, { server, healthy, seconds: bench.pick(3, 1) });
    bench.progress.step("    the healthy one alone");
    const alone = await serveHealthy(bench, { server, healthy, seconds: bench.pick(15, 2) });

    const hanging = await bench.openReceiver("--hangs").ask({ do: "report" });
    await subscribe(server, [webhookTo(`${hanging.url}/lone`, "lone", DEAD_IN_FLIGHT)]);
    bench.progress.step("    beside one dead one");
    const besideOne = await serveBeside(bench, { server, healthy, seconds: bench.pick(20, 2) }, ["lone", 0]);

    bench.progress.step("    making 2,000 dead ones");
    const count = bench.pick(2_000, 50);
    const dead = await deadWebhooks(hanging.url, count);
    const madePerSecond = await subscribe(server, dead, bench.progress);
    bench.progress.step("    beside all of them");
    const besideAll = await serveBeside(bench, { server, healthy, seconds: bench.pick(40, 3) }, [
      "dead",
      count,
    ]);
    return [
      figure("p50 alone", alone.latency.p50, { unit: "ms" }),
      figure("p99 alone", alone.latency.p99, { unit: "ms" }),
      ...besideFigures("one dead one", alone, besideOne),
      ...besideFigures("2,000 dead ones", alone, besideAll),
      figure("lost by the healthy one", alone.lost + besideOne.lost + besideAll.lost, {
        unit: "",
        goal: atMost(0),
      }),
      figure("subscriptions made a second", madePerSecond, { unit: "requests/s" }),
      await memoryFigure(server.pid),
    ];
  },
};

function besideFigures(what: string, alone: Received, beside: Received): readonly Figure[] {
  const times = beside.latency.p99 / alone.latency.p99;
  return [
    figure(`p50 beside ${what}`, beside.latency.p50, { unit: "ms" }),
    figure(`p99 beside ${what}`, beside.latency.p99, { unit: "ms" }),
    figure(`p99 beside ${what} / alone`, times, { unit: "×", goal: atMost(2) }),
  ];
}

interface Serving {
  readonly server: Program;
  readonly healthy: Receiver;
  readonly seconds: number;
}

type Served = Received & { readonly lost: number };

/** While events of so many types with this prefix go elsewhere. */
async function serveBeside(
  bench: Bench,
  serving: Serving,
  [prefix, types]: readonly [prefix: string, types: number],
): Promise<Served> {
  const { server, seconds } = serving;
  const [served] = await Promise.all([
    serveHealthy(bench, serving),
    postTo(bench, server, { prefix, types, perSecond: DEAD_PER_SECOND, seconds }),
  ]);
  return served;
}

async function serveHealthy(bench: Bench, { server, healthy, seconds }: Serving): Promise<Served> {
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
async function deadWebhooks(hanging: string, count: number): Promise<readonly object[]> {
  const refusing = await closedUrl();
  return Array.from({ length: count }, (_, index) => {
    const url = `${index % 2 === 0 ? refusing : hanging}/dead/${index}`;
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
