import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Answer, type Client, connect, type Problem, type Sent } from "../../harness/client.ts";
import { type Program, prepareProgram } from "../../harness/start-program.ts";
import type { Plant } from "../plant.ts";

/** A refused caller comes again after this, not after the 2 s that the server asks for: each outage is to meet many calls. */
const PAUSE_MS = 100;

/** What the callers of all nodes were answered. */
export interface Watch {
  /** Answers by status and, of refusals, code. */
  readonly counts: Map<string, number>;
  /** Answers that no outage explains: a 500, a refusal without a problem, a connection that broke. */
  readonly faults: string[];
  /** Longest wait for an answer that was a refusal, in ms, without what the caller wished to wait. */
  slowestRefusal: { readonly call: string; readonly ms: number };
}

/** Started programs on one database, whose callers go on whatever happens to it. */
export interface Fleet extends AsyncDisposable {
  /** One for each node. */
  readonly plants: readonly Plant[];
  readonly watch: Watch;
  endLoad(): void;
}

export interface FleetOptions {
  /** Of the store, for each node. */
  readonly urls: readonly string[];
}

export async function openFleet({ urls }: FleetOptions): Promise<Fleet> {
  const shared = {
    TRIGGERS_MASTER_KEY: randomBytes(32).toString("base64"),
    TRIGGERS_BOOTSTRAP_API_KEY: `e2e-${randomBytes(24).toString("hex")}`,
    TRIGGERS_RATE_LIMIT: "0",
  };
  const programs = await Promise.all(
    urls.map((url) => prepareProgram({ env: { ...shared, TRIGGERS_STORE: url } })),
  );
  const watch: Watch = { counts: new Map(), faults: [], slowestRefusal: { call: "", ms: 0 } };
  const state = { isOver: false, isClosed: false };
  const plants = programs.map((program) => makePlant({ program, watch, state }));
  const fleet: Fleet = {
    ...{ plants, watch },
    endLoad() {
      state.isOver = true;
    },
    async [Symbol.asyncDispose]() {
      Object.assign(state, { isOver: true, isClosed: true });
      await Promise.all(plants.map((plant) => plant[Symbol.asyncDispose]()));
    },
  };
  try {
    for (const program of programs) await program.start();
  } catch (error) {
    await fleet[Symbol.asyncDispose]();
    throw error;
  }
  return fleet;
}

interface Parts {
  readonly program: Program;
  readonly watch: Watch;
  readonly state: { isOver: boolean; isClosed: boolean };
}

function makePlant({ program, watch, state }: Parts): Plant {
  const client = watched(connect(program, program.key), watch, state);
  const attempt = async <T>(method: string, path: string, sent?: Sent): Promise<Answer<T> | null> => {
    const answer = await client.send<T>(method, path, sent).catch(() => null);
    if (answer !== null && answer.status !== 503) return answer;
    await delay(PAUSE_MS);
    return null;
  };
  return {
    ...{ program, client, try: attempt },
    get isOver() {
      return state.isOver;
    },
    async insist<T>(method: string, path: string, sent?: Sent) {
      while (!state.isClosed) {
        const answer = await attempt<T>(method, path, sent);
        if (answer !== null) return answer;
      }
      return null;
    },
    goDown: () => Promise.reject(new Error("The nodes of a fleet stay up.")),
    endLoad() {
      state.isOver = true;
    },
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await program[Symbol.asyncDispose]();
    },
  };
}

function watched(client: Client, watch: Watch, state: Parts["state"]): Client {
  return {
    async send<T>(method: string, path: string, sent?: Sent) {
      const began = performance.now();
      try {
        const answer = await client.send<T>(method, path, sent);
        note(watch, {
          call: `${method} ${path}`,
          answer,
          tookMs: performance.now() - began - wishedMs(sent),
        });
        return answer;
      } catch (error) {
        if (!state.isClosed) watch.faults.push(`${method} ${path}: ${error}`);
        throw error;
      }
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

/** What a lease may wait for work. */
function wishedMs(sent: Sent | undefined): number {
  const body = sent?.body;
  if (typeof body !== "object" || body === null || !("wait_seconds" in body)) return 0;
  return Number(body.wait_seconds) * 1_000;
}

interface Answered {
  readonly call: string;
  readonly answer: Answer;
  readonly tookMs: number;
}

function note(watch: Watch, { call, answer, tookMs }: Answered): void {
  const { status, headers, bytes } = answer;
  const problem = status >= 400 ? (answer.json as Problem | null) : null;
  const name = problem === null ? String(status) : `${status} ${problem.code}`;
  watch.counts.set(name, (watch.counts.get(name) ?? 0) + 1);
  if (status === 503 && tookMs > watch.slowestRefusal.ms) watch.slowestRefusal = { call, ms: tookMs };
  const isRefusal = status === 503 && /^[1-9]\d*$/.test(headers["retry-after"] ?? "") && problem?.code;
  if (status >= 500 && !isRefusal) watch.faults.push(`${call} was answered ${status}: ${bytes}`);
}
