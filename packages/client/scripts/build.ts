import { execFile } from "node:child_process";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CLIENT = fileURLToPath(new URL("..", import.meta.url));
const ROOT = join(CLIENT, "../..");

/** Builds the package as it is published into a folder, which is emptied before: JavaScript, types, README, licence. */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const project = join(CLIENT, "tsconfig.build.json");
  await promisify(execFile)(tsc, ["--project", project, "--outDir", folder]);
  await pointTypesToScripts(folder);
  await writeFile(join(folder, "package.json"), await publishedManifest());
  await copyFile(join(CLIENT, "README.md"), join(folder, "README.md"));
  await copyFile(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
}

/** The compiler rewrites the endings of imports in scripts, but not in types. */
async function pointTypesToScripts(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  for (const name of names.filter((one) => one.endsWith(".d.ts"))) {
    const path = join(folder, name);
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace(/(from |import\()"(\.[^"]+)\.ts"/g, '$1"$2.js"'));
  }
}

/** In the repository the package is its sources; in the registry it is what was built. */
async function publishedManifest(): Promise<string> {
  const { private: _, ...manifest } = JSON.parse(await readFile(join(CLIENT, "package.json"), "utf8"));
  const exports = { ".": { types: "./index.d.ts", default: "./index.js" } };
  return `${JSON.stringify({ ...manifest, exports, types: "./index.d.ts" }, null, 2)}\n`;
}

if (import.meta.main) await buildPackage(join(CLIENT, "dist"));
