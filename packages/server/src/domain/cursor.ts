/**
 * Cursors: an opaque text of a position and a checksum over project, query and position. `checksum` is keyed, so a cursor that was altered,
 * made up, or answered to another project or another query does not read.
 */
export type Checksum = (text: string) => string;

/** Writes the cursor of a position. `scope` names what it belongs to: the route and its query. */
export function writeCursor(position: string, scope: string, checksum: Checksum): string {
  return `${Buffer.from(position, "utf8").toString("base64url")}.${checksum(`${scope}\n${position}`)}`;
}

/** The position of a cursor, or null if it does not belong to this scope. */
export function readCursor(cursor: string, scope: string, checksum: Checksum): string | null {
  const dot = cursor.indexOf(".");
  if (dot < 1) return null;
  const position = Buffer.from(cursor.slice(0, dot), "base64url").toString("utf8");
  return writeCursor(position, scope, checksum) === cursor ? position : null;
}
