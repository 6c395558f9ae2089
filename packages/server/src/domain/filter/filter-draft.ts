import type { FieldFault } from "../errors.ts";
import { FILTER_LIMITS } from "./filter-limits.ts";

/** What is gathered while one filter is compiled. */
export interface FilterDraft {
  readonly faults: FieldFault[];
  /** What has been seen so far of what `FILTER_LIMITS` counts. */
  values: number;
  checks: number;
  wildcardStars: number;
}

/** A spot in the filter: a JSON pointer (RFC 6901), and where to report a fault. */
export interface Place {
  readonly draft: FilterDraft;
  readonly pointer: string;
}

/** Notes a fault; null, so that a compiling function can end with it. */
export function refuse({ draft, pointer }: Place, detail: string): null {
  if (draft.faults.length < FILTER_LIMITS.faults) draft.faults.push({ pointer, detail });
  return null;
}

/** The spot one step further inside. */
export function inside({ draft, pointer }: Place, key: string | number): Place {
  return { draft, pointer: extendPointer(pointer, key) };
}

export function extendPointer(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** False, and reported, when a value or field name is too long. */
export function fits(text: string, place: Place): boolean {
  if (text.length <= FILTER_LIMITS.stringLength) return true;
  refuse(place, `Use at most ${FILTER_LIMITS.stringLength} characters.`);
  return false;
}
