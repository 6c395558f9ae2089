import { randomBytes } from "node:crypto";
import { openStorage } from "../app.ts";
import { readConfig } from "../config.ts";
import { loadAlertSecret } from "../seal/alert-secret.ts";

/** Prints the secret of the alerts, made if there is none yet. */
export async function showAlertSecret(): Promise<void> {
  const { store, masterKey } = await openStorage(readConfig());
  try {
    process.stdout.write(`${await loadAlertSecret({ store, masterKey, randomBytes })}\n`);
  } finally {
    await store.close();
  }
}
