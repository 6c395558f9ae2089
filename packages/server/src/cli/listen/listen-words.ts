import type { SubscriptionStats, Tally } from "@triggers/client";
import type { ListenInbox } from "./ensure-inbox.ts";
import type { ListenWish } from "./read-wish.ts";

interface Start {
  readonly wish: ListenWish;
  readonly inbox: ListenInbox;
  readonly serverUrl: string;
  readonly waiting: SubscriptionStats["pending"];
}

export function startWords({ wish, inbox, serverUrl, waiting }: Start): string {
  const { since, url } = wish;
  // `start_from` of an inbox that was there before.
  const isTooLate = since !== null && since !== inbox.start_from;
  return [
    `Listening on ${serverUrl}: its events come to ${url}, signed as webhooks are.`,
    `  inbox   ${inbox.name}, ${countOf(waiting)}; whoever listens under the same name shares it`,
    "  secret  shown by `triggers listen --print-secret`",
    ...(isTooLate
      ? [`  --since was not used: this inbox is there already and goes on where it was. Give a new --name.`]
      : []),
    "Ctrl-C stops.",
  ].join("\n");
}

function countOf({ count, more }: SubscriptionStats["pending"]): string {
  if (count === 0) return "empty so far";
  return `${more ? "more than " : ""}${count} ${count === 1 ? "waits" : "wait"} in it`;
}

interface Stop {
  readonly tally: Tally;
  readonly inbox: ListenInbox;
  readonly keep: boolean;
}

/** What became of it, and that the inbox goes on collecting: whoever comes back tomorrow wants to have missed nothing. */
export function stopWords({ tally, inbox, keep }: Stop): string {
  const again = tally.released + tally.unsettled + tally.lost;
  const done = `Stopped: ${tally.acknowledged} acknowledged${again === 0 ? "" : `, ${again} to come again`}.`;
  if (!keep) return `${done}\nThe inbox ${inbox.name} is removed, with what waited in it; the events stay.`;
  if (!inbox.isOurs) return `${done}\nThe inbox ${inbox.name} is as it was.`;
  return [
    done,
    `The inbox ${inbox.name} goes on collecting, and the same command goes on from here.`,
    "What it takes does not come to the main inbox; with --no-keep the command removes it at its end.",
  ].join("\n");
}
