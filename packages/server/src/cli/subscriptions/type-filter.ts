import { OperatorError } from "../../domain/errors.ts";

/** A filter with the types that were named for short: `order.created`, `order.*`, `*.created`. An event must fit both. */
export function typeFilter(
  types: readonly string[] | undefined,
  filter: Record<string, unknown> | undefined,
): Record<string, unknown> | undefined {
  if (types === undefined) return filter;
  if (filter !== undefined && "type" in filter)
    throw new OperatorError("Give types by --type or in --filter, not in both.");
  return { type: types.map(patternOf), ...filter };
}

function patternOf(type: string): string | Readonly<Record<string, string>> {
  const star = type.indexOf("*");
  if (star < 0) return type;
  return star === type.length - 1 && star > 0 ? { prefix: type.slice(0, -1) } : { wildcard: type };
}
