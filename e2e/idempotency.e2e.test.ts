import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, readFeed } from "./harness/calls.ts";
import {
  type Accepted,
  type Answer,
  type BatchAnswer,
  type Client,
  connect,
  type Problem,
} from "./harness/client.ts";
import { runCli } from "./harness/run-cli.ts";
import { type Program, startProgram } from "./harness/start-program.ts";

const AT_ONCE = 100;
const BODY = '{"type":"paid", "payload":{"amount": 12345678901234567890.10, "b":1,"a":2}}';
const CLOUD_EVENT = {
  specversion: "1.0",
  ...{ id: "ce-1", source: "/shop", type: "paid", data: { amount: 1 } },
};

describe("Equal idempotency keys", () => {
  let program: Program;
  let client: Client;
  let first: Accepted;

  beforeAll(async () => {
    program = await startProgram();
    client = connect(program, program.key, AT_ONCE);
  });
  afterAll(async () => {
    client?.[Symbol.dispose]();
    await program?.[Symbol.asyncDispose]();
  });

  const post = (body: string, key: string) =>
    client.send<Accepted>("POST", "/v1/events", { body, headers: { "idempotency-key": key } });

  /** The first answer again, and the refusal of another body; nothing new is stored. */
  async function expectRemembered(): Promise<void> {
    const again = await post(BODY, "order-1");
    expect(expectStatus(again, 200)).toEqual(first);
    expect(again.headers["idempotency-replayed"]).toBe("true");
    const quoted = await post(BODY, '"order-1"');
    expect(expectStatus(quoted, 200)).toEqual(first);
    const other = (await post(BODY.replace("1,", "3,"), "order-1")) as Answer<unknown> as Answer<Problem>;
    expect(expectStatus(other, 422).code).toBe("idempotency_key_reused");
    const batch = await client.send<BatchAnswer>("POST", "/v1/events/batch", {
      body: { events: [{ payload: {}, idempotency_key: "item" }, { payload: {} }] },
      headers: { "idempotency-key": "batch" },
    });
    expect(expectStatus(batch, 200)).toMatchObject({ created: 0, replayed: 2, failed: 0 });
    const cloudEvent = await client.send("POST", "/v1/events", {
      body: CLOUD_EVENT,
      headers: { "content-type": "application/cloudevents+json" },
    });
    expectStatus(cloudEvent, 200);
    expect(await readFeed(client)).toHaveLength(4);
  }

  it("give one event and equal answers to a hundred posts at once", async () => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => post(BODY, "order-1")));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(AT_ONCE - 1);
    const replayed = answers.filter(({ headers }) => headers["idempotency-replayed"] === "true");
    expect(replayed.every(({ status }) => status === 200)).toBe(true);
    expect(replayed).toHaveLength(AT_ONCE - 1);
    expect(new Set(answers.map(({ bytes }) => bytes.toString())).size).toBe(1);
    const [answer] = answers;
    if (answer !== undefined) first = answer.json;
    expect((await readFeed(client)).map(({ id }) => id)).toEqual([first.event_id]);
  });

  it("are told from the same key with another body, in every form of sending", async () => {
    const batch = await client.send<BatchAnswer>("POST", "/v1/events/batch", {
      body: { events: [{ payload: {}, idempotency_key: "item" }, { payload: {} }] },
      headers: { "idempotency-key": "batch" },
    });
    expect(expectStatus(batch, 200)).toMatchObject({ created: 2, replayed: 0, failed: 0 });
    const cloudEvent = await client.send("POST", "/v1/events", {
      body: CLOUD_EVENT,
      headers: { "content-type": "application/cloudevents+json" },
    });
    expectStatus(cloudEvent, 201);
    await expectRemembered();
    // The second item of the batch has the key of the header with its place.
    expectStatus(await post('{"payload":{}}', "batch/1"), 200);
  });

  it("are remembered after kill -9", async () => {
    await program.kill();
    await program.start();
    await expectRemembered();
  });

  it("are remembered after a rotation of the keys", async () => {
    await program.stop();
    await runCli(program, "store", "rotate-key");
    await program.start();
    await expectRemembered();
    const payload = await client.send("GET", `/v1/events/${first.event_id}/payload`);
    expect(payload.bytes.toString()).toBe('{"amount": 12345678901234567890.10, "b":1,"a":2}');
  });
});
