import type { ProjectStore } from "../store/project-store.ts";
import type { MasterKey, RandomBytes } from "./master-key.ts";

const SETTING = "alert_secret";
const SECRET_BYTES = 32;

/** The secret that alerts are signed with, one for the whole installation: made when it is first asked for and kept wrapped by the master key. */
export async function loadAlertSecret(parts: {
  readonly store: Pick<ProjectStore, "putSetting">;
  readonly masterKey: MasterKey;
  readonly randomBytes: RandomBytes;
}): Promise<string> {
  const { store, masterKey, randomBytes } = parts;
  const wrapped = await store.putSetting(SETTING, masterKey.wrap(SETTING, randomBytes(SECRET_BYTES)));
  const key = masterKey.unwrap(SETTING, wrapped);
  if (key === null)
    throw new Error("the alert secret does not open with the master key: its row was altered");
  return `whsec_${key.toString("base64")}`;
}
