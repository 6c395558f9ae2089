import { OperatorError } from "../../domain/errors.ts";
import { connect } from "../connection/connect.ts";
import { watchServer } from "../connection/watch-server.ts";
import { makeOutput } from "../output/output.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { ensureInbox } from "./ensure-inbox.ts";
import { openForwarder } from "./forward-event.ts";
import { makeLeaseBodies } from "./lease-bodies.ts";
import { listenSecret } from "./listen-secret.ts";
import { startWords, stopWords } from "./listen-words.ts";
import { type ListenOptions, readWish } from "./read-wish.ts";
import { makeTellServer } from "./tell-server.ts";
import { watchInbox } from "./watch-inbox.ts";

/** Nobody waits for an answer here: a server that is away is asked often, and for long. */
const PATIENCE = {
  maxRetries: Number.POSITIVE_INFINITY,
  timeoutMs: 600_000,
  longestRetryMs: 2_000,
};

/** `triggers listen`: hands the events of an inbox to a program on this machine as webhooks, until it is stopped. */
export async function runListen(options: ListenOptions): Promise<void> {
  const wish = options.printSecret === true ? null : readWish(options);
  const output = makeOutput(options);
  const tellServer = makeTellServer(output);
  const bodies = makeLeaseBodies(watchServer(tellServer));
  const { triggers, url: serverUrl, apiKey } = await connect(options, { ...PATIENCE, fetch: bodies.fetch });
  const secret = listenSecret(apiKey);
  if (wish === null) return output.row({ secret }, secret);

  const { inbox, waiting } = await ensureInbox(triggers, wish);
  output.note(startWords({ wish, inbox, serverUrl, waiting }));
  await using forwarder = openForwarder({ ...wish, secret });
  const stopping = new AbortController();
  using _ = stopOnSignals(() => stopping.abort(), output);
  const parts = { triggers, bodies, forwarder, output, tellServer, stopping };
  const { tally, isGone } = await watchInbox(parts, { inbox, url: wish.url });
  if (!wish.keep) await triggers.subscriptions.delete(inbox.id);
  output.note(stopWords({ tally, inbox, keep: wish.keep }));
  if (isGone)
    throw new OperatorError(
      `${wish.url} answered 410 Gone: it wants no more events, and a webhook would end there. That event is kept in the inbox.`,
    );
}
