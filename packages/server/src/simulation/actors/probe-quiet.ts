import { newEvent } from "../../flow/testing/open-test-flow.ts";
import type { Facts } from "../judge/facts.ts";
import type { Ledger } from "../judge/ledger.ts";
import type { SetUp } from "../setup.ts";
import type { Cluster } from "../world/cluster.ts";
import type { Wire } from "../world/wire.ts";
import type { World } from "../world/world.ts";

export interface ProbeParts {
  readonly world: World;
  readonly cluster: Cluster;
  readonly ledger: Ledger;
  readonly facts: Facts;
  readonly wire: Wire;
  readonly start: SetUp;
}

/** After a crash shards of endpoints are held so long by nobody, and then comes the next round. */
const SETTLED_MS = 15_000;
const BURST = 40;
/** A round of the push loop and a look of each consumer, with the work of both. */
const SERVED_WITHIN_MS = 8_000;

/** While the endpoints of the noisy project answer nobody, and it has posted much, an event of the quiet one is accepted and delivered as ever. */
export async function probeQuiet(parts: ProbeParts): Promise<void> {
  const { world, cluster, ledger, wire, start } = parts;
  const { projectId, quietId } = start;
  if (quietId === null) return;
  await world.sleep(SETTLED_MS);
  const noisy = [...ledger.wishes.values()].flatMap((wish) =>
    wish.projectId === projectId && wish.url !== null ? [wish.url] : [],
  );
  const ill = noisy.filter((url) => wire.modeOf(url) !== "gone");
  for (const url of ill) wire.setMode(url, "silent");
  const burst = Array.from({ length: BURST }, (_, number) =>
    newEvent({ type: number % 2 === 0 ? "a" : "b" }),
  );
  const noise = cluster.call((flow) => flow.acceptEvents(projectId, burst));
  await world.sleep(1_000);
  const from = world.scheduler.now();
  const answer = await cluster.call((flow) => flow.acceptEvents(quietId, [newEvent()]));
  const [outcome] = answer.kind === "answered" ? answer.value : [];
  const eventId = outcome?.outcome === "created" ? outcome.eventId : "";
  while (!isServed(parts, eventId)) {
    const ms = world.scheduler.now() - from;
    if (ms > SERVED_WITHIN_MS)
      return world.fail("a quiet project is served", `${eventId} was not served in ${ms} ms`);
    await world.sleep(100);
  }
  await noise;
  for (const url of ill) wire.setMode(url, "well");
}

/** It has reached its endpoint and a consumer. */
function isServed({ facts, ledger }: ProbeParts, eventId: string): boolean {
  const deliveries = facts.ofEvent.get(eventId) ?? [];
  return (
    deliveries.length > 0 &&
    deliveries.every(({ id, key, state }) => {
      const isPushed = facts.subscriptions.get(key.subscriptionId)?.channel === "webhook";
      return isPushed ? ledger.arrived.has(id) : state !== "pending";
    })
  );
}
