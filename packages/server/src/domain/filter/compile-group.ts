import { type AcceptedValue, makeValueSet } from "./accepted-value.ts";
import { compileOperator, isOperator, OPERATOR_NAMES } from "./compile-operator.ts";
import {
  type ChoiceClause,
  type Clause,
  type Group,
  type GroupClause,
  type LeafClause,
  makeGroup,
} from "./compiled-filter.ts";
import { fits, inside, type Place, refuse } from "./filter-draft.ts";
import { FILTER_LIMITS } from "./filter-limits.ts";
import { isArray, isObject, type JsonObject, type JsonValue } from "./filterable-event.ts";

/** An object of the pattern: where it stands, how deep, and whether its fields are the envelope's. */
export interface GroupPlace extends Place {
  readonly depth: number;
  readonly isEnvelope: boolean;
}

/** Whether a field of the envelope takes a list, an object, or (the payload) both. */
const ENVELOPE_FIELDS: ReadonlyMap<string, "list" | "object" | "any"> = new Map([
  ["type", "list"],
  ["source", "list"],
  ["subject", "list"],
  ["tags", "list"],
  ["metadata", "object"],
  ["payload", "any"],
]);

/** Not set, these are shown as null and count as absent: so null in their list stands for their absence. */
const UNSET_IS_NULL: ReadonlySet<string> = new Set(["type", "source", "subject"]);

/** Faults are reported, and what could be compiled is returned. */
export function compileGroup(pattern: JsonObject, place: GroupPlace): Group {
  if (place.depth > FILTER_LIMITS.depth) {
    refuse(place, `Nest fields and \`$or\` at most ${FILTER_LIMITS.depth} deep.`);
    return makeGroup([]);
  }
  const clauses = Object.keys(pattern).map((key) => compileEntry(key, pattern[key], place));
  return makeGroup(clauses.filter((clause) => clause !== null));
}

function compileEntry(key: string, value: JsonValue | undefined, place: GroupPlace): Clause | null {
  const at = { ...place, ...inside(place, key) };
  if (key === "$or") return compileChoice(value, at);
  if (!fits(key, place)) return null;
  const takes = place.isEnvelope ? ENVELOPE_FIELDS.get(key) : "any";
  if (takes === undefined)
    return refuse(
      at,
      "Filter on `type`, `source`, `subject`, `tags`, `metadata` or `payload`; fields of your own are inside `payload`.",
    );
  if (isArray(value) && takes !== "object") return compileLeaf(key, value, at);
  if (isObject(value) && takes !== "list") return compileInner(key, value, at);
  return refuse(at, HOW[takes]);
}

const HOW = {
  any: 'Put the accepted values in a list, such as ["paid"] or [{"prefix": "pa"}], or give an object of fields.',
  list: 'Put the accepted values in a list, such as ["paid"] or [{"prefix": "pa"}].',
  object: 'Give an object of fields, such as {"priority": ["high"]}.',
};

/** `$or`: at least two objects, each like the one around it. */
function compileChoice(branches: JsonValue | undefined, place: GroupPlace): ChoiceClause | null {
  if (!isArray(branches) || branches.length < 2)
    return refuse(place, "Give `$or` a list of at least two objects.");
  return {
    kind: "choice",
    branches: branches.map((branch, index) => compileBranch(branch, { ...place, ...inside(place, index) })),
  };
}

function compileBranch(branch: JsonValue, place: GroupPlace): Group {
  const keys = isObject(branch) ? Object.keys(branch) : [];
  if (!isObject(branch) || keys.length === 0) {
    refuse(place, "Give `$or` objects with at least one field each.");
    return makeGroup([]);
  }
  // EventBridge reserves the names of operators here too: `[{"prefix": "a"}, …]` is meant for the list of a field.
  if (keys.some(isOperator)) {
    refuse(place, `Name a field here; the operators ${OPERATOR_NAMES} belong into the list of a field.`);
    return makeGroup([]);
  }
  return compileGroup(branch, { ...place, depth: place.depth + 1 });
}

function compileInner(key: string, pattern: JsonObject, place: GroupPlace): GroupClause | null {
  if (Object.keys(pattern).length === 0)
    return refuse(place, 'Name at least one field; [{"exists": true}] is a list that takes any value.');
  const group = compileGroup(pattern, { ...place, depth: place.depth + 1, isEnvelope: false });
  return { kind: "group", key, group };
}

function compileLeaf(key: string, values: readonly JsonValue[], place: GroupPlace): LeafClause | null {
  const { draft } = place;
  draft.values += values.length;
  if (values.length === 0) return refuse(place, "Give at least one value.");
  const { checks } = draft;
  const accepted = values
    .map((value, index) => compileValue(value, inside(place, index)))
    .filter((one) => one !== null);
  // Whatever a filter does with the short fields of the envelope is cheap.
  draft.checks = place.isEnvelope && key !== "payload" ? checks : draft.checks + 1;
  const acceptsAbsence = accepted.some((one) => one.kind === "presence" && !one.exists);
  return {
    kind: "leaf",
    key,
    values: makeValueSet(accepted),
    acceptsAny: accepted.some((one) => one.kind === "presence" && one.exists),
    acceptsAbsence: acceptsAbsence || (place.isEnvelope && UNSET_IS_NULL.has(key) && values.includes(null)),
  };
}

function compileValue(value: JsonValue, place: Place): AcceptedValue | null {
  if (isObject(value)) return compileOperator(value, place);
  if (typeof value === "string") return fits(value, place) ? { kind: "exact", value } : null;
  if (isArray(value))
    return refuse(place, "Put values and operators straight into the list, not into a list inside it.");
  if (typeof value === "number" && !Number.isFinite(value))
    return refuse(place, "Use a number that a 64-bit double can hold.");
  return { kind: "exact", value };
}
