import { checkClock, checkDefaultExports, checkEnvironment, checkFolders } from "./check-code.ts";
import { checkFloors } from "./check-floors.ts";
import { checkSizes } from "./check-sizes.ts";
import { importsOf } from "./imports.ts";
import { parseSourceFile, type Violation } from "./source-file.ts";

/** All that is wrong with these files (path from the root of the repository → text); empty when all is well. */
export function checkArchitecture(texts: ReadonlyMap<string, string>): Violation[] {
  const files = [...texts].map(([path, text]) => parseSourceFile(path, text));
  const ofEachFile = files.flatMap((file) => [
    ...checkFolders(file),
    ...checkSizes(file),
    ...checkDefaultExports(file),
    ...checkEnvironment(file),
    ...checkClock(file),
  ]);
  return [...ofEachFile, ...checkFloors(files, files.flatMap(importsOf))];
}
