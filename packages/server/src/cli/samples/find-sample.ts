import { OperatorError } from "../../domain/errors.ts";
import { SAMPLES } from "./all-samples.ts";
import type { Sample } from "./sample.ts";

const MOST_SHOWN = 3;
/** Letters that may be wrong. */
const NEAR = 3;

/** @throws OperatorError with the types that come near, and how to send what there is no sample of. */
export function findSample(type: string): Sample {
  const sample = SAMPLES.find((one) => one.type === type);
  if (sample !== undefined) return sample;
  const near = nearTypes(type);
  const meant = near.length === 0 ? "" : ` Did you mean ${near.join(" or ")}?`;
  throw new OperatorError(
    [
      `There is no sample of ${type}.${meant} \`triggers trigger --list\` shows all.`,
      `An event of your own: triggers send --type ${type} --payload '{"any":"thing"}'`,
    ].join("\n"),
  );
}

/** Of the same family or spelt almost so, the nearest first. */
function nearTypes(type: string): readonly string[] {
  const family = type.split(".", 1)[0];
  return SAMPLES.map((sample) => ({
    type: sample.type,
    distance: distanceOf(type, sample.type),
    isFamily: sample.type.split(".", 1)[0] === family,
  }))
    .filter(({ distance, isFamily }) => isFamily || distance <= NEAR)
    .sort((one, other) => one.distance - other.distance)
    .slice(0, MOST_SHOWN)
    .map((one) => one.type);
}

/** Letters to change, add or leave out (Levenshtein). */
function distanceOf(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...one].entries()) {
    const present = [row + 1];
    for (const [column, otherLetter] of [...other].entries()) {
      const [left = 0, up = 0, diagonal = 0] = [present[column], above[column + 1], above[column]];
      present.push(Math.min(left + 1, up + 1, diagonal + (letter === otherLetter ? 0 : 1)));
    }
    above = present;
  }
  return above.at(-1) ?? 0;
}
