import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyTables } from "../packages/server/src/store/dynamodb/testing/copy-tables.ts";
import { expectStatus, lease, postEvent, settle } from "./harness/calls.ts";
import { connect } from "./harness/client.ts";
import { passEventOverKill, refuseWithoutKey } from "./harness/first-start.ts";
import { type AwsNodes, openAws } from "./harness/open-aws.ts";
import { openReceiver } from "./harness/open-receiver.ts";
import { runCli } from "./harness/run-cli.ts";
import type { Program } from "./harness/start-program.ts";
import { subscribe } from "./harness/webhooks.ts";

const LARGE_BYTES = 600_000;

describe("A start on AWS", () => {
  let nodes: AwsNodes;
  let program: Program;

  beforeAll(async () => {
    nodes = await openAws();
    program = await nodes.add();
  });
  afterAll(() => nodes?.[Symbol.asyncDispose]());

  it("is refused without tables, and the one line names the command that makes them", async () => {
    const { code, output } = await program.startToFail();
    expect(code).toBe(1);
    expect(output).toMatch(/^triggers: .*`triggers store migrate`/);
    expect(output.trim().split("\n")).toHaveLength(1);
  });

  it("has its tables, its bucket and its queue made by that command, which may be run again", async () => {
    const names = ["events", "control", "payloads", "wakeups"].map((name) => `${nodes.prefix}${name}`);
    const first = await runCli(program, "store", "migrate", "--json");
    expect(JSON.parse(first)).toEqual({ made: names });
    expect(await runCli(program, "store", "migrate")).toBe("Everything is there.\n");
  });

  it("is refused without a master key, and shows a fresh one to set", async () => {
    await refuseWithoutKey(nodes);
  });

  it("says on which tables it works", async () => {
    await program.start();
    const screen = stripVTControlCharacters(program.output());
    expect(screen).toContain(`(store: dynamodb in eu-central-1, ${nodes.prefix}…)`);
  });

  it("takes an event, shows it in the inbox, leases and acknowledges it, and keeps all that over a kill", async () => {
    await passEventOverKill(program);
  });

  it("gives a payload that is too large for a table back as it came", async () => {
    using client = connect(program, program.key);
    const body = `{"payload":{"text":"${"ü".repeat(LARGE_BYTES / 2)}"}}`;
    const { event_id } = expectStatus(
      await client.send<{ event_id: string }>("POST", "/v1/events", { body }),
      201,
    );
    const { bytes } = await client.send("GET", `/v1/events/${event_id}/payload`);
    expect(bytes.toString()).toBe(body.slice('{"payload":'.length, -1));
    const [leased] = await lease(client, { limit: 1 });
    expect(leased?.event.id).toBe(event_id);
    expect(await settle(client, "ack", leased === undefined ? [] : [leased])).toEqual(["acknowledged"]);
  });

  it("shares its tables with a second process: what one accepts, whoever waits at the other gets", async () => {
    const second = await nodes.add();
    await second.start();
    using here = connect(program, program.key);
    using there = connect(second, second.key);
    const waiting = lease(there, { limit: 1, wait_seconds: 30 });
    const { event_id } = await postEvent(here, { payload: { from: "here" } });
    const leased = await waiting;
    expect(leased.map(({ event }) => event.id)).toEqual([event_id]);
    expect(await settle(here, "ack", leased)).toEqual(["acknowledged"]);
    await second.stop();
  });

  it("pushes to a webhook, signed, once", async () => {
    await using receiver = await openReceiver({ answerMs: () => 0 });
    using client = connect(program, program.key);
    const { url, secret, arrivals } = receiver.addEndpoint("hook");
    const { effective_at } = await subscribe(client, url, { secret, filter: { type: ["pushed"] } });
    const { event_id } = await postEvent(client, { type: "pushed", payload: {} });
    await receiver.whenCounted(1);
    expect(arrivals.map(({ eventId }) => eventId)).toEqual([event_id]);
    expect(receiver.faults).toEqual([]);
    expect(effective_at).toBeTypeOf("string");
  });

  it("leaves a check of the store without faults", async () => {
    const told = JSON.parse(await runCli(program, "store", "check", "--json"));
    expect(told.faults).toEqual([]);
    expect(told.counts.events).toBeGreaterThan(3);
  });

  it("goes on from copies of its tables under another prefix, as a restore makes them", async () => {
    using before = connect(program, program.key);
    const body = `{"type":"kept","payload":{"text":"${"ü".repeat(LARGE_BYTES / 2)}"}}`;
    const answer = await before.send<{ event_id: string }>("POST", "/v1/events", { body });
    const { event_id } = expectStatus(answer, 201);
    const { bytes } = await before.send("GET", `/v1/events/${event_id}/payload`);
    await program.stop();

    const { region, bucket } = nodes.place;
    const prefix = `${nodes.prefix}restored-`;
    const TRIGGERS_STORE = `aws://${region}?prefix=${prefix}&bucket=${bucket}`;
    const restored = await nodes.add({ TRIGGERS_STORE });
    const made = ["events", "control", "wakeups"].map((name) => `${prefix}${name}`);
    expect(JSON.parse(await runCli(restored, "store", "migrate", "--json"))).toEqual({ made });
    await copyTables(nodes.place, prefix);
    expect(JSON.parse(await runCli(restored, "store", "check", "--json")).faults).toEqual([]);
    await restored.start();
    using after = connect(restored, restored.key);
    expect((await after.send("GET", `/v1/events/${event_id}/payload`)).bytes).toEqual(bytes);
    const leased = await lease(after, { limit: 100 });
    expect(leased.map(({ event }) => event.id)).toContain(event_id);
    expect(new Set(await settle(after, "ack", leased))).toEqual(new Set(["acknowledged"]));
  });
});

it("`triggers store migrate` says that other stores need none", async () => {
  await using nodes = await openAws();
  const program = await nodes.add({ TRIGGERS_STORE: "sqlite" });
  expect(await runCli(program, "store", "migrate")).toMatch(/^Nothing to do/);
});
