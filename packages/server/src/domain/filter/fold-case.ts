/**
 * Two texts that differ in case only fold to the same text. Lower case first, so that the Kelvin sign is a `k`; then upper case, so that
 * both Greek sigmas are one. Folding never makes a text shorter (a test goes through all of Unicode): so no
 * more of a long value has to be folded than the text it is compared with is long.
 */
export function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase();
}

/** One unit more than needed is folded, so that a surrogate pair at the cut stays whole. */
export function startsWithFolded(value: string, folded: string): boolean {
  return foldCase(value.slice(0, folded.length + 1)).startsWith(folded);
}

export function endsWithFolded(value: string, folded: string): boolean {
  return foldCase(value.slice(-folded.length - 1)).endsWith(folded);
}
