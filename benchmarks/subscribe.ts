import { expectStatus } from "../e2e/harness/calls.ts";
import { connect } from "../e2e/harness/client.ts";
import type { Target } from "./measure-load.ts";
import type { Progress } from "./progress.ts";

const AT_ONCE = 8;

/** A webhook that gets payloads alone. */
export function webhookTo(url: string, type: string | null, maxInFlight: number): object {
  return {
    channel: "webhook",
    ...(type === null ? {} : { filter: { type: [type] } }),
    webhook: { url, format: "payload", max_in_flight: maxInFlight },
  };
}

/** Makes subscriptions, eight at once. Gives how many a second. */
export async function subscribe(
  target: Target,
  wishes: readonly object[],
  progress: Progress | null = null,
): Promise<number> {
  using client = connect(target, target.key, AT_ONCE);
  const began = performance.now();
  let begun = 0;
  let made = 0;
  const make = async () => {
    for (let wish = wishes[begun]; wish !== undefined; wish = wishes[begun]) {
      begun += 1;
      expectStatus(await client.send("POST", "/v1/subscriptions", { body: wish }), 201);
      made += 1;
      progress?.done(made, wishes.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, make));
  return made / ((performance.now() - began) / 1_000);
}
