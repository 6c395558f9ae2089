import type { BrowserContext } from "playwright-core";
import {
  type Exchange,
  type Player,
  playExchanges,
} from "../../packages/client/src/testing/play-exchanges.ts";

/** Gives the pages of a context `remotePlayers`. */
export async function offerPlayers(context: BrowserContext): Promise<void> {
  const players: Player[] = [];
  const playerOf = (id: number): Player => {
    const player = players[id];
    if (player === undefined) throw new Error(`There is no player ${id}.`);
    return player;
  };
  await context.exposeFunction("openPlayer", async (exchanges: readonly Exchange[], isUnordered: boolean) => {
    const player = await playExchanges(exchanges, isUnordered);
    return { id: players.push(player) - 1, url: player.url };
  });
  await context.exposeFunction("differencesOfPlayer", (id: number) => playerOf(id).differences());
  await context.exposeFunction("closePlayer", (id: number) => playerOf(id).close());
  await context.addInitScript(
    "globalThis.remotePlayers = { open: openPlayer, differences: differencesOfPlayer, close: closePlayer };",
  );
}
