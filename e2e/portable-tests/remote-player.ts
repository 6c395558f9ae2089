import type { Exchange, Player } from "../../packages/client/src/testing/play-exchanges.ts";

declare global {
  /** What the page is given: the players stay outside of it. */
  var remotePlayers: {
    open(exchanges: readonly Exchange[], isUnordered: boolean): Promise<{ id: number; url: string }>;
    differences(id: number): Promise<string[]>;
    close(id: number): Promise<void>;
  };
}

/** Stands in for the client's own `playExchanges` where no server can be opened. */
export async function playExchanges(exchanges: readonly Exchange[], isUnordered: boolean): Promise<Player> {
  const { id, url } = await globalThis.remotePlayers.open(exchanges, isUnordered);
  return {
    url,
    differences: () => globalThis.remotePlayers.differences(id),
    close: () => globalThis.remotePlayers.close(id),
  };
}
