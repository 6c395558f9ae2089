import { expect } from "vitest";
import { expectStatus, lease, postEvent, settle } from "./calls.ts";
import { connect, type EventView, type Page } from "./client.ts";
import type { NodeGroup } from "./make-node-group.ts";
import type { Program } from "./start-program.ts";

/** 32 bytes in base64. */
export const MASTER_KEY = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/g;

/** A node of a shared store without a master key is refused; gives what it wrote, and the fresh key it showed. */
export async function refuseWithoutKey(nodes: Pick<NodeGroup, "add">) {
  const keyless = await nodes.add({ TRIGGERS_MASTER_KEY: null });
  const { code, output } = await keyless.startToFail();
  expect(code).toBe(1);
  expect(output).toContain("set TRIGGERS_MASTER_KEY");
  const shown = output.match(MASTER_KEY) ?? [];
  expect(shown).toHaveLength(1);
  return { output, freshKey: shown[0] ?? "" };
}

/** On a store without events: one is posted, shown, leased and acknowledged, and all that is still so after a kill. */
export async function passEventOverKill(program: Program): Promise<void> {
  using client = connect(program, program.key);
  const { event_id } = await postEvent(client, { type: "order.created", payload: { amount: 1 } });
  const waiting = await client.send<Page<{ event: EventView }>>("GET", "/v1/inbox");
  expect(expectStatus(waiting, 200).data.map(({ event }) => event.payload)).toEqual([{ amount: 1 }]);
  const leased = await lease(client, { limit: 10 });
  expect(leased.map(({ event }) => event.id)).toEqual([event_id]);
  expect(await settle(client, "ack", leased)).toEqual(["acknowledged"]);
  await program.kill();
  await program.start();
  const event = await client.send<EventView>("GET", `/v1/events/${event_id}`);
  expect(expectStatus(event, 200).status).toBe("acknowledged");
  expect(await settle(client, "ack", leased)).toEqual(["already_acknowledged"]);
}
