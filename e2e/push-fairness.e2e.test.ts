import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { freePort } from "../packages/server/src/store/testing/free-port.ts";
import { expectStatus } from "./harness/calls.ts";
import { type Client, connect } from "./harness/client.ts";
import { type FlowTimes, findSlowdown, joinTimes, makeFlowMeter } from "./harness/measure-flow.ts";
import { openHooks } from "./harness/open-hooks.ts";
import { countStates, readDeliveries, startPushing, subscribe } from "./harness/webhooks.ts";
import { openPress } from "./push-fairness/open-press.ts";

/** Events a second and credential. */
const LIMIT = 100;
const GREEDY_TIMES = 10;
/** Of the project whose endpoints are all dead: within its limit. */
const DOOMED_PER_SECOND = 50;
const DEAD_ENDPOINTS = 10;
/** Of the project that is measured. */
const PER_SECOND = 50;
const TYPE = "measured";
/** Alone, and beside the others; in turns, as others have work for this machine too. */
const SPAN_MS = 2_500;
const TURNS = 4;
const OPERATOR = "operator-key-of-the-fairness-test-0123456789";

describe("A project beside one at ten times its rate limit and one whose endpoints are all dead", () => {
  it("keeps its pace of ingest and delivery", { timeout: 300_000 }, async () => {
    await using press = await openPress();
    await using program = await startPushing({
      env: { TRIGGERS_RATE_LIMIT: String(LIMIT), TRIGGERS_OPERATOR_KEY: OPERATOR },
    });
    using client = connect(program, program.key);
    const meter = makeFlowMeter({ client, type: TYPE, perSecond: PER_SECOND, endpoints: 1 });
    await using hooks = await openHooks((hook) => {
      meter.note(hook);
      return 200;
    });
    await subscribe(client, hooks.url, { webhook: { format: "payload" }, filter: { type: [TYPE] } });
    const greedy = await makeProject(program, "greedy");
    const doomed = await makeProject(program, "doomed");
    using doomedClient = connect(program, doomed);
    const dead = await addDeadEndpoints(doomedClient, press.hangingUrl);

    const ofGreedy: (readonly number[])[] = [];
    const ofDoomed: number[] = [];
    const callers = [
      { key: greedy, perSecond: GREEDY_TIMES * LIMIT },
      { key: doomed, perSecond: DOOMED_PER_SECOND },
    ];
    const slow = await findSlowdown(async () => {
      const alone: FlowTimes[] = [];
      const beside: FlowTimes[] = [];
      for (let turn = 0; turn < TURNS; turn += 1) {
        alone.push(await meter.run(delay(SPAN_MS)));
        press.start({ url: program.url, callers });
        beside.push(await meter.run(delay(SPAN_MS)));
        const [first = [], second = []] = await press.stop();
        ofGreedy.push(first);
        ofDoomed.push(...second);
      }
      return { alone: joinTimes(alone), beside: joinTimes(beside) };
    });

    for (const statuses of ofGreedy) expectPressure(statuses);
    expect(new Set(ofDoomed)).toEqual(new Set([201]));
    for (const one of dead) {
      const counts = countStates(await readDeliveries(doomedClient, one));
      expect(counts.acknowledged ?? 0).toBe(0);
      expect(Object.values(counts).reduce((sum = 0, count = 0) => sum + count, 0)).toBe(ofDoomed.length);
    }
    expect(slow).toEqual([]);
  });
});

/** The greedy one really sent ten times its limit, and got its limit. */
function expectPressure(statuses: readonly number[]): void {
  const count = (status: number) => statuses.filter((one) => one === status).length;
  const seconds = SPAN_MS / 1_000;
  console.log(`greedy: ${statuses.length} posts, ${count(201)} accepted, ${count(429)} refused`);
  expect(count(201) + count(429)).toBe(statuses.length);
  expect(statuses.length).toBeGreaterThan(0.8 * GREEDY_TIMES * LIMIT * seconds);
  // A bucket holds one second's worth, and the last posts are answered after the end.
  expect(count(201)).toBeLessThanOrEqual(LIMIT * (seconds + 3));
  expect(count(201)).toBeGreaterThan(0.8 * LIMIT * seconds);
}

/** Gives the key of a project of its own. */
async function makeProject(program: { readonly url: string }, name: string): Promise<string> {
  using operator = connect(program, OPERATOR);
  const answer = await operator.send<{ api_key: string }>("POST", "/v1/projects", { body: { name } });
  return expectStatus(answer, 201).api_key;
}

/** Half of them take requests and never answer, half of them are not there. */
async function addDeadEndpoints(client: Client, hangingUrl: string) {
  const closedUrl = `http://127.0.0.1:${await freePort()}/`;
  const urls = Array.from(
    { length: DEAD_ENDPOINTS },
    (_, n) => `${n % 2 === 0 ? hangingUrl : closedUrl}?${n}`,
  );
  const retry = { schedule_seconds: [0, 1], max_attempts: 100 };
  const webhook = { timeout_seconds: 2, max_in_flight: 100 };
  return Promise.all(urls.map((url) => subscribe(client, url, { webhook, retry })));
}
