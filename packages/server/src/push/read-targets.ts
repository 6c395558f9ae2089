import type { Subscription } from "../domain/subscription.ts";
import type { Clock } from "../flow/clock.ts";
import type { PushFlow } from "../flow/push-flow.ts";
import type { Store } from "../store/store.ts";
import type { OwnEndpoints } from "./own-endpoints.ts";
import type { PushTargets } from "./push-targets.ts";

/** Read at once, about 1 ms: an embedded store answers on the thread that also serves requests. */
const PAGE = 100;

/** Reads the webhook subscriptions of all shards that are held, and lets go of the others. */
export async function readTargets(
  { store, flow, clock }: { readonly store: Store; readonly flow: PushFlow; readonly clock: Clock },
  own: OwnEndpoints,
  targets: PushTargets,
): Promise<void> {
  const shards = own.shards();
  const left = new Set(targets.ids());
  let after: { readonly projectId: string; readonly id: string } | null = null;
  for (;;) {
    const page: readonly Subscription[] = await store.listByShards({ shards, after, limit: PAGE });
    for (const subscription of page) {
      left.delete(subscription.id);
      if (targets.get(subscription.id)?.subscription.version === subscription.version) continue;
      targets.put(await flow.viewTarget(subscription));
    }
    after = page.at(-1) ?? null;
    if (page.length < PAGE) break;
    await new Promise<void>((resolve) => clock.soon(resolve));
  }
  // What came in meanwhile was not among them and stays.
  for (const id of left) targets.remove(id);
}
