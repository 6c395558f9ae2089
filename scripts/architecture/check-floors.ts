import { findCycles, type Import } from "./imports.ts";
import type { SourceFile, Violation } from "./source-file.ts";
import { isTestCode } from "./source-file.ts";

const server = "packages/server/src/";
const adapter = /^packages\/server\/src\/store\/(memory|sqlite|postgres|dynamodb)\//;

const storeFloor = ["store", "blobs", "wakeups", "domain"];
const flowFloor = ["flow", "seal", ...storeFloor];
const entrance = [...flowFloor, "observe", "config.ts"];
const start = ["http", "push", "cli", "lambda", "app.ts", "main.ts", ...entrance];

/** What each part of the server may import, beside itself. A part that is not here has no place in the tree. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  store: storeFloor,
  blobs: storeFloor,
  wakeups: storeFloor,
  seal: storeFloor,
  flow: flowFloor,
  observe: ["domain", "config.ts"],
  "config.ts": ["domain"],
  http: entrance,
  push: entrance,
  "app.ts": ["http", "push", ...entrance],
  "main.ts": start,
  cli: start,
  lambda: start,
};

/** Packages that pure rules may use. */
const domainPackages = ["node:crypto", "node:buffer"];

export function checkFloors(files: readonly SourceFile[], imports: readonly Import[]): Violation[] {
  const program = imports.filter(({ from }) => !from.isTest);
  return [
    ...checkPlaces(files),
    ...program.flatMap(checkImport),
    ...checkJoiners(program),
    ...findCycles(imports).map((cycle) => ({
      rule: "cycle",
      path: cycle[0] ?? "",
      detail: cycle.join(" → "),
    })),
  ];
}

function partOf(path: string): string | null {
  return path.startsWith(server) ? (path.slice(server.length).split("/")[0] ?? null) : null;
}

function checkPlaces(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, isTest }) => {
    const part = partOf(path);
    if (part === null || isTest || Object.hasOwn(mayImport, part)) return [];
    return [{ rule: "place", path, detail: `${part} is no part of the server's tree` }];
  });
}

function checkImport({ from, to, specifier }: Import): Violation[] {
  const violation = (rule: string): Violation[] => [
    { rule, path: from.path, detail: `imports ${specifier}` },
  ];
  const part = partOf(from.path);
  if (to === null) {
    return part === "domain" && !domainPackages.includes(specifier) ? violation("domain-is-pure") : [];
  }
  if (from.path.startsWith("packages/") && isTestCode(to)) return violation("test-code");
  const target = partOf(to);
  if (part === null || target === null) return [];
  if (part !== target && !mayImport[part]?.includes(target)) return violation("floor");
  return checkAdapter(from.path, to) ? [] : violation("adapter");
}

/** Only open-store.ts names adapters, and an adapter knows no other. */
function checkAdapter(from: string, to: string): boolean {
  const target = adapter.exec(to)?.[1];
  if (target === undefined) return true;
  return from === `${server}store/open-store.ts` || adapter.exec(from)?.[1] === target;
}

/** Only app.ts joins an entrance, the flow and a store; all others know at most two of them. */
function checkJoiners(imports: readonly Import[]): Violation[] {
  const known = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const kind = to === null ? null : kindOf(partOf(to));
    if (kind !== null && partOf(from.path) !== null) {
      known.set(from.path, (known.get(from.path) ?? new Set()).add(kind));
    }
  }
  return [...known].flatMap(([path, kinds]) => {
    const isEntrance = kindOf(partOf(path)) === "entrance";
    if (kinds.size < 3 || isEntrance || path === `${server}app.ts`) return [];
    return [{ rule: "joins-all-floors", path, detail: "only app.ts joins entrances, flow and store" }];
  });
}

function kindOf(part: string | null): string | null {
  if (part === "http" || part === "push") return "entrance";
  if (part === "flow" || part === "seal") return "flow";
  return part === "store" ? "store" : null;
}
