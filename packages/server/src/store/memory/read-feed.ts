import type { FeedItem, FeedPage, FeedPosition, FeedStore } from "../event-store.ts";
import type { ProjectTable, Tables } from "./tables.ts";

/** Before everything that is kept: a fresh place, of which retention has taken nothing. Other positions are the `n` last seen. */
const START = "start";
const NUMBER = /^(?:0|[1-9][0-9]{0,15})$/;

type Request = Parameters<FeedStore["readFeed"]>[0];

export function readFeed(tables: Tables, request: Request): FeedPage {
  const project = tables.projects.get(request.projectId);
  const after = placeOf(request.after);
  if (after === null) return { outcome: "malformed" };
  if (project === undefined) return { outcome: "page", items: [], end: request.after ?? START };
  if (after > project.lastN) return { outcome: "malformed" };
  if (after >= 0 && after < project.expiredN) return { outcome: "expired" };
  return readPage(project, Math.max(after, 0), request);
}

/** −1 for a start; null for a text that is no position. */
function placeOf(position: FeedPosition | null): number | null {
  if (position === null || position === START) return -1;
  return NUMBER.test(position) ? Number(position) : null;
}

function readPage(project: ProjectTable, after: number, { limit, subjectIndex, now }: Request): FeedPage {
  const items: FeedItem[] = [];
  for (const { event, n } of project.feed.ascend((stored) => stored.n <= after)) {
    if (event.expiresAt <= now) continue;
    if (subjectIndex !== null && event.subjectIndex !== subjectIndex) continue;
    items.push({ position: String(n), event });
    if (items.length >= limit) return { outcome: "page", items, end: String(n) };
  }
  return { outcome: "page", items, end: String(project.lastN) };
}

export function seekFeed(tables: Tables, projectId: string, at: number | null): FeedPosition {
  const project = tables.projects.get(projectId);
  if (project === undefined) return START;
  if (at === null) return String(project.lastN);
  const [first] = project.feed.ascend((stored) => stored.latestAt < at).take(1);
  const before = first === undefined ? project.lastN : first.n - 1;
  return before < project.expiredN ? START : String(before);
}
