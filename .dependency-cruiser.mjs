/**
 * The floors of the server: imports go down only (ARCHITECTURE.md).
 *
 *   entrances   http push cli lambda main.ts
 *   flow        flow seal
 *   store       store blobs wakeups
 *   domain      domain
 *
 * Test code (*.test.ts and the folders contract/, testing/ and simulation/) may import from any floor.
 */
const server = "^packages/server/src/";
const testCode = "\\.test\\.ts$|/(contract|testing|simulation)/";
const entrances = `${server}(http|push|cli|lambda)/|${server}(main|app)\\.ts$`;
const adapters = `${server}store/(memory|sqlite|postgres|dynamodb)/`;

const floor = (name, folders, above) => ({
  name: `floor-${name}`,
  comment: `${folders} may not import from a floor above it`,
  severity: "error",
  from: { path: `${server}(${folders})/`, pathNot: testCode },
  to: { path: above },
});

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    floor(
      "domain",
      "domain",
      `${server}(flow|seal|store|blobs|wakeups|observe)/|${server}config\\.ts$|${entrances}`,
    ),
    floor("store", "store|blobs|wakeups", `${server}(flow|seal|observe)/|${server}config\\.ts$|${entrances}`),
    floor("seal", "seal", `${server}(flow|observe)/|${server}config\\.ts$|${entrances}`),
    floor("flow", "flow", `${server}observe/|${server}config\\.ts$|${entrances}`),
    floor("observe", "observe", `${server}(flow|seal|store|blobs|wakeups)/|${entrances}`),
    {
      name: "entrances-stay-apart",
      comment: "http and push know neither each other nor the program that joins them",
      severity: "error",
      from: { path: `${server}(http|push)/`, pathNot: testCode },
      to: { path: entrances, pathNot: [`${server}$1/`] },
    },
    {
      name: "only-app-joins",
      comment: "only app.ts builds the program; main.ts, cli/ and lambda/ start it",
      severity: "error",
      from: { path: server, pathNot: [testCode, `${server}(main|app)\\.ts$`, `${server}(cli|lambda)/`] },
      to: { path: `${server}app\\.ts$` },
    },
    {
      name: "only-open-store-names-adapters",
      comment: "everything else knows the port, store/store.ts",
      severity: "error",
      from: { path: server, pathNot: [testCode, `${server}store/open-store\\.ts$`, adapters] },
      to: { path: adapters },
    },
    {
      name: "adapters-stay-apart",
      comment: "an adapter knows no other adapter",
      severity: "error",
      from: { path: `${server}store/(memory|sqlite|postgres|dynamodb)/`, pathNot: testCode },
      to: { path: adapters, pathNot: `${server}store/$1/` },
    },
    {
      name: "no-test-code-in-the-program",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: testCode },
      to: { path: testCode },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-missing-modules", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "no-undeclared-packages",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: testCode },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
