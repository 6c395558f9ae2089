import { compileFilter } from "../compile-filter.ts";
import type { CompiledFilter } from "../compiled-filter.ts";
import type { FilterableEvent } from "../filterable-event.ts";
import { matchesFilter } from "../match-filter.ts";

/** For tests: an event with the given fields set. */
export function sampleEvent(fields: Partial<FilterableEvent> = {}): FilterableEvent {
  return { type: null, source: null, subject: null, tags: [], metadata: {}, payload: {}, ...fields };
}

/** For tests: a filter that must compile. */
export function sampleFilter(pattern: unknown): CompiledFilter {
  const compilation = compileFilter(pattern);
  if (compilation.outcome === "compiled") return compilation.filter;
  throw new Error(JSON.stringify(compilation.faults));
}

/** For tests: whether a pattern matches. */
export function doesMatch(pattern: unknown, fields: Partial<FilterableEvent>): boolean {
  return matchesFilter(sampleFilter(pattern), sampleEvent(fields));
}
