import { expect, test } from "vitest";
import type { StoredEvent } from "./event.ts";
import { newDelivery } from "./new-delivery.ts";
import { rankOf } from "./priority.ts";

const EVENT: StoredEvent = {
  projectId: "project",
  id: "event",
  type: "order.created",
  source: null,
  tags: [],
  priority: "high",
  occurredAt: null,
  contentType: "application/json",
  subjectIndex: null,
  orderingKeyIndex: "key",
  sealed: new Uint8Array(0),
  bytes: 400,
  isPlanned: false,
  expiresAt: 9_000,
};

test("a new delivery is pending, was never handed over, and lives and weighs as its event does", () => {
  const lane = { key: "key", position: 7, parks: true };
  const made = {
    subscriptionId: "subscription",
    cause: "live",
    lane,
    dueAt: 2_000,
    createdAt: 1_000,
  } as const;
  expect(newDelivery(EVENT, made)).toEqual({
    ...made,
    ...{ projectId: "project", eventId: "event", state: "pending", stateReason: null },
    ...{ rank: rankOf("high", false), attempt: 0, attemptBase: 0, takeovers: 0 },
    ...{ leaseToken: null, leasedAt: null, settledAt: null, bytes: 400, expiresAt: 9_000 },
  });
});
