import type { NewBatchEvent } from "@triggers/client";
import { checkJson } from "../../http/json-door/check-json.ts";
import { DEPTH_LIMIT } from "../../http/json-door/json-fault.ts";
import type { JsonMember } from "../../http/json-door/json-parts.ts";
import { rootOf } from "../../http/json-door/list-parts.ts";
import { parseExactly } from "../arguments/exact-json.ts";
import { type Line, readLines } from "./read-lines.ts";

/** A line of a batch: an event, or what is wrong with it. */
export type BatchLine = {
  readonly line: number;
  readonly endsAt: number;
} & ({ readonly event: NewBatchEvent } | { readonly fault: string });

/** Lines that go together, at most. */
const ITEMS = 1_000;
const BYTES = 2_000_000;
/** No server takes a longer event. */
const LINE_BYTES = 16 * 1024 * 1024;
const BLANK_BYTES = 1_000;

/** Groups of lines, as large as one request takes them; if `isLive`, none waits for a line that has not come yet. Empty lines are passed over. */
export async function* readBatch(
  pieces: AsyncIterable<Uint8Array>,
  key: string,
  { isLive }: { readonly isLive: boolean },
): AsyncGenerator<readonly BatchLine[]> {
  let group: BatchLine[] = [];
  let bytes = 0;
  for await (const line of readLines(pieces, LINE_BYTES)) {
    const read = readLine(line, key);
    const length = line.bytes?.length ?? 0;
    if (group.length >= ITEMS || (group.length > 0 && bytes + length > BYTES)) {
      yield group;
      [group, bytes] = [[], 0];
    }
    if (read !== null) group.push({ line: line.number, endsAt: line.endsAt, ...read });
    bytes += length;
    if (isLive && line.isLast && group.length > 0) {
      yield group;
      [group, bytes] = [[], 0];
    }
  }
  if (group.length > 0) yield group;
}

type Read = { readonly event: NewBatchEvent } | { readonly fault: string };

/** The event stands around its payload. */
const DEPTH = 1 + DEPTH_LIMIT;

/** Judged as the server would: what a parser lets pass, such as a name that is there twice, would be sent as something else. */
function readLine({ number, bytes }: Line, key: string): Read | null {
  if (bytes === null) return { fault: `It is longer than ${LINE_BYTES} bytes, more than any server takes.` };
  if (isBlank(bytes)) return null;
  const members: JsonMember[] = [];
  const fault = checkJson(bytes, DEPTH, members);
  if (fault !== undefined) return { fault: `${fault.pointer} ${fault.detail}`.trim() };
  if (rootOf(bytes).kind !== "object") return { fault: "It must be a JSON object with a `payload`." };
  const payload = members.find((member) => member.key === "payload");
  if (payload === undefined) return { fault: "It has no `payload`." };
  const { payload: _, ...fields } = parseExactly(emptied(bytes, payload)) as Record<string, unknown>;
  const payloadText = bytes.toString("utf8", payload.start, payload.end);
  return { event: { idempotency_key: `${key}/${number}`, ...fields, payloadText } as NewBatchEvent };
}

/** The line without its payload, which is not to be read twice. */
function emptied(bytes: Buffer, { start, end }: JsonMember): string {
  return `${bytes.toString("utf8", 0, start)}null${bytes.toString("utf8", end)}`;
}

function isBlank(bytes: Buffer): boolean {
  return bytes.length < BLANK_BYTES && bytes.toString("latin1").trim() === "";
}
