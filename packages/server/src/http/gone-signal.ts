import type { FastifyReply } from "fastify";
import type { RouteContext } from "./http-context.ts";

/** Aborted when the caller has gone before the answer was sent, or the server begins to stop. */
export function goneSignal(context: Pick<RouteContext, "closing">, reply: FastifyReply): AbortSignal {
  const { closing } = context;
  if (closing.aborted) return closing;
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  closing.addEventListener("abort", abort, { once: true });
  // Also after a complete answer; by then nobody waits for the signal any more.
  reply.raw.once("close", () => {
    closing.removeEventListener("abort", abort);
    gone.abort();
  });
  return gone.signal;
}
