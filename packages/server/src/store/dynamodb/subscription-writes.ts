import { matchesEvents, type Subscription } from "../../domain/subscription.ts";
import { IS_ABSENT } from "./connection.ts";
import { padTime, projectKey } from "./keys.ts";
import { IS_OPEN } from "./project-rows.ts";
import { ENDS_HASH } from "./subscription-rows.ts";
import type { Write } from "./write-items.ts";

/** What stands beside a subscription as long as it is live: its identity, its name, its end. */
export interface Beside {
  readonly identity: string | null;
  readonly name: string | null;
  readonly endsAt: number | null;
}

export function besideOf({ state, identity, name, expiresAt }: Subscription): Beside {
  return matchesEvents(state)
    ? { identity, name, endsAt: expiresAt }
    : { identity: null, name: null, endsAt: null };
}

const NOTHING: Beside = { identity: null, name: null, endsAt: null };

/** The writes that change what stands beside a subscription. A name or identity is taken on the condition that nobody has it. */
export function besideWrites(
  { projectId, id }: Pick<Subscription, "projectId" | "id">,
  { from = NOTHING, to }: { readonly from?: Beside; readonly to: Beside },
): { readonly identity: readonly Write[]; readonly name: readonly Write[]; readonly end: readonly Write[] } {
  const { pk } = projectKey(projectId);
  const move = (prefix: string, before: string | null, after: string | null): Write[] => {
    if (before === after) return [];
    const gone: Write[] =
      before === null ? [] : [{ table: "control", remove: { pk, sk: prefix + before }, condition: null }];
    const taken: Write[] =
      after === null ? [] : [{ table: "control", put: { pk, sk: prefix + after, id }, condition: IS_ABSENT }];
    return [...taken, ...gone];
  };
  return {
    identity: move("i#", from.identity, to.identity),
    name: move("n#", from.name, to.name),
    end: endWrites({ projectId, id }, from.endsAt, to.endsAt),
  };
}

function endWrites(
  { projectId, id }: Pick<Subscription, "projectId" | "id">,
  before: number | null,
  after: number | null,
): Write[] {
  if (before === after) return [];
  const key = { pk: projectKey(projectId).pk, sk: `x#${id}` };
  if (after === null) return [{ table: "control", remove: key, condition: null }];
  const put = { ...key, w: ENDS_HASH, ws: `${padTime(after)}#${projectId}#${id}` };
  return [{ table: "control", put, condition: null }];
}

/** What `writes` subscriptions change on the row of their project: the match version rises, and the number of live ones is kept. `most`: there may be so many. */
export function projectWrite(
  projectId: string,
  { writes, live, most }: { readonly writes: number; readonly live: number; readonly most: number | null },
): Write {
  const hasRoom = {
    expression: `${IS_OPEN.expression} AND lc <= :room`,
    values: { room: (most ?? 0) - live },
  };
  return {
    table: "control",
    update: {
      key: projectKey(projectId),
      set: "ADD mv :writes, lc :live",
      values: { writes, live },
      condition: most === null ? IS_OPEN : hasRoom,
    },
  };
}
