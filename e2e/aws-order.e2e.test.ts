import { afterAll, beforeAll, describe, it } from "vitest";
import { type Client, connect } from "./harness/client.ts";
import { type AwsNodes, openAws } from "./harness/open-aws.ts";
import { chooseSeed, makeRandom } from "./harness/random.ts";
import { runCli } from "./harness/run-cli.ts";
import { expectOrderPerKey } from "./order-per-key/expect-order-per-key.ts";
import { expectPushOrder } from "./push-order/expect-push-order.ts";

const NODES = 2;
/** DynamoDB Local takes some 25 of an ordered inbox a second from post to acknowledgement. */
const EVENTS_PER_KEY = Number(process.env.E2E_EVENTS_PER_KEY ?? 40);
/** A subscription joins 21 s after it was made at the earliest. */
const TEST_MS = 240_000;

describe("Two nodes on AWS", () => {
  let nodes: AwsNodes;
  const clients: Client[] = [];

  beforeAll(async () => {
    nodes = await openAws();
    const programs = [];
    for (let node = 0; node < NODES; node += 1) programs.push(await nodes.add());
    const [first] = programs;
    if (first !== undefined) await runCli(first, "store", "migrate");
    for (const program of programs) {
      await program.start();
      clients.push(connect(program, program.key));
    }
  }, 120_000);
  afterAll(async () => {
    for (const client of clients) client[Symbol.dispose]();
    await nodes?.[Symbol.asyncDispose]();
  });

  it("hand out each key of an ordered inbox in the order of its posts, one at a time, and lose none", {
    timeout: TEST_MS,
  }, async () => {
    const random = makeRandom(chooseSeed("order per key on AWS"));
    const wish = { keys: 20, eventsPerKey: EVENTS_PER_KEY, consumers: 10, random };
    await expectOrderPerKey(inTurn(clients), wish);
  });

  it("push each key to an ordered webhook in the order of its posts, though one request in five fails", {
    timeout: TEST_MS,
  }, async () => {
    const seed = chooseSeed("push order on AWS");
    await expectPushOrder(inTurn(clients), {
      keys: 20,
      eventsPerKey: EVENTS_PER_KEY,
      seed,
      withinMs: TEST_MS,
    });
  });
});

/** Each call goes to the next node. */
function inTurn(clients: readonly Client[]): Client {
  let calls = 0;
  return {
    send: (method, path, sent) => {
      const client = clients[calls++ % clients.length];
      if (client === undefined) throw new Error("There is no node.");
      return client.send(method, path, sent);
    },
    [Symbol.dispose]: () => undefined,
  };
}
