import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseOptions from "dependency-cruiser/config-utl/extract-depcruise-options";
import extractTSConfig from "dependency-cruiser/config-utl/extract-ts-config";
import { readSourceTexts } from "./architecture/source-file.ts";

const sources = [...readSourceTexts(".").keys()].filter((path) => /^packages\/[^/]+\/src\//.test(path));

const { modules, summary } = await cruiseFiles(sources);
for (const { rule, from, to, cycle } of summary.violations) {
  const trail = cycle?.map(({ name }) => name).join(" → ") ?? to;
  console.error(`${rule.name}: ${from} → ${trail}`);
}

// Without a TypeScript it understands, dependency-cruiser finds no modules and reports success.
const seen = new Set(modules.map(({ source }) => source));
const missed = sources.filter((path) => !seen.has(path));
for (const path of missed) console.error(`not seen by dependency-cruiser: ${path}`);

console.log(`${modules.length} modules, ${summary.violations.length} violations`);
process.exitCode = sources.length === 0 || missed.length + summary.violations.length > 0 ? 1 : 0;

async function cruiseFiles(paths: string[]): Promise<ICruiseResult> {
  const options = await extractDepcruiseOptions("./.dependency-cruiser.mjs");
  const tsConfig = extractTSConfig("./tsconfig.json");
  const { output } = await cruise(paths, options, {}, { tsConfig });
  if (typeof output === "string") throw new Error("dependency-cruiser gave text instead of a result");
  return output;
}
