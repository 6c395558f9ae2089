import { TriggersError } from "@triggers/client";
import type { ServerWatch } from "../connection/watch-server.ts";
import type { Output } from "../output/output.ts";

/** Tells what is amiss with the server while the client goes on asking. */
export interface TellServer extends ServerWatch {
  /** What is the same again and again is told once. */
  readonly onError: (error: unknown) => void;
  /** Before it listens and after it was stopped, requests that break off say nothing. */
  isSilent: boolean;
}

export function makeTellServer({ note }: Pick<Output, "note">): TellServer {
  let lastTold = "";
  const tellOnce = (words: string) => {
    if (words !== lastTold) note(words);
    lastTold = words;
  };
  const teller: TellServer = {
    isSilent: true,
    onAway() {
      if (!teller.isSilent) tellOnce("The server does not answer: asking until it does.");
    },
    onBack() {
      if (lastTold !== "") tellOnce("The server answers again.");
      lastTold = "";
    },
    onError(error) {
      if (teller.isSilent) return;
      if (!(error instanceof TriggersError)) return tellOnce(String(error));
      if (error.code === "inbox_paused") tellOnce("The inbox is paused: waiting until it is resumed.");
      else if (error.code !== "connection_failed") tellOnce(`${error.code}: ${error.detail}`);
    },
  };
  return teller;
}
