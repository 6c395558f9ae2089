import { expect } from "vitest";
import type { DeliveryKey } from "../../domain/ids.ts";
import type { Subscription } from "../../domain/subscription.ts";
import type { AttemptRow, SettleVerb } from "../delivery-store.ts";
import { idAt, makeEvent, makeIdempotency, makeRecord, planFor, SECOND } from "./make-records.ts";
import type { ModelCommand } from "./model-commands.ts";
import { followLease } from "./naive-lease.ts";
import {
  addInModel,
  deleteInModel,
  expandInModel,
  expireInModel,
  findLine,
  type Model,
  recordInModel,
  stateNow,
} from "./naive-model.ts";
import {
  acknowledgeUnheldInModel,
  cancelInModel,
  closeInModel,
  exhaustInModel,
  redriveInModel,
  settleInModel,
} from "./naive-settles.ts";
import { keyOf, leaseRequest, type Scene } from "./scene.ts";

/** A store and its model under the same commands. */
export interface ModelRun extends Scene {
  readonly model: Model;
  readonly subscriptionIds: readonly string[];
  /** Every event ever recorded. */
  readonly eventIds: string[];
  /** Every token ever handed out. */
  readonly tokens: (DeliveryKey & { readonly token: string })[];
  /** Numbers of the attempts written for a delivery, by its key. */
  readonly attempts: Map<string, number[]>;
}

type Runs = {
  readonly [K in ModelCommand["kind"]]: (
    run: ModelRun,
    command: Extract<ModelCommand, { kind: K }>,
  ) => Promise<void>;
};

const RUNS: Runs = {
  record: async ({ store, model, projectId, ...run }, command) => {
    const chosen = run.subscriptionIds.filter((_, index) => command.to[index]);
    const to = (chosen.length > 0 ? chosen : run.subscriptionIds.slice(0, 1)).map((id) =>
      subscriptionOf(model, id),
    );
    const { priority, key: orderingKeyIndex } = command;
    const event = makeEvent(projectId, { at: model.now, priority, orderingKeyIndex });
    const record = makeRecord(event, {
      plan: planFor(...to.filter(({ state }) => state !== "ended" && state !== "deleted")),
      isWide: command.isWide,
      dueAt: model.now + command.delaySeconds * SECOND,
      idempotency:
        command.idempotency && makeIdempotency(command.idempotency.keyIndex, { ...command.idempotency }),
    });
    run.eventIds.push(event.id);
    expect(await store.recordEvents([record])).toEqual([recordInModel(model, record)]);
  },
  lease: async (run, command) => {
    const from = subscriptionOf(run.model, at(run.subscriptionIds, command.subscription));
    const { limit, maxBytes } = command;
    const { now } = run.model;
    const until = now + command.seconds * SECOND;
    const request = leaseRequest(run, {
      from,
      now,
      until,
      limit,
      maxBytes,
      lowerFirst: Math.min(limit, command.lower),
    });
    const answer = await run.store.leaseDeliveries(request);
    followLease(run.model, request, answer);
    if (answer.outcome !== "leased") return;
    for (const delivery of answer.deliveries) {
      const token = delivery.leaseToken ?? "";
      expect(run.tokens.map((one) => one.token)).not.toContain(token);
      run.tokens.push({ ...keyOf(delivery), token });
    }
  },
  settle: async (run, command) => {
    if (run.tokens.length === 0) return;
    const { token, ...key } = at(run.tokens, command.token);
    const isWebhook = run.model.subscriptions.get(key.subscriptionId)?.channel === "webhook";
    const settle = {
      ...key,
      token: command.isForged ? "forged.0" : token,
      verb: verbOf(run.model, key, command),
      attempt: isWebhook && command.hasAttempt ? attemptAt(run.model.now) : null,
    };
    const request = { projectId: run.projectId, now: run.model.now, settles: [settle] };
    const [outcome] = await run.store.settleDeliveries(request);
    expect(outcome?.outcome).toBe(settleInModel(run.model, settle));
    if (outcome?.outcome !== "settled") return;
    expect(outcome.delivery).toEqual(findLine(run.model, key));
    if (settle.attempt !== null && settle.verb.kind !== "extend") noteAttempt(run, key);
  },
  crash: async (run, { subscription, times }) => {
    for (let time = 0; time < times; time++) {
      await RUNS.lease(run, {
        kind: "lease",
        subscription,
        limit: 1,
        lower: 0,
        seconds: 1,
        maxBytes: 4_000_000,
      });
      run.model.now += SECOND;
    }
  },
  wait: async ({ model }, command) => {
    model.now += command.seconds * SECOND;
  },
  acknowledge_unheld: async ({ store, model, projectId }, command) => {
    if (model.lines.length === 0) return;
    const { eventId, subscriptionId } = at(model.lines, command.delivery);
    const request = { projectId, eventId, subscriptionId, now: model.now };
    expect(await store.acknowledgeUnheld(request)).toBe(
      acknowledgeUnheldInModel(model, eventId, subscriptionId),
    );
  },
  cancel: async ({ store, model, projectId }, command) => {
    if (model.lines.length === 0) return;
    const key = keyOf(at(model.lines, command.delivery));
    const answer = await store.cancelDelivery({ projectId, key, reason: "reason", now: model.now });
    expect(answer.outcome).toBe(cancelInModel(model, key, "reason"));
    if (answer.outcome === "cancelled") expect(answer.delivery).toEqual(findLine(model, key));
  },
  redrive: async ({ store, model, projectId }, command) => {
    const dead = model.lines.filter(({ state }) => state === "dead");
    const lines = dead.length > 0 && command.delivery % 4 > 0 ? dead : model.lines;
    if (lines.length === 0) return;
    const key = keyOf(at(lines, command.delivery));
    const answer = await store.redriveDelivery({ projectId, key, now: model.now });
    expect(answer.outcome).toBe(redriveInModel(model, key));
    if (answer.outcome === "redriven") expect(answer.delivery).toEqual(findLine(model, key));
  },
  delete_event: async ({ store, model, projectId, eventIds }, command) => {
    if (eventIds.length === 0) return;
    const id = at(eventIds, command.event);
    expect(await store.deleteEvent(projectId, id, model.now)).toBe(deleteInModel(model, id));
  },
  add: async ({ store, model, projectId, ...run }, command) => {
    if (run.eventIds.length === 0) return;
    const overtaking = command.isReplay ? [] : overtakingPairs(model);
    const pair = overtaking.length > 0 ? at(overtaking, command.event) : null;
    const subscriptionId = pair?.subscriptionId ?? at(run.subscriptionIds, command.subscription);
    const { ordered, onDead } = subscriptionOf(model, subscriptionId);
    const added = {
      eventId: pair?.eventId ?? at(run.eventIds, command.event),
      subscriptionId,
      cause: command.isReplay ? idAt(model.now) : "live",
      dueAt: model.now,
      ordered,
      parks: onDead === "park",
      takesNewPosition: command.isReplay,
    };
    const count = await store.addDeliveries({ projectId, deliveries: [added], now: model.now });
    expect(count).toBe(addInModel(model, added));
  },
  expand: async ({ store, model, projectId, ...run }, command) => {
    const planned = model.events.filter(({ plan }) => plan !== null).map(({ id }) => id);
    const ids = planned.length > 0 && command.event % 5 > 0 ? planned : run.eventIds;
    if (ids.length === 0) return;
    const { limit } = command;
    const eventId = at(ids, command.event);
    const answer = await store.expandPlan({ projectId, eventId, limit, now: model.now });
    expect(answer).toEqual(expandInModel(model, eventId, limit));
  },
  change: async ({ store, model, subscriptionIds }, command) => {
    const known = subscriptionOf(model, at(subscriptionIds, command.subscription));
    const isOver = ["ended", "deleted"].includes(stateNow(model, known.id));
    const state = isOver ? "deleted" : command.state;
    const catchUpTo = command.catchesUp ? model.now : null;
    const changed = { ...known, state, catchUpTo, updatedAt: model.now, version: known.version + 1 } as const;
    expect(await store.changeSubscription(changed)).toBe("changed");
    model.subscriptions.set(known.id, changed);
  },
  close: async ({ store, model, projectId, subscriptionIds }, { subscription, reason }) => {
    const command =
      reason === "drop" ? ({ kind: "drop_subscription" } as const) : ({ kind: "give_up", reason } as const);
    const subscriptionId = at(subscriptionIds, subscription);
    const request = { projectId, subscriptionId, command, limit: 1_000, now: model.now };
    expect(await store.closeDeliveries(request)).toBe(closeInModel(model, request));
  },
  exhaust: async ({ store, model }) => {
    const buried = await store.exhaustDeliveries({ now: model.now, limit: 1_000 });
    const expected = exhaustInModel(model);
    expect(buried).toHaveLength(expected.length);
    expect(buried).toEqual(expect.arrayContaining([...expected]));
  },
  drop: async ({ store, model, projectId }, command) => {
    if (model.lines.length > 0)
      await store.dropDeliveries(projectId, [keyOf(at(model.lines, command.delivery))], model.now);
  },
  expire: async ({ store, model, projectId }, command) => {
    const before = (seconds: number) => model.now - seconds * SECOND;
    const bounds = {
      settledBefore: before(command.settledSeconds),
      backlogBefore: before(command.backlogSeconds),
      goneBefore: before(command.goneSeconds),
    };
    const seen = { removed: 0, expired: [] as string[] };
    for (let afterId: string | null = null; ; ) {
      const step = await store.expireEvents({ projectId, now: model.now, ...bounds, afterId, limit: 5 });
      seen.removed += step.removed;
      seen.expired.push(...step.expired.map(({ subscriptionId, eventId }) => `${subscriptionId} ${eventId}`));
      if (step.nextId === null) break;
      afterId = step.nextId;
    }
    expect({ ...seen, expired: seen.expired.toSorted() }).toEqual(expireInModel(model, bounds));
  },
};

export async function runCommand(run: ModelRun, command: ModelCommand): Promise<void> {
  const one = RUNS[command.kind] as (run: ModelRun, command: ModelCommand) => Promise<void>;
  await one(run, command);
}

function at<T>(list: readonly T[], choice: number): T {
  return list[choice % list.length] as T;
}

/** Back-fills of an event that stands before one of its key that is out. */
function overtakingPairs(model: Model): { readonly eventId: string; readonly subscriptionId: string }[] {
  const out = model.lines.filter(({ state, lane }) => state === "leased" && lane !== null);
  return out.flatMap(({ lane, subscriptionId }) =>
    model.events
      .filter(({ key, position }) => key === lane?.key && position < lane.position)
      .map(({ id: eventId }) => ({ eventId, subscriptionId }))
      .filter((pair) => findLine(model, { ...pair, cause: "live" }) === undefined),
  );
}

function subscriptionOf(model: Model, id: string): Subscription {
  const subscription = model.subscriptions.get(id);
  if (subscription === undefined) throw new Error("no such subscription");
  return subscription;
}

function verbOf(
  model: Model,
  key: DeliveryKey,
  command: Extract<ModelCommand, { kind: "settle" }>,
): SettleVerb {
  const { verb, reason, isLate } = command;
  const later = model.now + command.seconds * SECOND;
  const { maxAttempts } = subscriptionOf(model, key.subscriptionId);
  switch (verb) {
    case "acknowledge":
      return { kind: "acknowledge" };
    case "release":
      return { kind: "release", dueAt: later, reason, maxAttempts, isLate };
    case "bury":
      return { kind: "bury", reason };
    default:
      return { kind: "extend", until: later };
  }
}

function attemptAt(startedAt: number): AttemptRow {
  return { startedAt, durationMs: 1, statusCode: 500, errorCode: null, sealedExcerpt: null };
}

function noteAttempt({ model, attempts }: ModelRun, key: DeliveryKey): void {
  const name = attemptName(key);
  const numbers = attempts.get(name) ?? [];
  attempts.set(name, [...numbers, findLine(model, key)?.attempt ?? 0]);
}

export function attemptName({ eventId, subscriptionId, cause }: DeliveryKey): string {
  return `${eventId} ${subscriptionId} ${cause}`;
}
