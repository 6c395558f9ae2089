import type { CompiledFilter, Shape } from "./compiled-filter.ts";
import {
  type FilterableEvent,
  isArray,
  isObject,
  type ReadField,
  readEnvelope,
  readOwn,
} from "./filterable-event.ts";
import { FAILED, judgeGroup } from "./judge.ts";

/** True when the event satisfies the filter. Linear in the size of the fields that the filter names; reads no others. */
export function matchesFilter(filter: CompiledFilter, event: FilterableEvent): boolean {
  const { root, crossing } = filter;
  if (crossing === null || !meetsArray(crossing.shape, event, readEnvelope))
    return judgeGroup(root, event, readEnvelope) !== FAILED;
  return crossing.alternatives.some((group) => judgeGroup(group, event, readEnvelope) !== FAILED);
}

/** True when one of the fields that the filter looks into is an array. */
function meetsArray<Container>(
  shapes: readonly Shape[],
  container: Container,
  read: ReadField<Container>,
): boolean {
  return shapes.some(({ key, inner }) => {
    const value = read(container, key);
    return isArray(value) || (isObject(value) && meetsArray(inner, value, readOwn));
  });
}
