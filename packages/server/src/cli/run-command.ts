import { ConfigError } from "../config.ts";

/** Runs one command; a failure is told on standard error and ends the process with 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** What an operator can act on is a message; anything else is a bug and shows where. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isForOperator = error instanceof ConfigError || error.name !== "Error" || "code" in error;
  return isForOperator ? `triggers: ${error.message}` : (error.stack ?? error.message);
}
