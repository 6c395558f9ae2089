import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { OperatorError } from "../../domain/errors.ts";
import { parseObject } from "./exact-json.ts";

/** A JSON object out of a file, or of standard input (`-`). */
export async function readJsonInput(path: string): Promise<Record<string, unknown>> {
  const content = path === "-" ? await text(process.stdin) : await readFile(path, "utf8");
  const from = path === "-" ? "Standard input" : path;
  try {
    const value = parseObject(content);
    if (value !== null) return value;
  } catch {
    throw new OperatorError(`${from} is not JSON.`);
  }
  throw new OperatorError(`${from} must be one JSON object.`);
}
