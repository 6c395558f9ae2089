import { isUtf8 } from "node:buffer";
import type { JsonFaultCode } from "../json-fault.ts";

/**
 * The door's rules once more, written for clarity on top of `JSON.parse`. `malformed` stands for every fault that is
 * found before the text is known to be JSON, in whatever order.
 */
export function judgeJson(bytes: Buffer, depthLimit: number): JsonFaultCode | "ok" {
  if (!isUtf8(bytes) || bytes.toString().startsWith("\ufeff")) return "invalid_utf8";
  const text = bytes.toString();
  try {
    JSON.parse(text);
  } catch {
    return "malformed_json";
  }
  const found = faultsOf(text, depthLimit);
  return found.includes("duplicate_key") ? "duplicate_key" : (found[0] ?? "ok");
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The faults of a text that `JSON.parse` takes, in their order. */
function faultsOf(text: string, depthLimit: number): JsonFaultCode[] {
  const faults: JsonFaultCode[] = [];
  const open: (Set<string> | undefined)[] = [];
  const tokens = text.match(TOKEN) ?? [];
  for (const [index, token] of tokens.entries()) {
    if (token === "{" || token === "[") open.push(token === "{" ? new Set() : undefined);
    if ((token === "{" || token === "[") && open.length > depthLimit) faults.push("json_too_deep");
    if (token === "}" || token === "]") open.pop();
    if (!token.startsWith('"')) continue;
    const string: string = JSON.parse(token);
    if (!string.isWellFormed()) faults.push("lone_surrogate");
    const names = tokens[index + 1] === ":" && open.length <= depthLimit ? open.at(-1) : undefined;
    if (names?.has(string)) faults.push("duplicate_key");
    names?.add(string);
  }
  return faults;
}
