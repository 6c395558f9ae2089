import { OperatorError } from "../../domain/errors.ts";

/** A filter with the types that were named for short: `order.*` is all that begin with `order.`. */
export function typeFilter(
  types: readonly string[] | undefined,
  filter: Record<string, unknown> | undefined,
): Record<string, unknown> | undefined {
  if (types === undefined) return filter;
  if (filter !== undefined && "type" in filter)
    throw new OperatorError("Give types by --type or in --filter, not in both.");
  const patterns = types.map((type) => (type.endsWith("*") ? { prefix: type.slice(0, -1) } : type));
  return { type: patterns, ...filter };
}
