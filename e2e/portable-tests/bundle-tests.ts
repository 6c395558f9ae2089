import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const CLIENT = fileURLToPath(new URL("../../packages/client/src/", import.meta.url));
const PLAYER = fileURLToPath(new URL("remote-player.ts", import.meta.url));
const STAND_IN = fileURLToPath(new URL("vitest.ts", import.meta.url));
/** A page opens no server: the one that plays exchanges stays outside. */
const REMOTE_PLAYER: Plugin = {
  name: "remote player",
  setup({ onResolve }) {
    onResolve({ filter: /\/play-exchanges\.ts$/ }, () => ({ path: PLAYER }));
  },
};
const REPOSITORY_TEST = "repository.test.ts";

export interface Platform {
  readonly platform: "node" | "browser";
  /** An esbuild target, such as `node20`. */
  readonly target: string;
  /** Tests that need what the platform does not have. */
  readonly without: readonly string[];
  readonly filesAtOnce: number;
  /** JavaScript that runs before the tests. */
  readonly before: string;
}

/** The client's tests as one script. It sets `globalThis.reports` to a promise of their reports. */
export async function bundleTests({
  platform,
  target,
  without,
  filesAtOnce,
  before,
}: Platform): Promise<string> {
  const names = await readdir(CLIENT, { recursive: true });
  const tests = names.filter((name) => name.endsWith(".test.ts") && name !== REPOSITORY_TEST).sort();
  const strangers = without.filter((name) => !tests.includes(name));
  if (strangers.length > 0) throw new Error(`There is no test ${strangers.join(", ")}`);
  const wanted = tests.filter((name) => !without.includes(name));
  const entry = [
    before,
    `import { addFile, runTests } from "vitest";`,
    "async function run() {",
    ...wanted.map((name) => `await addFile("${name}", () => import("./${name}"));`),
    `return runTests(${filesAtOnce});`,
    "}",
    "globalThis.reports = run();",
  ].join("\n");
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: CLIENT, loader: "ts" },
    ...{ bundle: true, write: false, platform, target, format: platform === "node" ? "esm" : "iife" },
    alias: { vitest: STAND_IN },
    // Only where the tests start a server themselves.
    external: ["*/open-test-app.ts"],
    plugins: platform === "browser" ? [REMOTE_PLAYER] : [],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
