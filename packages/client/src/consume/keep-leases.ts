import { TriggersError } from "../connection/triggers-error.ts";
import type { ConsumerCalls } from "./consumer-calls.ts";
import type { Work } from "./work.ts";

interface Keeping {
  readonly calls: Pick<ConsumerCalls, "extend">;
  readonly leaseSeconds: number;
  /** What is held now. */
  readonly held: ReadonlySet<Work>;
  readonly onError: (error: unknown) => void;
}

/** Extends the leases of all that is held, each third of their time, until it is stopped. */
export function keepLeases({ calls, leaseSeconds, held, onError }: Keeping): () => void {
  const everyMs = (leaseSeconds * 1_000) / 3;
  let isBusy = false;

  async function extend(): Promise<void> {
    if (isBusy || held.size === 0) return;
    isBusy = true;
    try {
      const works = [...held];
      const items = works.map(({ delivery }) => ({ ...delivery, lease_seconds: leaseSeconds }));
      // A later round does it as well.
      const results = await calls.extend(items, { timeoutMs: everyMs });
      results.forEach(({ outcome }, index) => {
        const work = works[index];
        if (outcome !== "extended" && work !== undefined && held.has(work)) work.abort(leaseLost());
      });
    } catch (error) {
      onError(error);
    } finally {
      isBusy = false;
    }
  }

  const timer = setInterval(() => void extend(), everyMs);
  return () => clearInterval(timer);
}

function leaseLost(): TriggersError {
  const detail = "The lease has ended and somebody else has the delivery.";
  return new TriggersError({ code: "lease_lost", detail });
}
