import { TriggersError } from "../domain/errors.ts";
import type { Flow } from "../flow/flow.ts";
import type { SubscriptionView } from "../flow/views.ts";

/** Reads a subscription that takes deliveries; one that has ended is refused. */
export async function requireLiving(flow: Flow, projectId: string, id: string): Promise<SubscriptionView> {
  const view = await flow.readSubscription(projectId, id);
  if (view.subscription.state !== "ended") return view;
  throw new TriggersError("subscription_ended", "It has ended for good; make a new one.");
}
