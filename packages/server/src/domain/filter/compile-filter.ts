import type { FieldFault } from "../errors.ts";
import { compileGroup } from "./compile-group.ts";
import type { CompiledFilter, Group } from "./compiled-filter.ts";
import { countCombinations } from "./count-combinations.ts";
import { type FilterDraft, refuse } from "./filter-draft.ts";
import { FILTER_LIMITS } from "./filter-limits.ts";
import { isObject, type JsonObject } from "./filterable-event.ts";
import { drawTogether, isCrossing, unfold } from "./unfold.ts";

export type FilterCompilation =
  | { readonly outcome: "compiled"; readonly filter: CompiledFilter }
  | { readonly outcome: "invalid"; readonly faults: readonly FieldFault[] };

/**
 * Compiles an EventBridge event pattern over `FilterableEvent`.
 *
 * No pattern (`null` or `undefined`) matches every event, and so does `{}`, which EventBridge refuses: whoever names no condition sets none.
 * Objects inside it may not be empty. A pattern that is invalid or exceeds `FILTER_LIMITS` is answered with up to `FILTER_LIMITS.faults`
 * faults; a fault's `pointer` is a JSON pointer into the pattern ("" is all of it), its `detail` says what to do.
 *
 * `pattern` is what JSON.parse gave; it is kept, so do not change it afterwards. Semantics:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * @example compileFilter({ type: [{ prefix: "order." }], payload: { amount: [{ numeric: [">", 1000] }] } })
 */
export function compileFilter(pattern: unknown): FilterCompilation {
  const draft: FilterDraft = { faults: [], values: 0, checks: 0, wildcardStars: 0 };
  const filter = compile(pattern ?? {}, draft);
  return filter === null ? { outcome: "invalid", faults: draft.faults } : { outcome: "compiled", filter };
}

function compile(pattern: unknown, draft: FilterDraft): CompiledFilter | null {
  const place = { draft, pointer: "" };
  if (!isObject(pattern))
    return refuse(
      place,
      'Give an object, such as {"type": ["order.created"]}, or no filter to take every event.',
    );
  const root = compileGroup(pattern, { ...place, depth: 1, isEnvelope: true });
  if (draft.faults.length === 0) checkLimits(pattern, root, draft);
  if (draft.faults.length > 0) return null;
  return {
    pattern,
    root,
    crossing: isCrossing(root) ? unfold(root) : null,
    readsMetadata: names(root, "metadata"),
    readsPayload: names(root, "payload"),
  };
}

/** The pattern is known to be well-formed and shallow here: it can be written as JSON. */
function checkLimits(pattern: JsonObject, root: Group, draft: FilterDraft): void {
  const bytes = Buffer.byteLength(JSON.stringify(pattern));
  const { ways } = countCombinations(root);
  const limits: readonly [exceeds: boolean, detail: string][] = [
    [bytes > FILTER_LIMITS.bytes, `Make the filter smaller: at most ${FILTER_LIMITS.bytes} bytes of JSON.`],
    [draft.values > FILTER_LIMITS.values, `List at most ${FILTER_LIMITS.values} values in one filter.`],
    [
      draft.checks > FILTER_LIMITS.checks,
      `Use at most ${FILTER_LIMITS.checks} lists and operators inside \`payload\` and \`metadata\`.`,
    ],
    [
      draft.wildcardStars > FILTER_LIMITS.wildcardStars,
      `Use at most ${FILTER_LIMITS.wildcardStars} stars in all wildcards.`,
    ],
    [
      ways > FILTER_LIMITS.combinations,
      `Use fewer \`$or\` branches: at most ${FILTER_LIMITS.combinations} combinations.`,
    ],
  ];
  const exceeded = limits.filter(([exceeds]) => exceeds);
  for (const [, detail] of exceeded) refuse({ draft, pointer: "" }, detail);
  if (exceeded.length === 0 && isCrossing(root)) checkUnfolding(root, draft);
}

function checkUnfolding(root: Group, draft: FilterDraft): void {
  const drawn = drawTogether(root);
  if (!isCrossing(drawn) || countCombinations(drawn).clauses <= FILTER_LIMITS.unfoldedClauses) return;
  refuse(
    { draft, pointer: "" },
    "Use fewer `$or` branches, or do not name the same field inside and outside of `$or`.",
  );
}

/** True when some clause is about this envelope field. */
function names(group: Group, field: string): boolean {
  return group.clauses.some((clause) =>
    clause.kind === "choice" ? clause.branches.some((branch) => names(branch, field)) : clause.key === field,
  );
}
