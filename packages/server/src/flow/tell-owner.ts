import type { NewEvent } from "./new-event.ts";

/** What the owner of a project is told of, as ordinary events of this source. */
export const OWNER_SOURCE = "triggers";

export type OwnerEventType =
  | "subscription.disabled"
  | "subscription.ended"
  | "delivery.dead"
  | "delivery.expired";

/** Accepts an owner event, now or soon; a failure is reported and changes nothing for the caller. */
export type TellOwner = (
  projectId: string,
  type: OwnerEventType,
  payload: Readonly<Record<string, unknown>>,
) => void;

export function makeTellOwner(parts: {
  readonly accept: (projectId: string, events: readonly NewEvent[]) => Promise<unknown>;
  readonly alert: TellOwner | null;
  readonly onError: (error: unknown) => void;
}): TellOwner {
  return (projectId, type, payload) => {
    parts.alert?.(projectId, type, payload);
    void parts.accept(projectId, [ownerEvent(type, payload)]).catch(parts.onError);
  };
}

function ownerEvent(type: OwnerEventType, payload: Readonly<Record<string, unknown>>): NewEvent {
  return {
    ...{
      type,
      source: OWNER_SOURCE,
      subject: null,
      occurredAt: null,
      orderingKey: null,
      tags: [],
      priority: "normal",
    },
    ...{ metadata: '{"priority":"normal","tags":[]}', extensions: null, contentType: "application/json" },
    ...{ payload: Buffer.from(JSON.stringify(payload)), deliverAt: null, trace: null, idempotency: null },
  };
}
