import { describe, it } from "vitest";
import { connect } from "./harness/client.ts";
import { chooseSeed, makeRandom } from "./harness/random.ts";
import { startProgram } from "./harness/start-program.ts";
import { expectOrderPerKey } from "./order-per-key/expect-order-per-key.ts";

describe("An ordered inbox with on_dead: skip", () => {
  it("hands out each key in the order of its posts, one at a time, keys in parallel, and loses none", async () => {
    const random = makeRandom(chooseSeed("order per key"));
    await using program = await startProgram();
    using client = connect(program, program.key, 128);
    await expectOrderPerKey(client, { keys: 20, eventsPerKey: 200, consumers: 10, random });
  });
});
