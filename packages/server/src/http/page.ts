import { createHmac } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Checksum, readCursor, writeCursor } from "../domain/cursor.ts";
import { TriggersError } from "../domain/errors.ts";
import type { RouteContext } from "./http-context.ts";

/** One page of a list. */
export interface Page {
  readonly limit: number;
  /** Where the page begins; null: at the beginning. */
  readonly position: string | null;
  /** The cursor of the page that begins at `position`, also set as `Link`; null: this was the last one. */
  next(reply: FastifyReply, position: string | null): string | null;
}

/**
 * Opens the page that the query of a request asks for. Its cursor belongs to the project, the path and every other parameter but `limit`; any other
 * cursor is refused (`invalid_cursor`).
 */
export async function openPage(
  { flow }: Pick<RouteContext, "flow">,
  request: FastifyRequest<{ Querystring: { limit: number; cursor?: string | undefined } }>,
): Promise<Page> {
  const { limit, cursor } = request.query;
  const [path = "", queryText = ""] = request.url.split("?", 2);
  const parameters = new URLSearchParams(queryText);
  parameters.delete("limit");
  parameters.delete("cursor");
  parameters.sort();
  const scope = `${path}?${parameters}`;
  const checksum = keyedChecksum(await flow.checksum(request.caller.projectId, "cursors"));
  return {
    limit,
    position: cursor === undefined ? null : open(cursor, scope, checksum),
    next: (reply, position) => {
      if (position === null) return null;
      const next = writeCursor(position, scope, checksum);
      const link = new URLSearchParams([...parameters, ["limit", String(limit)], ["cursor", next]]);
      reply.header("link", `<${path}?${link}>; rel="next"`);
      return next;
    },
  };
}

function open(cursor: string, scope: string, checksum: Checksum): string {
  const position = readCursor(cursor, scope, checksum);
  if (position !== null) return position;
  throw new TriggersError("invalid_cursor", "Send `next_cursor` as it was answered, with the same query.");
}

/** 132 bits of an HMAC, enough against guessing. */
export function keyedChecksum(key: string): Checksum {
  return (text) => createHmac("sha256", key).update(text).digest("base64url").slice(0, 22);
}
