import type { FilterExplanation } from "../domain/filter/explain-filter.ts";

/** Why a filter matches or does not, as it is answered. */
export function renderJudgement(explanation: FilterExplanation) {
  return { matched: explanation.matched, failed: explanation.matched ? null : explanation.failed };
}
