import type { AcceptedValue } from "./accepted-value.ts";
import { compileAnythingBut } from "./compile-anything-but.ts";
import { compileNumeric } from "./compile-numeric.ts";
import { compileEnd, compileText } from "./compile-text.ts";
import { inside, type Place, refuse } from "./filter-draft.ts";
import type { JsonObject } from "./filterable-event.ts";
import { parseNetwork } from "./ip-network.ts";

type CompileOperand = (operand: unknown, place: Place) => AcceptedValue | null;

const OPERATORS: ReadonlyMap<string, CompileOperand> = new Map<string, CompileOperand>([
  ["prefix", (operand, place) => compileEnd("prefix", operand, place)],
  ["suffix", (operand, place) => compileEnd("suffix", operand, place)],
  ["equals-ignore-case", (operand, place) => compileText("equals-ignore-case", operand, place)],
  ["wildcard", (operand, place) => compileText("wildcard", operand, place)],
  ["anything-but", compileAnythingBut],
  ["numeric", compileNumeric],
  ["cidr", compileCidr],
  ["exists", compileExists],
]);

export const OPERATOR_NAMES = [...OPERATORS.keys()].map((name) => `\`${name}\``).join(", ");

export function isOperator(name: string): boolean {
  return OPERATORS.has(name);
}

/** An object in a field's list: one operator with its operand. */
export function compileOperator(expression: JsonObject, place: Place): AcceptedValue | null {
  const [name, ...more] = Object.keys(expression);
  if (name === undefined || more.length > 0)
    return refuse(place, "Give exactly one operator in each object; several in one list are alternatives.");
  const compileOperand = OPERATORS.get(name);
  if (compileOperand === undefined) return refuse(place, `Use one of the operators ${OPERATOR_NAMES}.`);
  place.draft.checks++;
  return compileOperand(expression[name], inside(place, name));
}

function compileCidr(operand: unknown, place: Place): AcceptedValue | null {
  const network = typeof operand === "string" ? parseNetwork(operand) : null;
  if (network === null)
    return refuse(place, 'Give `cidr` a network such as "10.0.0.0/8" or "2001:db8::/32".');
  return { kind: "network", network };
}

function compileExists(operand: unknown, place: Place): AcceptedValue | null {
  if (typeof operand !== "boolean") return refuse(place, "Give `exists` either true or false.");
  return { kind: "presence", exists: operand };
}
