import type { Leased, Settled } from "../harness/client.ts";
import type { Random } from "../harness/random.ts";
import type { Ledger } from "./ledger.ts";
import type { Plant } from "./plant.ts";

const LEASE_SECONDS = 2;

/** Leases and acknowledges until the load is over; some are released, some leases are left to expire. */
export async function consume(plant: Plant, ledger: Ledger, random: Random): Promise<void> {
  while (!plant.isOver) {
    const leased = await leaseSome(plant, ledger, random.whole(1, 60));
    const dice = random.number();
    if (dice < 0.03) continue;
    await (dice < 0.06 ? release(plant, leased) : acknowledge(plant, ledger, leased));
  }
}

/** Acknowledges what is left; gives up when so much time has gone by. */
export async function drain(plant: Plant, ledger: Ledger, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const isAllConsumed = [...ledger.accepted.keys()].every((id) => ledger.consumed.has(id));
    if (isAllConsumed) return;
    await acknowledge(plant, ledger, await leaseSome(plant, ledger, 500));
  }
}

async function leaseSome(plant: Plant, ledger: Ledger, limit: number): Promise<readonly Leased[]> {
  const began = ledger.beginLease();
  const wish = { limit, lease_seconds: LEASE_SECONDS, wait_seconds: 1 };
  const answer = await plant.try<{ deliveries: readonly Leased[] }>("POST", "/v1/inbox/lease", {
    body: wish,
  });
  if (answer === null) return [];
  if (answer.status !== 200) {
    ledger.noteFault(`lease was answered ${answer.status}: ${answer.bytes}`);
    return [];
  }
  const { deliveries } = answer.json;
  ledger.noteHandedOut(
    began,
    deliveries.map(({ delivery_id }) => delivery_id),
  );
  return deliveries;
}

async function acknowledge(plant: Plant, ledger: Ledger, leased: readonly Leased[]): Promise<void> {
  const results = await settle(plant, "ack", leased);
  for (const [index, { outcome }] of results.entries()) {
    const one = leased[index];
    if (one === undefined) continue;
    if (outcome === "acknowledged" || outcome === "already_acknowledged")
      ledger.noteConsumed(one.delivery_id, one.event.id);
    else if (outcome !== "lease_lost") ledger.noteFault(`ack of ${one.delivery_id} gave ${outcome}`);
  }
}

async function release(plant: Plant, leased: readonly Leased[]): Promise<void> {
  await settle(plant, "release", leased);
}

async function settle(plant: Plant, verb: string, leased: readonly Leased[]): Promise<readonly Settled[]> {
  if (leased.length === 0) return [];
  const deliveries = leased.map(({ delivery_id, lease_token }) => ({ delivery_id, lease_token }));
  // A token settles once and says so ever after, so that this may be repeated.
  const answer = await plant.insist<{ results: readonly Settled[] }>("POST", `/v1/inbox/${verb}`, {
    body: { deliveries },
  });
  if (answer === null) return [];
  return answer.status === 200 ? answer.json.results : [];
}
