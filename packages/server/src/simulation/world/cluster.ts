import { TriggersError } from "../../domain/errors.ts";
import type { OpenFlow } from "../../flow/open-flow.ts";
import { judgeError, type Node } from "./node.ts";
import type { World } from "./world.ts";

/** What a caller gets: an answer, a refusal, or nothing, and then it cannot know whether its wish came true. */
export type Answer<T> =
  | { readonly kind: "answered"; readonly value: T }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "unknown" };

/** The nodes behind one address. */
export interface Cluster {
  readonly nodes: readonly Node[];
  /** Calls any node that is up; `signal` is aborted when the caller gives up. */
  call<T>(work: Work<T>, timeoutMs?: number): Promise<Answer<T>>;
}

type Work<T> = (flow: OpenFlow, signal: AbortSignal) => Promise<T>;

const TIMEOUT_MS = 10_000;
const LATEST_ARRIVAL_MS = 3;

export function makeCluster(world: World, nodes: readonly Node[]): Cluster {
  const { random, scheduler } = world;
  return {
    nodes,
    call<T>(work: Work<T>, timeoutMs = TIMEOUT_MS): Promise<Answer<T>> {
      const called = random.pickOf(nodes.filter((one) => one.isServing()));
      return new Promise((resolve) => {
        if (called === null) {
          scheduler.after(random.between(1, 100), () => resolve({ kind: "unknown" }));
          return;
        }
        const { machine } = called;
        const caller = new AbortController();
        let isOver = false;
        const end = (answer: Answer<T>) => {
          if (isOver) return;
          isOver = true;
          cancelTimer();
          forget();
          resolve(answer);
        };
        const forget = machine.onCrash(() => end({ kind: "unknown" }));
        const cancelTimer = scheduler.after(timeoutMs, () => {
          machine.post(0, () => caller.abort());
          end({ kind: "unknown" });
        });
        machine.post(random.between(0, LATEST_ARRIVAL_MS), () => {
          void work(called.flow(), caller.signal).then(
            (value) => end({ kind: "answered", value }),
            (error: unknown) => end(answerFor(world, error)),
          );
        });
      });
    },
  };
}

/** A store failure is answered with 503: what was wished may have come true. */
function answerFor(world: World, error: unknown): Answer<never> {
  if (!(error instanceof TriggersError)) judgeError(world, error);
  const code = error instanceof TriggersError ? error.code : "internal";
  return code === "storage_unavailable" ? { kind: "unknown" } : { kind: "refused", code };
}
