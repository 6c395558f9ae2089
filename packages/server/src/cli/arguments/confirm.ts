import { OperatorError } from "../../domain/errors.ts";

/** Asks before something that cannot be taken back; where nobody can answer, only `--yes` does. */
export async function confirm(question: string, { yes }: { readonly yes?: true }): Promise<void> {
  if (yes === true) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new OperatorError(`${question} Say --yes to do it.`);
  const prompts = await import("@clack/prompts");
  const isSure = await prompts.confirm({ message: question, initialValue: false, output: process.stderr });
  if (isSure !== true) throw new OperatorError("Nothing was done.");
}
