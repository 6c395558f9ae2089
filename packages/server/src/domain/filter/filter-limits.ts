/** What a filter may cost; what exceeds it is refused when the filter is compiled. */
export const FILTER_LIMITS = {
  /** Bytes of the filter as compact JSON in UTF-8. */
  bytes: 16 * 1024,
  /** Levels of fields and `$or` inside each other. */
  depth: 32,
  /** Values in the lists of all clauses together, those inside `anything-but` counted too. */
  values: 1_000,
  /** Ways to take one branch of every `$or`, as in EventBridge. */
  combinations: 1_000,
  /** Clauses after writing out all combinations; counts only where that is needed, see `unfold`. */
  unfoldedClauses: 500,
  /** Lists and operators inside `payload` and `metadata`: an array can make each of them look at all its elements. */
  checks: 100,
  /** `*` in all wildcards together, each of which may be searched for in a long value. */
  wildcardStars: 64,
  /** UTF-16 code units of one string, be it a value or a field name. */
  stringLength: 2_048,
  /** Faults reported at once. */
  faults: 20,
} as const;
