import { startTimer } from "../connection/deadline.ts";
import type { RequestOptions } from "../connection/read-options.ts";
import type { Backoff } from "../connection/retry.ts";
import { TriggersError } from "../connection/triggers-error.ts";
import type { Event, LeasedDelivery } from "../json/event.ts";
import type { Handler, Tally, Watcher } from "./consume-options.ts";
import type { ConsumerCalls } from "./consumer-calls.ts";
import { judgeError, judgeResult } from "./judge-outcome.ts";
import { keepLeases } from "./keep-leases.ts";
import { makeBell } from "./make-bell.ts";
import { type ConsumeTerms, type ConsumeWish, readTerms } from "./read-terms.ts";
import { makeSettle, type Settle, type Verdict } from "./settle-deliveries.ts";
import { makeTakeNow, makeTakePatiently, type TakeDeliveries } from "./take-deliveries.ts";
import { makeWork, type Work } from "./work.ts";

/** Gives an event its payload where that had no room beside others. */
export type WithPayload = (event: Event, options: RequestOptions) => Promise<Event>;

interface Parts {
  readonly calls: ConsumerCalls;
  readonly withPayload: WithPayload;
  readonly backoff: Backoff;
}

export function startConsumer(parts: Parts, handler: Handler, wish: ConsumeWish): Watcher {
  const consumer = new Consumer(parts, handler, readTerms(wish));
  const done = consumer.run();
  return {
    done,
    stop: () => {
      consumer.stop();
      return done;
    },
  };
}

/** Takes deliveries, hands them to the handler and settles them. */
class Consumer {
  readonly #parts: Parts;
  readonly #handler: Handler;
  readonly #terms: ConsumeTerms;
  readonly #take: TakeDeliveries;
  readonly #settle: Settle;
  readonly #stopping = new AbortController();
  /** Rung whenever a handler ends, a delivery is settled, or it is to stop. */
  readonly #bell = makeBell();
  /** Taken and not settled yet. */
  readonly #held = new Set<Work>();
  readonly #running = new Set<Work>();
  readonly #tally = { acknowledged: 0, released: 0, buried: 0, lost: 0, unsettled: 0 };
  #failure: { readonly error: unknown } | null = null;

  constructor(parts: Parts, handler: Handler, terms: ConsumeTerms) {
    const { inbox, lease_seconds, wait_seconds, untilEmpty } = terms;
    this.#parts = parts;
    this.#handler = handler;
    this.#terms = terms;
    this.#settle = makeSettle(parts.calls);
    this.#take = (untilEmpty ? makeTakeNow : makeTakePatiently)({
      ...parts,
      wish: { lease_seconds, wait_seconds, ...(inbox === undefined ? {} : { inbox }) },
      signal: this.#stopping.signal,
      onError: (error) => this.#tell(error, null),
    });
  }

  async run(): Promise<Tally> {
    const { signal, lease_seconds: leaseSeconds } = this.#terms;
    const stop = (): void => this.stop();
    const onError = (error: unknown): void => this.#tell(error, null);
    const letGo = keepLeases({ calls: this.#parts.calls, leaseSeconds, held: this.#held, onError });
    signal?.addEventListener("abort", stop);
    if (signal?.aborted === true) this.stop();
    try {
      await this.#takeAll().catch((error: unknown) => this.#fail(error));
      await this.#settleAll();
    } finally {
      letGo();
      signal?.removeEventListener("abort", stop);
    }
    if (this.#failure !== null) throw this.#failure.error;
    return { ...this.#tally };
  }

  stop(): void {
    this.#stopping.abort();
    this.#bell.ring();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.stop();
  }

  async #takeAll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const room = this.#room();
      if (room <= 0) {
        await this.#bell.wait();
        continue;
      }
      const leased = await this.#take(room);
      for (const delivery of leased) this.#begin(delivery);
      if (!this.#terms.untilEmpty || leased.length > 0) continue;
      if (this.#held.size === 0) return;
      await this.#bell.wait();
    }
  }

  /** Handlers that may begin; fewer while settles of those before are still on their way. */
  #room(): number {
    const { concurrency } = this.#terms;
    return Math.min(concurrency - this.#running.size, 2 * concurrency - this.#held.size);
  }

  #begin(delivery: LeasedDelivery): void {
    const work = makeWork(delivery);
    this.#held.add(work);
    if (this.#stopping.signal.aborted) void this.#end(work, givenBack());
    else void this.#handle(work);
  }

  async #handle(work: Work): Promise<void> {
    const { delivery } = work;
    this.#running.add(work);
    const verdict = await this.#judge(work);
    // Released already, if it had no more time.
    const isHeld = this.#running.delete(work);
    this.#bell.ring();
    if (verdict.error !== undefined && isHeld) this.#tell(verdict.error, delivery);
    if (isHeld) await this.#end(work, verdict);
  }

  async #judge({ delivery, signal }: Work): Promise<Verdict & { readonly error?: unknown }> {
    const { delivery_id, attempt } = delivery;
    try {
      const event = await this.#parts.withPayload(delivery.event, { signal });
      const result = await this.#handler(event, { delivery_id, attempt, signal });
      return judgeResult(result, delivery, this.#terms);
    } catch (error) {
      return { ...judgeError(error, delivery, this.#terms), error };
    }
  }

  async #end(work: Work, verdict: Verdict): Promise<void> {
    try {
      const { outcome } = await this.#settle(work.delivery, verdict);
      this.#count(outcome);
    } catch (error) {
      this.#tally.unsettled++;
      this.#tell(error, work.delivery);
    } finally {
      this.#held.delete(work);
      this.#bell.ring();
    }
  }

  #count(outcome: string): void {
    if (outcome === "acknowledged" || outcome === "already_acknowledged") this.#tally.acknowledged++;
    else if (outcome === "released" || outcome === "buried") this.#tally[outcome]++;
    else this.#tally.lost++;
  }

  async #settleAll(): Promise<void> {
    const timer = startTimer(() => this.#giveUp(), this.#terms.stopTimeoutMs);
    while (this.#held.size > 0) await this.#bell.wait();
    clearTimeout(timer);
  }

  /** Releases what is still at work. */
  #giveUp(): void {
    for (const work of this.#running) {
      this.#running.delete(work);
      work.abort(stopped());
      void this.#end(work, givenBack());
    }
  }

  #tell(error: unknown, delivery: LeasedDelivery | null): void {
    try {
      this.#terms.onError?.(error, delivery);
    } catch (fault) {
      this.#fail(fault);
    }
  }
}

function givenBack(): Verdict {
  return { verb: "release", delaySeconds: 0, reason: "the consumer stopped" };
}

function stopped(): TriggersError {
  const detail = "The consumer was stopped and the time for its handlers is over.";
  return new TriggersError({ code: "stopped", detail });
}
