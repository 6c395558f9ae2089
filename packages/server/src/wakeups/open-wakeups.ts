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
  if (!/^postgres(ql)?:/.test(store)) return makeLocalWakeups();
  const { openPostgresWakeups } = await import("./postgres-wakeups.ts");
  return openPostgresWakeups({ url: store, onError });
}
