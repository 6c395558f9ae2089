import { OperatorError } from "../../domain/errors.ts";

/** Asks for a key without showing it; where nobody can answer, says how else to give one. */
export async function askKey(url: string): Promise<{ readonly value: string; readonly from: string }> {
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw new OperatorError(
      `A key is needed for ${url}. Set TRIGGERS_API_KEY, or make a profile with \`triggers profiles add\`, or give --api-key.`,
    );
  // Standard output is for what the command writes.
  const value = await promptKey(`API key for ${url}`);
  return { value, from: "the prompt" };
}

export async function promptKey(message: string): Promise<string> {
  const { isCancel, password } = await import("@clack/prompts");
  const validate = (given: string | undefined) =>
    /^[\x21-\x7e]+$/.test(given ?? "") ? undefined : "A key is printable ASCII without spaces.";
  const answer = await password({ message, validate, output: process.stderr });
  if (isCancel(answer)) throw new OperatorError("Nothing was done: no key was given.");
  return answer;
}
