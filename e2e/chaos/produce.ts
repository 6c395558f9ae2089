import { randomUUID } from "node:crypto";
import type { Accepted, Answer, BatchAnswer } from "../harness/client.ts";
import type { Random } from "../harness/random.ts";
import type { Ledger } from "./ledger.ts";
import type { Plant } from "./plant.ts";

const KINDS = [
  "plain",
  "plain",
  "keyed",
  "keyed",
  "ordered",
  "batch",
  "keyed batch",
  "keys of a batch",
] as const;

/** Posts events of every kind until the load is over. With an idempotency key it repeats what it has no answer to. */
export async function produce(plant: Plant, ledger: Ledger, random: Random): Promise<void> {
  while (!plant.isOver) {
    const kind = random.pick(KINDS);
    if (kind.includes("batch")) await postBatch(plant, ledger, { kind, count: random.whole(1, 40) });
    else await postOne(plant, ledger, { kind, padding: random.whole(0, 2_000), key: random.whole(1, 5) });
  }
}

async function postOne(
  plant: Plant,
  ledger: Ledger,
  { kind, padding, key }: { kind: string; padding: number; key: number },
): Promise<void> {
  const payload = ledger.nextPayload(padding);
  const ordering = kind === "ordered" ? `,"ordering_key":"key-${key}"` : "";
  const body = `{"payload":${payload}${ordering}}`;
  const headers = kind === "keyed" ? { "idempotency-key": randomUUID() } : {};
  const send = kind === "keyed" ? plant.insist<Accepted> : plant.try<Accepted>;
  const answer = await send("POST", "/v1/events", { body, headers });
  if (answer === null) return;
  if (answer.status === 201 || (kind === "keyed" && answer.status === 200))
    ledger.noteAccepted(answer.json.event_id, payload);
  else ledger.noteFault(`${kind} was answered ${textOf(answer)}`);
}

async function postBatch(
  plant: Plant,
  ledger: Ledger,
  { kind, count }: { kind: string; count: number },
): Promise<void> {
  const payloads = Array.from({ length: count }, () => ledger.nextPayload(100));
  const item = (payload: string) =>
    kind === "keys of a batch"
      ? `{"idempotency_key":"${randomUUID()}","payload":${payload}}`
      : `{"payload":${payload}}`;
  const body = `{"events":[${payloads.map(item).join(",")}]}`;
  const headers = kind === "keyed batch" ? { "idempotency-key": randomUUID() } : {};
  const send = kind === "batch" ? plant.try<BatchAnswer> : plant.insist<BatchAnswer>;
  const answer = await send("POST", "/v1/events/batch", { body, headers });
  if (answer === null) return;
  if (answer.status !== 200) return ledger.noteFault(`${kind} was answered ${textOf(answer)}`);
  for (const [index, { outcome, event_id, error }] of answer.json.results.entries()) {
    // A store that fails half-way is told item by item only where the whole was readable: such an item is unknown.
    if (outcome !== "failed") ledger.noteAccepted(event_id, payloads[index] ?? "");
    else if (error?.status !== 503) ledger.noteFault(`an item of ${kind} failed: ${error?.code}`);
  }
}

function textOf({ status, bytes }: Answer): string {
  return `${status}: ${bytes.toString().slice(0, 500)}`;
}
