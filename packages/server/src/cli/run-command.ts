import { OperatorError, TriggersError } from "../domain/errors.ts";
import { isRefusal, wordsForRefusal } from "./connection/refusal-words.ts";

/** Runs one command; a failure is told on standard error and ends the process with 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exitCode = 1;
  }
}

/**
 * A message where there is something to do about it, such as an address in use, what a server refuses or what a database says of its own (`severity`); anything else
 * is a bug and shows where.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A name with several addresses, of which none was reached.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (isRefusal(error)) return `triggers: ${wordsForRefusal(error)}`;
  const isWritten = error instanceof OperatorError || error instanceof TriggersError;
  const isForOperator = isWritten || "syscall" in error || "severity" in error;
  return isForOperator ? `triggers: ${error.message}` : (error.stack ?? error.message);
}
