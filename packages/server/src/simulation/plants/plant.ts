import type { Sender } from "../../push/sender.ts";
import type { Store } from "../../store/store.ts";
import type { Wakeups } from "../../wakeups/wakeups.ts";
import type { Invariant, World } from "../world/world.ts";

/** A bug put into a run, to see that it is found. It lies in front of the parts of the product, never in them. */
export interface Plant {
  readonly name: string;
  /** Any of these may be the first that no longer holds. */
  readonly breaks: readonly Invariant[];
  readonly store?: (store: Store, world: World) => Partial<Store>;
  readonly sender?: (sender: Sender) => Sender;
  readonly wakeups?: (wakeups: Wakeups) => Wakeups;
  readonly isSweeping?: boolean;
}
