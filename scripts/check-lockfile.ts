import { readFileSync } from "node:fs";

// `npm ci` fails on a machine whose platform needs an optional package that the lockfile names but does not hold.
interface Entry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const lockfile: { readonly packages: Readonly<Record<string, Entry>> } = JSON.parse(
  readFileSync("package-lock.json", "utf8"),
);

const missing = Object.entries(lockfile.packages).flatMap(([path, entry]) =>
  Object.keys(entry.optionalDependencies ?? {})
    .filter((name) => !isHeld(path, name))
    .map((name) => `${path} lacks ${name}`),
);
for (const line of missing) console.error(line);
console.log(`package-lock.json: ${missing.length} optional packages missing`);
process.exitCode = missing.length > 0 ? 1 : 0;

/** Looks for a package as Node does: beside its user, then in each folder above. */
function isHeld(path: string, name: string): boolean {
  const inside = path === "" ? "" : `${path}/`;
  if (`${inside}node_modules/${name}` in lockfile.packages) return true;
  return path !== "" && isHeld(path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/"))), name);
}
