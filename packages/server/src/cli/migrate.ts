import { readConfig } from "../config.ts";
import { migrateStore } from "../store/open-store.ts";
import { migrateWakeups } from "../wakeups/open-wakeups.ts";

/** Makes what the store of the settings needs before its first start. What is there stays as it is. */
export async function migrate(options: { readonly json?: true }): Promise<void> {
  const config = readConfig();
  const tables = await migrateStore(config);
  const made = tables === null ? null : [...tables, ...(await migrateWakeups(config.store))];
  process.stdout.write(options.json === true ? `${JSON.stringify({ made: made ?? [] })}\n` : wordsFor(made));
}

function wordsFor(made: readonly string[] | null): string {
  if (made === null) return "Nothing to do: SQLite and PostgreSQL are brought up to date at each start.\n";
  if (made.length === 0) return "Everything is there.\n";
  return `${made.map((name) => `✓ made ${name}`).join("\n")}\nStart the server.\n`;
}
