import { expectStatus, postEvent } from "../../e2e/harness/calls.ts";
import { connect, type Page } from "../../e2e/harness/client.ts";
import type { Program } from "../../e2e/harness/start-program.ts";
import type { Bench } from "../bench.ts";
import { atMost, type Figure, figure, medianFigure } from "../figure.ts";
import { inTurn, latenciesOf, type Paired, perSeconds, type Round, ratiosOf } from "../in-turn.ts";
import { typeOf } from "../load/event-text.ts";
import { type Measured, measureLoad, singlePosts } from "../measure-load.ts";
import { memoryFigure } from "../memory-figure.ts";
import type { Scenario } from "../scenario.ts";
import { subscribe } from "../subscribe.ts";
import { median } from "../summary.ts";

/** A server whose project has `count` subscriptions; each event matches one of them. */
interface Side {
  readonly server: Program;
  readonly count: number;
}

const PREFIX = "order";
/** With the main inbox these are all that a project may have. */
const MANY = 9_999;

export const manySubscriptions: Scenario = {
  number: 10,
  title: "10,000 subscriptions in a project",
  method:
    "Two servers, one with 10 inboxes and one with 9,999 (with the main inbox as many as a project may have), each with a filter over `type` and a number of the payload; each event matches one of them. Throughput in a closed loop, then open loops at half of what the smaller one took, in turn.",
  async run(bench) {
    const few: Side = { server: await bench.startServer(), count: 10 };
    const many: Side = { server: await bench.startServer(), count: bench.pick(MANY, 200) };
    bench.progress.step("    making the subscriptions");
    await makeInboxes(few, bench);
    const madePerSecond = await makeInboxes(many, bench);
    bench.progress.step("    posting");
    const post = ({ server, count }: Side, perSecond: number | null) => {
      const body = { kind: "events", prefix: PREFIX, types: count } as const;
      return ({ seconds }: Round) =>
        measureLoad(bench, server, singlePosts(server, { body, until: { seconds }, perSecond }));
    };
    const full = await inTurn(bench, post(few, null), post(many, null));
    const perSecond = median(perSeconds(full.reference)) / 2;
    const half = await inTurn(bench, post(few, perSecond), post(many, perSecond));
    return [
      ...sideFigures(few, full.reference, half.reference),
      ...sideFigures(many, full.subject, half.subject),
      medianFigure("p99 at half load, many / few", p99Ratios(half), {
        ...{ unit: "×", goal: atMost(2) },
      }),
      medianFigure("throughput, many / few", ratiosOf(full), { unit: "×" }),
      figure("subscriptions made a second", madePerSecond, { unit: "requests/s" }),
      await memoryFigure(many.server.pid, "highest RSS of the server with many"),
    ];
  },
};

async function makeInboxes({ server, count }: Side, bench: Bench): Promise<number> {
  const wishes = Array.from({ length: count }, (_, index) => ({
    name: `inbox-${index}`,
    channel: "inbox",
    filter: { type: [typeOf(PREFIX, count, index)], payload: { amount: [{ numeric: [">", 1_000] }] } },
  }));
  const perSecond = await subscribe(server, wishes, bench.progress);
  await checkMatch(server, typeOf(PREFIX, count, count - 1));
  return perSecond;
}

/** What matches nothing would be a measurement of something else. */
async function checkMatch(server: Program, type: string): Promise<void> {
  using client = connect(server, server.key, 1);
  const { event_id } = await postEvent(client, { type, payload: { amount: 4_999 } });
  const answer = await client.send<Page<unknown>>("GET", `/v1/events/${event_id}/deliveries`);
  const { length } = expectStatus(answer, 200).data;
  if (length !== 1) throw new Error(`An event of type ${type} has ${length} deliveries instead of 1.`);
}

type Rounds = readonly Measured[];

function p99Ratios({ reference, subject }: Paired): readonly number[] {
  const below = latenciesOf(reference, "p99");
  return latenciesOf(subject, "p99").map((p99, index) => p99 / (below[index] ?? Number.NaN));
}

function sideFigures({ count }: Side, full: Rounds, half: Rounds): readonly Figure[] {
  return [
    medianFigure(`throughput with ${count}`, perSeconds(full), { unit: "events/s" }),
    medianFigure(`p99 at half load with ${count}`, latenciesOf(half, "p99"), { unit: "ms" }),
  ];
}
