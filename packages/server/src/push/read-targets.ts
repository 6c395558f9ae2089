import type { Subscription } from "../domain/subscription.ts";
import type { Clock } from "../flow/clock.ts";
import type { PushFlow } from "../flow/push-flow.ts";
import type { Store } from "../store/store.ts";
import type { OwnEndpoints } from "./own-endpoints.ts";
import type { PushTargets } from "./push-targets.ts";

const PAGE = 500;

/** Reads the webhook subscriptions of all shards that are held, and lets go of the others. */
export async function readTargets(
  { store, flow, clock }: { readonly store: Store; readonly flow: PushFlow; readonly clock: Clock },
  own: OwnEndpoints,
  targets: PushTargets,
): Promise<void> {
  const shards = own.shards();
  const found = new Set<string>();
  let after: { readonly projectId: string; readonly id: string } | null = null;
  for (;;) {
    const page: readonly Subscription[] = await store.listByShards({ shards, after, limit: PAGE });
    for (const subscription of page) {
      found.add(subscription.id);
      targets.put(await flow.viewTarget(subscription), clock.now());
    }
    after = page.at(-1) ?? null;
    if (page.length < PAGE) break;
  }
  targets.retain(({ subscription }) => found.has(subscription.id));
}
