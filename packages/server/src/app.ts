import { randomBytes } from "node:crypto";
import { uptime } from "node:os";
import type { FastifyInstance } from "fastify";
import type { Config } from "./config.ts";
import { makeIdSource } from "./domain/ids.ts";
import type { KeepTimes } from "./flow/accept-events.ts";
import type { Clock, Randomness } from "./flow/clock.ts";
import { checkCopied } from "./flow/copy-store.ts";
import { type OpenFlow, openFlow } from "./flow/open-flow.ts";
import { shareRates } from "./flow/share-rates.ts";
import { makeSteadyTime } from "./flow/steady-time.ts";
import { makeStoreTime, type StoreTime } from "./flow/store-time.ts";
import { startSweep } from "./flow/sweep.ts";
import type { EventView } from "./flow/views.ts";
import { makeAnswerBytes } from "./http/answer-bytes.ts";
import { makeHttpServer } from "./http/http-server.ts";
import { makeRateLimit } from "./http/rate-limit.ts";
import { writeEvent } from "./http/render-event.ts";
import { type Log, makeLog } from "./observe/log.ts";
import { makeMetrics } from "./observe/metrics.ts";
import { version } from "./observe/version.ts";
import { makeSender } from "./push/make-sender.ts";
import { makePushLoop } from "./push/push-loop.ts";
import { makeSendAlert } from "./push/send-alert.ts";
import { makeSendTest } from "./push/test-webhook.ts";
import { loadAlertSecret } from "./seal/alert-secret.ts";
import { loadMasterKey } from "./seal/load-master-key.ts";
import { type MasterKey, makeMasterKeyText } from "./seal/master-key.ts";
import { makeSealer, type Sealer } from "./seal/sealer.ts";
import { openStore } from "./store/open-store.ts";
import type { Store } from "./store/store.ts";
import { openWakeups } from "./wakeups/open-wakeups.ts";

/** The whole program, put together. */
export interface App {
  readonly config: Config;
  readonly store: Store;
  readonly flow: OpenFlow;
  readonly server: FastifyInstance;
  readonly log: Log;
  /** The key of the first project, if this start made it. */
  readonly firstKey: string | null;
  /** Takes nothing new, makes everything accepted durable, answers what is under way, then frees everything. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const random: Randomness = {
  number: Math.random,
  bytes: (length) => randomBytes(length),
};

/** Opens store, keys, flow and HTTP server; nothing listens yet. */
export async function openApp(config: Config): Promise<App> {
  const log = makeLog(config.logLevel);
  const { store, sealer, clock, masterKey, time } = await openStorage(config);
  const onError = (error: unknown) =>
    log.error({ err: error }, "a background task failed and will be tried again");
  const wakeups = await openWakeups({ store: config.store, onError });
  const shared = { store, sealer, clock, random, wakeups, onError };
  const userAgent = `triggers-api/${version}`;
  const alert = await openAlert(config, { ...shared, masterKey, userAgent });
  const flow = openFlow({
    ...shared,
    alert: alert?.send ?? null,
    nextId: makeIdSource(random.bytes),
    keep: keepTimes(config),
    isSweeping: config.roles.includes("sweep"),
  });
  const sender = makeSender({ allowNetworks: config.allowNetworks });
  const push = { ...shared, sender, flow: flow.push, renderEvent, userAgent };
  const loop = config.roles.includes("push") ? makePushLoop(push) : null;
  const firstKey = await flow.ensureFirstProject(config.bootstrapApiKey);
  const metrics = makeMetrics(version);
  metrics.addGauge({
    name: "triggers_accept_queue_events",
    help: "Events that wait for their commit or are being written.",
    read: () => flow.acceptDepth(),
  });
  const sendTest = makeSendTest(push);
  const rateLimit = makeRateLimit(config.rateLimit, clock.monotonic);
  const nodeId = Buffer.from(random.bytes(16)).toString("base64url");
  const sharing = await shareRates({ ...shared, nodeId, limits: rateLimit });
  const measuring = startSweep(clock, [{ everyMs: MINUTE_MS, run: time.measure }], onError);
  const checkHealth = async () => {
    time.check(clock.now());
    await flow.checkHealth();
  };
  const served = { ...flow, checkHealth };
  const server = await makeHttpServer({ flow: served, config, log, metrics, version, sendTest, rateLimit });
  loop?.start();
  return {
    ...{ config, store, flow, server, log, firstKey },
    async close() {
      await server.close();
      await Promise.all([sharing.close(), measuring.close()]);
      await loop?.stop();
      await Promise.all([sender.close(), alert?.close()]);
      await flow.close();
      await wakeups.close();
      await store.close();
    },
  };
}

/** The Event as a webhook gets it: what the API shows, without its status. */
function renderEvent(view: EventView): Uint8Array {
  const answer = makeAnswerBytes();
  writeEvent(answer, view, { withStatus: false });
  return answer.end();
}

interface Storage {
  readonly store: Store;
  readonly masterKey: MasterKey;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly time: StoreTime;
}

/** The store and the keys that open it. */
export async function openStorage(config: Config): Promise<Storage> {
  const store = await openStore(config);
  try {
    await checkCopied(store);
    const time = await makeStoreTime({ store, wallMs: Date.now });
    const clock = makeRealClock(time.wallMs);
    // What is kept in memory goes with its key.
    const forgettable = config.store === "memory" ? makeMasterKeyText(random.bytes) : null;
    const masterKey = await loadMasterKey({
      fromSetting: config.masterKey ?? forgettable,
      dataDir: config.store === "sqlite" ? config.dataDir : null,
      store,
      randomBytes: random.bytes,
    });
    const isEncrypting = config.encryption === "on";
    const sealer = makeSealer({
      store,
      masterKey,
      isEncrypting,
      randomBytes: random.bytes,
      monotonicMs: clock.monotonic,
    });
    return { store, masterKey, sealer, clock, time };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function keepTimes({ retentionDays, backlogDays, idempotencyDays }: Config): KeepTimes {
  return {
    retentionMs: retentionDays * DAY_MS,
    backlogMs: backlogDays * DAY_MS,
    idempotencyMs: idempotencyDays * DAY_MS,
  };
}

/** Follows the wall clock, as the store's time corrects it, but does not jump with it. */
function makeRealClock(wallMs: () => number): Clock {
  const monotonic = () => performance.now();
  return {
    now: makeSteadyTime({ wallMs, monotonicMs: monotonic, uptimeSeconds: uptime }),
    monotonic,
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    soon: (run) => {
      setImmediate(run);
    },
  };
}

/** The operator's own URL may lie anywhere; it is not a caller's to choose. */
async function openAlert(config: Config, parts: AlertParts) {
  if (config.alertUrl === null) return null;
  const secret = await loadAlertSecret({ ...parts, randomBytes: random.bytes });
  const sender = makeSender({ allowNetworks: ["0.0.0.0/0", "::/0"] });
  return {
    send: makeSendAlert({ ...parts, sender, secret, url: config.alertUrl }),
    close: () => sender.close(),
  };
}

interface AlertParts extends Pick<Storage, "store" | "masterKey" | "clock"> {
  readonly random: Randomness;
  readonly userAgent: string;
  readonly onError: (error: unknown) => void;
}
