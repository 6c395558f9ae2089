import { expectStatus } from "../e2e/harness/calls.ts";
import { type BatchAnswer, connect } from "../e2e/harness/client.ts";
import { batchText, ONE_EVENT } from "./load/event-text.ts";
import type { Target } from "./measure-load.ts";
import type { Progress } from "./progress.ts";

const BATCH = 1_000;
const AT_ONCE = 4;

/** Fills the main inbox by batches of 1,000, four at once. Gives the events a second. */
export async function fillInbox(target: Target, events: number, progress: Progress): Promise<number> {
  using client = connect(target, target.key, AT_ONCE);
  const body = Buffer.from(batchText(Array<string>(BATCH).fill(ONE_EVENT)));
  const began = performance.now();
  let begun = 0;
  let filled = 0;
  const send = async () => {
    while (begun < events) {
      begun += BATCH;
      const answer = await client.send<BatchAnswer>("POST", "/v1/events/batch", { body });
      filled += expectStatus(answer, 200).created;
      progress.done(filled, events);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, send));
  if (filled !== events) throw new Error(`Only ${filled} of ${events} events were created.`);
  return events / ((performance.now() - began) / 1_000);
}
