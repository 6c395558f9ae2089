import { randomBytes } from "node:crypto";

/** A store that survives the end of the program, as the started program is told of it. */
export interface StoreUnderTest {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What is not named runs on the embedded store: `CHAOS_STORES=sqlite,postgres://… npm run test:chaos`. */
export const STORES: readonly StoreUnderTest[] = (process.env.CHAOS_STORES ?? "sqlite")
  .split(",")
  .map((setting) => ({
    name: setting.split(":", 1)[0] ?? setting,
    // Stores beside the data folder have no place for a key of their own making.
    env: { TRIGGERS_STORE: setting, TRIGGERS_MASTER_KEY: randomBytes(32).toString("base64") },
  }));
