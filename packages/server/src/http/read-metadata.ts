import { EVENT_LIMITS } from "../domain/event.ts";
import { PRIORITIES, type Priority } from "../domain/priority.ts";
import { addFault, type Envelope, readString, readTags } from "./envelope.ts";
import type { JsonRange } from "./json-door/json-parts.ts";
import { membersOf } from "./json-door/list-parts.ts";

/** What metadata and tags of an event come to. */
export interface Labels {
  readonly tags: readonly string[];
  readonly priority: Priority;
  /** JSON object text: the very text that was sent, with `priority` and `tags` behind it where it has none. */
  readonly metadata: string;
}

const NONE: Labels = { tags: [], priority: "normal", metadata: '{"priority":"normal","tags":[]}' };

/** Reads `metadata` and `tags`, each of which may be absent. */
export function readLabels(
  envelope: Envelope,
  sent: { readonly metadata: JsonRange | null; readonly tags: JsonRange | null },
): Labels {
  const beside = sent.tags === null || sent.tags.kind === "null" ? null : sent.tags;
  if (sent.metadata === null || sent.metadata.kind === "null") {
    if (beside === null) return NONE;
    const tags = readTags(envelope, beside, "/tags");
    return { tags, priority: "normal", metadata: `{"priority":"normal","tags":${JSON.stringify(tags)}}` };
  }
  return readMetadata(envelope, sent.metadata, beside);
}

function readMetadata(envelope: Envelope, metadata: JsonRange, beside: JsonRange | null): Labels {
  const { start, end, kind } = metadata;
  if (kind !== "object") addFault(envelope, "/metadata", "must be an object");
  else if (end - start > EVENT_LIMITS.metadataBytes)
    addFault(envelope, "/metadata", `must be at most ${EVENT_LIMITS.metadataBytes} bytes long`);
  const isSound = kind === "object" && end - start <= EVENT_LIMITS.metadataBytes;
  const members = isSound ? membersOf(envelope.bytes, metadata) : [];
  const inside = members.find(({ key }) => key === "tags") ?? null;
  const ranked = members.find(({ key }) => key === "priority") ?? null;
  if (inside !== null && beside !== null)
    addFault(envelope, "/metadata/tags", "must not stand beside `tags`");
  const tags = readBoth(envelope, inside, beside);
  const priority = ranked === null ? "normal" : readPriority(envelope, ranked);
  let text = envelope.bytes.toString("utf8", start, end - 1);
  let comma = members.length === 0 ? "" : ",";
  if (ranked === null) {
    text += `${comma}"priority":"normal"`;
    comma = ",";
  }
  if (inside === null) text += `${comma}"tags":${JSON.stringify(tags)}`;
  return { tags, priority, metadata: `${text}}` };
}

function readBoth(envelope: Envelope, inside: JsonRange | null, beside: JsonRange | null): readonly string[] {
  const tags = inside === null ? NONE.tags : readTags(envelope, inside, "/metadata/tags");
  return beside === null ? tags : readTags(envelope, beside, "/tags");
}

function readPriority(envelope: Envelope, value: JsonRange): Priority {
  const text = readString(envelope, value, "/metadata/priority");
  const priority = PRIORITIES.find((one) => one === text);
  if (priority === undefined && (text !== null || value.kind === "null"))
    addFault(
      envelope,
      "/metadata/priority",
      `must be one of ${PRIORITIES.map((one) => `"${one}"`).join(", ")}`,
    );
  return priority ?? "normal";
}
