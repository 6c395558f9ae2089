import type { Event } from "@triggers/client";
import { dim, wordOf } from "../output/output.ts";

/** An event in one line; on a terminal no longer than that is wide. */
export function eventWords(event: Event): string {
  const time = new Date(event.timestamp).toTimeString().slice(0, 8);
  const head = `${time}  ${event.id}  ${wordOf(event.type)}`;
  const payload = printable(event.payloadText ?? `(large: triggers events show ${event.id} --payload)`);
  const { isTTY, columns = 80 } = process.stdout;
  const room = isTTY ? Math.max(0, columns - head.length - 3) : payload.length;
  return `${head}  ${dim(payload.length > room ? `${payload.slice(0, room)}…` : payload)}`;
}

/** What others sent must not move the cursor of a terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
