/** Runs one command; a failure is told on standard error and ends the process with 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}

/** What an operator can act on: their errors are written for people. */
const FOR_OPERATORS = ["ConfigError", "DataFolderError", "MasterKeyError", "TriggersError"];

/** A message where there is something to do about it, such as an address in use; anything else is a bug and shows where. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isForOperator = FOR_OPERATORS.includes(error.name) || "syscall" in error;
  return isForOperator ? `triggers: ${error.message}` : (error.stack ?? error.message);
}
