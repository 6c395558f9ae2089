import { afterEach, describe } from "vitest";
import type { Store } from "../store.ts";
import { describeCredentials } from "./credentials.contract.ts";
import { describeDeliveries } from "./deliveries.contract.ts";
import { describeDeliveryReads } from "./delivery-reads.contract.ts";
import { describeEvents } from "./events.contract.ts";
import { describeFeed } from "./feed.contract.ts";
import { describeIdempotency } from "./idempotency.contract.ts";
import { describeIsolation } from "./isolation.contract.ts";
import { describeJobs } from "./jobs.contract.ts";
import { describeLanes } from "./lanes.contract.ts";
import { describeLeases } from "./leases.contract.ts";
import { describeOwners } from "./owners.contract.ts";
import { describePlans } from "./plans.contract.ts";
import { describeProjects } from "./projects.contract.ts";
import { describeRates } from "./rates.contract.ts";
import { describeReopen } from "./reopen.contract.ts";
import { describeRetention } from "./retention.contract.ts";
import { addProject, type OpenScene, type Scene } from "./scene.ts";
import { describeSettles } from "./settles.contract.ts";
import { describeSubscriptions } from "./subscriptions.contract.ts";
import type { Terms } from "./terms.ts";

/** How the contract gets at the stores of an adapter. */
export interface StoreHarness extends Partial<Terms> {
  /** Opens a store that holds nothing. */
  open(): Promise<Store>;
  /** For a durable store: closes it and opens what it left. */
  reopen?(store: Store): Promise<Store>;
}

const NOUNS: readonly ((open: OpenScene, terms: Terms) => void)[] = [
  describeEvents,
  describeIdempotency,
  describePlans,
  describeFeed,
  describeLeases,
  describeSettles,
  describeDeliveries,
  describeDeliveryReads,
  describeLanes,
  describeRetention,
  describeSubscriptions,
  describeOwners,
  describeJobs,
  describeProjects,
  describeCredentials,
  describeRates,
  describeIsolation,
];

/** States every promise of the port as tests of one adapter. Each test opens a store of its own and closes it. */
export function describeStore(name: string, harness: StoreHarness): void {
  describe(`the ${name} store`, () => {
    const opened = new Set<Store>();
    afterEach(async () => {
      for (const store of opened) await store.close();
      opened.clear();
    });
    const openScene = async () => {
      const store = await harness.open();
      opened.add(store);
      return addProject(store);
    };
    const { feedDelayMs = 0, forgetsKeysItself = false } = harness;
    const terms = { feedDelayMs, forgetsKeysItself };
    for (const describeNoun of NOUNS) describeNoun(openScene, terms);

    const { reopen } = harness;
    if (reopen === undefined) return;
    describeReopen(
      openScene,
      async ({ store, projectId }: Scene) => {
        opened.delete(store);
        const reopened = await reopen(store);
        opened.add(reopened);
        return { store: reopened, projectId };
      },
      terms,
    );
  });
}
