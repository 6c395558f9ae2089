import { TriggersError } from "../domain/errors.ts";
import type { IdSource } from "../domain/ids.ts";
import type { Sealer } from "../seal/sealer.ts";
import type { Store } from "../store/store.ts";
import type { Wakeups } from "../wakeups/wakeups.ts";
import { type KeepTimes, makeAcceptEvents } from "./accept-events.ts";
import { makeBeginCommit } from "./begin-commit.ts";
import { changeSubscription, deleteSubscription, finishCatchUp, setPaused } from "./change-subscription.ts";
import type { Clock, Randomness } from "./clock.ts";
import { createInbox, createWebhook } from "./create-subscription.ts";
import { endExpired } from "./end-subscription.ts";
import { makeExpandPlans } from "./expand-plans.ts";
import { expireEvents } from "./expire-events.ts";
import { explainEvent, testFilter, testFilterOn, testFilterOnLast } from "./explain-event.ts";
import type { Flow } from "./flow.ts";
import { makeGroupCommit } from "./group-commit.ts";
import { makeJobSteps } from "./job-steps.ts";
import { makeLeaseBehind } from "./lease-behind.ts";
import { leaseInbox } from "./lease-deliveries.ts";
import { listWaiting } from "./list-waiting.ts";
import { createKey, makeKeyRegister, revokeKey, rotateKey } from "./manage-keys.ts";
import {
  createProject,
  deleteProject,
  ensureFirstProject,
  readProject,
  renameProject,
} from "./manage-projects.ts";
import { readStats, readWebhook, rotateSecret } from "./manage-webhook.ts";
import { makeMatchers } from "./match-subscriptions.ts";
import { makeNoteTypes } from "./note-event-types.ts";
import { makePlanRecords, makeRecordPlanned } from "./plan-records.ts";
import { makePushFlow, type PushFlow } from "./push-flow.ts";
import { listDeliveries, listEventDeliveries, readDelivery } from "./read-deliveries.ts";
import { eventNotFound, listEvents, readEvent } from "./read-events.ts";
import { findInbox, readSubscription, viewSubscription } from "./read-subscription.ts";
import { makeRecentEvents } from "./recent-events.ts";
import { cancelDelivery, countRedrive, redriveDelivery, startRedrive } from "./redrive-deliveries.ts";
import { countReplay, replayEvent, startReplay } from "./replay-events.ts";
import { requireSeal } from "./require-seal.ts";
import { makeRunJobs, type RunJobs, readJob } from "./run-jobs.ts";
import { acknowledgeEvent, settleDeliveries } from "./settle-deliveries.ts";
import { streamEvents } from "./stream-events.ts";
import { type Round, startSweep } from "./sweep.ts";
import { makeTellOwner, type TellOwner } from "./tell-owner.ts";

export interface FlowParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly wakeups: Wakeups;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly nextId: IdSource;
  readonly keep: KeepTimes;
  /** A failure in the background: it is tried again, and told of here. */
  readonly onError: (error: unknown) => void;
  /** Hears of owner events besides their project. */
  readonly alert: TellOwner | null;
  /** This process repairs and clears up. */
  readonly isSweeping: boolean;
}

/** The product at work. */
export interface OpenFlow extends Flow {
  /** What the push loop needs. */
  readonly push: PushFlow;
  /** Makes the first project, its main inbox and its key if there is none; gives the key if it was made here and now. */
  ensureFirstProject(bootstrapKey: string | null): Promise<string | null>;
  /** How many accepted events wait for their commit or are being written. */
  acceptDepth(): number;
  /** Resolves when everything accepted is durable and everything under way has ended. */
  close(): Promise<void>;
}

/** Starts the product over an open store. */
export function openFlow(parts: FlowParts): OpenFlow {
  const parted = connect(parts);
  const sweep = startSweep(parts.clock, roundsOf(parted), parts.onError);
  const { register, groupCommit, expandPlans, jobs, noteTypes, state } = parted;
  return {
    ...eventsFlow(parted),
    ...inboxFlow(parted),
    ...subscriptionFlow(parted),
    ...deliveryFlow(parted),
    ...keyFlow(parted),
    ...projectFlow(parted),
    push: makePushFlow(parted),
    checksum: async (projectId, text) => (await requireSeal(parts.sealer, projectId)).checksum(text),
    checkHealth: () => parts.store.checkHealth(),
    acceptDepth: () => groupCommit.depth(),
    async close() {
      state.isClosed = true;
      await groupCommit.drain();
      await Promise.all([sweep.close(), expandPlans.close(), jobs.close()]);
      await Promise.all([noteTypes.flush(), register.flush()]);
    },
  };
}

type Connected = ReturnType<typeof connect>;

function connect(parts: FlowParts) {
  const { store, clock, wakeups, sealer, nextId, onError } = parts;
  const matchers = makeMatchers({ store, sealer, clock });
  const recent = makeRecentEvents();
  const expandPlans = makeExpandPlans({ store, clock, wakeups, onError });
  const leaseBehind = makeLeaseBehind(store);
  const groupCommit = makeGroupCommit({
    store: { recordEvents: makeRecordPlanned(store, matchers) },
    clock,
    planRecords: makePlanRecords({ matchers, recent, clock }),
    beginCommit: makeBeginCommit({ leaseBehind, wakeups, expandPlans }),
  });
  const noteTypes = makeNoteTypes(store);
  const accept = makeAcceptEvents({ ...parts, groupCommit, noteTypes });
  const tellOwner = makeTellOwner({ accept, onError, alert: parts.alert });
  const jobs: RunJobs = makeRunJobs({ store, sealer, clock, nextId, onError, steps: () => steps });
  const subscriptionParts = { ...parts, matchers, jobs, recent, tellOwner, leaseBehind };
  const steps = makeJobSteps({
    ...subscriptionParts,
    finishCatchUp: (projectId, id) => finishCatchUp(subscriptionParts, projectId, id),
  });
  const register = makeKeyRegister({ store, clock });
  return {
    ...subscriptionParts,
    accept,
    expandPlans,
    groupCommit,
    register,
    noteTypes,
    state: { isClosed: false },
  };
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const MONTH_MS = 30 * 86_400 * SECOND;
const FORGET_STEP = 500;

function roundsOf(parts: Connected): readonly Round[] {
  const { store, clock, keep, register, noteTypes, expandPlans, jobs, state } = parts;
  const notes = { everyMs: 10 * SECOND, run: () => Promise.all([noteTypes.flush(), register.flush()]) };
  if (!parts.isSweeping) return [notes];
  const forget = async () => {
    const before = clock.now() - MONTH_MS;
    await store.forgetSubscriptions(before, FORGET_STEP);
    await store.forgetCredentials(before, FORGET_STEP);
    await store.forgetJobs(before, FORGET_STEP);
    const keysUnusedSince = clock.now() - keep.backlogMs - MONTH_MS;
    await store.expireKeys({ now: clock.now(), keysUnusedSince, limit: FORGET_STEP });
  };
  return [
    notes,
    { everyMs: 10 * SECOND, run: () => expandPlans.sweep() },
    { everyMs: SECOND, run: () => jobs.tick() },
    { everyMs: SECOND, run: () => endExpired(parts) },
    { everyMs: 5 * SECOND, run: () => store.exhaustDeliveries({ now: clock.now(), limit: FORGET_STEP }) },
    { everyMs: MINUTE, run: () => expireEvents({ ...parts, isClosed: () => state.isClosed }) },
    { everyMs: MINUTE, run: forget },
  ];
}

type EventsFlow = Pick<
  Flow,
  | "acceptEvents"
  | "isFull"
  | "readEvent"
  | "listEvents"
  | "deleteEvent"
  | "streamEvents"
  | "listEventTypes"
  | "listEventDeliveries"
>;

function eventsFlow(parts: Connected): EventsFlow {
  const { store, clock, groupCommit } = parts;
  return {
    acceptEvents: parts.accept,
    isFull: () => groupCommit.isFull(),
    readEvent: (projectId, eventId, withStatus) => readEvent(parts, { projectId, eventId, withStatus }),
    listEvents: (projectId, query) => listEvents(parts, projectId, query),
    deleteEvent: async (projectId, eventId) => {
      parts.recent.delete(eventId);
      if ((await store.deleteEvent(projectId, eventId, clock.now())) === "not_found") throw eventNotFound();
    },
    streamEvents: (projectId, filter, from) => streamEvents(parts, projectId, { filter, ...from }),
    listEventTypes: async (projectId) => {
      await parts.noteTypes.flush();
      return store.listEventTypes(projectId);
    },
    listEventDeliveries: (projectId, eventId, page) =>
      listEventDeliveries(parts, { projectId, eventId, page }),
  };
}

function inboxFlow(parts: Connected) {
  return {
    findInbox: (projectId, idOrName) => findInbox(parts, projectId, idOrName),
    leaseInbox: (inbox, wish) => leaseInbox(parts, inbox, wish),
    listWaiting: (inbox, query) => listWaiting(parts, inbox, query),
    settleDeliveries: (projectId, wishes) => settleDeliveries(parts, projectId, wishes),
    acknowledgeEvent: (inbox, eventId) => acknowledgeEvent(parts, inbox, eventId),
  } satisfies Partial<Flow>;
}

function subscriptionFlow(parts: Connected) {
  return {
    createInbox: (projectId, wish) => createInbox(parts, projectId, wish),
    createWebhook: (projectId, wish) => createWebhook(parts, projectId, wish),
    readSubscription: (projectId, id) => readSubscription(parts, projectId, id),
    findSubscription: async (projectId, name) => {
      const row = await parts.store.readSubscriptionByName(projectId, name);
      return row === null ? null : viewSubscription(parts, row);
    },
    listSubscriptions: async (projectId, page) => {
      const rows = await parts.store.listSubscriptions({ projectId, ...page });
      return Promise.all(rows.map((row) => viewSubscription(parts, row)));
    },
    changeSubscription: (projectId, id, wish) => changeSubscription(parts, { projectId, id }, wish),
    pauseSubscription: (projectId, id) => setPaused(parts, { projectId, id }, true),
    resumeSubscription: (projectId, id) => setPaused(parts, { projectId, id }, false),
    deleteSubscription: (projectId, id) => deleteSubscription(parts, projectId, id),
    readSecret: async (projectId, id) =>
      (await readWebhook(parts, { projectId, id })).webhook.secrets[0]?.secret ?? "",
    rotateSecret: (projectId, id, rotation) => rotateSecret(parts, { projectId, id }, rotation),
    readStats: (projectId, id) => readStats(parts, { projectId, id }),
  } satisfies Partial<Flow>;
}

function deliveryFlow(parts: Connected) {
  const { store, clock } = parts;
  return {
    listDeliveries: (request) => listDeliveries(parts, request),
    readDelivery: (projectId, key) => readDelivery(parts, projectId, key),
    redriveDelivery: (projectId, key) => redriveDelivery(parts, projectId, key),
    cancelDelivery: (projectId, wish) => cancelDelivery(parts, projectId, wish),
    startRedrive: (projectId, wish) => startRedrive(parts, projectId, wish),
    countRedrive: (projectId, wish) => countRedrive(parts, projectId, wish),
    replayEvent: (projectId, wish) => replayEvent(parts, projectId, wish),
    startReplay: (projectId, wish) => startReplay(parts, projectId, wish),
    countReplay: (projectId, wish) => countReplay(parts, projectId, wish),
    readJob: (projectId, id) => readJob(store, projectId, id),
    cancelJob: async (projectId, id) => {
      const outcome = await store.cancelJob(projectId, id, clock.now());
      if (outcome === "finished") throw new TriggersError("job_finished", "It has ended already.");
      return readJob(store, projectId, id);
    },
    explainEvent: (projectId, eventId) => explainEvent(parts, projectId, eventId),
    testFilter,
    testFilterOn: (projectId, wish) => testFilterOn(parts, projectId, wish),
    testFilterOnLast: (projectId, wish) => testFilterOnLast(parts, projectId, wish),
  } satisfies Partial<Flow>;
}

function keyFlow(parts: Connected) {
  const { store, clock, register } = parts;
  return {
    findCredential: (token) => register.find(token),
    createKey: (projectId, granter, wish) => createKey(parts, { projectId, granter }, wish),
    listKeys: async (projectId, page) => {
      await register.flush();
      return store.listCredentials({ projectId, now: clock.now(), ...page });
    },
    revokeKey: (projectId, id) => revokeKey(parts, register, { projectId, id }),
    rotateKey: (projectId, granter, wish) => rotateKey(parts, register, { projectId, granter, ...wish }),
  } satisfies Partial<Flow>;
}

function projectFlow(parts: Connected) {
  return {
    readProject: (projectId) => readProject(parts, projectId),
    createProject: (name) => createProject(parts, name),
    renameProject: (projectId, name) => renameProject(parts, projectId, name),
    deleteProject: (projectId) => deleteProject(parts, projectId),
    ensureFirstProject: (bootstrapKey) => ensureFirstProject(parts, bootstrapKey),
  } satisfies Partial<OpenFlow>;
}
