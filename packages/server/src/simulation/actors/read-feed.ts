import type { EventFilter } from "../../flow/views.ts";
import type { Ledger } from "../judge/ledger.ts";
import type { Cluster } from "../world/cluster.ts";
import type { World } from "../world/world.ts";

const EVERYTHING: EventFilter = {
  type: null,
  source: null,
  tag: null,
  subject: null,
  after: null,
  before: null,
};

/** Follows the feed of a project from a position on; after a crash it goes on at another node where it was. */
export async function readFeed(
  { world, cluster, ledger }: { readonly world: World; readonly cluster: Cluster; readonly ledger: Ledger },
  { projectId, position }: { readonly projectId: string; readonly position: string },
  isOver: () => boolean,
): Promise<void> {
  const { random } = world;
  const seen: string[] = [];
  ledger.readers.push({ projectId, seen });
  let after = position;
  while (!isOver()) {
    // The connection breaks now and then; the answer below tells of a crash or the end.
    await cluster.call(
      async (flow, signal) => {
        const stream = flow.streamEvents(projectId, EVERYTHING, { position: after, signal });
        for await (const item of stream) {
          if (signal.aborted) return;
          if (item.kind !== "event") continue;
          seen.push(item.view.event.id);
          after = item.position;
        }
      },
      random.between(500, 8_000),
    );
    await world.sleep(random.between(0, 300));
  }
}
