import { createHash } from "node:crypto";

const SPOKEN_LENGTH = 60;

/** The name of the inbox for a URL: always the same, so that a restart goes on where it stopped. People know it by its beginning, its end tells URLs apart. */
export function inboxNameFor(url: string): string {
  const { href, host, pathname } = new URL(url);
  const spoken = `${host}${pathname}`.replace(/[^A-Za-z0-9.]+/g, "-").slice(0, SPOKEN_LENGTH);
  const digest = createHash("sha256").update(href).digest("hex").slice(0, 8);
  return `listen-${spoken.replace(/-+$/, "")}-${digest}`;
}
