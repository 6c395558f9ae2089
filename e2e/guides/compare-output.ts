/** Whether a document shows what came: `…` stands for anything, blank lines and blanks at the end of a line for nothing. */
export function fitsOutput(shown: string, output: string): boolean {
  return new RegExp(`^${patternOf(shown)}$`).test(tidy(output));
}

/** Whether what a document shows stands somewhere in what came. */
export function standsIn(shown: string, output: string): boolean {
  return new RegExp(patternOf(shown)).test(tidy(output));
}

function patternOf(shown: string): string {
  return tidy(shown).split("…").map(RegExp.escape).join("[\\s\\S]*?");
}

function tidy(text: string): string {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}
