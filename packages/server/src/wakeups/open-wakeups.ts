import { readAwsAddress } from "../domain/aws-address.ts";
import { makeLocalWakeups } from "./local-wakeups.ts";
import type { Wakeups } from "./wakeups.ts";

/** Opens the wake-ups that belong to a store, as the setting `TRIGGERS_STORE` names it. `onError` hears of connections that failed and are tried again. */
export async function openWakeups({
  store,
  onError,
}: {
  readonly store: string;
  readonly onError: (error: unknown) => void;
}): Promise<Wakeups> {
  const address = readAwsAddress(store);
  if (address !== null) {
    const { openSqsWakeups } = await import("./sqs-wakeups.ts");
    return openSqsWakeups({ place: address, onError });
  }
  if (!/^postgres(ql)?:/.test(store)) return makeLocalWakeups();
  const { openPostgresWakeups } = await import("./postgres-wakeups.ts");
  return openPostgresWakeups({ url: store, onError });
}

/** Makes the queue that a store on AWS has beside it; gives its name if it was missing. */
export async function migrateWakeups(store: string): Promise<readonly string[]> {
  const address = readAwsAddress(store);
  if (address === null) return [];
  const { makeQueue } = await import("./make-queue.ts");
  return (await makeQueue(address)) ? [address.queue] : [];
}
