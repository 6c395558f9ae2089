import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { areTypesCurrent } from "../scripts/generate-types.ts";
import { openServer, type TestServer } from "./testing/open-server.ts";
import { readReadmeBlocks, runProgram } from "./testing/readme-blocks.ts";

const CLIENT = fileURLToPath(new URL("..", import.meta.url));

describe("The sources of the client", () => {
  it("have the types of docs/openapi.json; if not: npm run client:types", async () => {
    expect(await areTypesCurrent()).toBe(true);
  });

  it("import nothing but each other, so that they run everywhere", async () => {
    const names = await readdir(join(CLIENT, "src"), { recursive: true });
    const sources = names.filter((name) => /^(?!testing\/).*(?<!\.test)\.ts$/.test(name));
    expect(sources.length).toBeGreaterThan(30);
    for (const name of sources) {
      const text = await readFile(join(CLIENT, "src", name), "utf8");
      const imported = [...text.matchAll(/(?:from|import\() ?"([^"]+)"/g)].map(([, specifier]) => specifier);
      expect(imported.filter((specifier) => !/^\.\.?\//.test(specifier ?? ""))).toEqual([]);
      expect(text).not.toMatch(/\b(process|Buffer|require)\b[.(]/);
    }
    const manifest = JSON.parse(await readFile(join(CLIENT, "package.json"), "utf8"));
    expect(manifest.dependencies ?? {}).toEqual({});
  });
});

/** What each block of the README writes, in their order. */
const OUTPUTS = [
  /^stored [0-9a-f-]{36}\n$/,
  /order\.created, attempt 1 .*\n.*acknowledged: 1,/s,
  /1 done, 0 to come again/,
  /\{ amount: 4999 \}/,
  /2500 created, 0 known, 0 failed/,
  /\{"id":9007199254740993,"price":1\.10\}/,
  /[0-9a-f-]{36} pending\n1 \S{20,}\n$/,
  /[0-9a-f-]{36} \S{20,}\n$/,
  /triggers\.test .*\n204\n$/s,
  /done\n$/,
  /invalid_request 422 \S+ \[\s+\{\s+pointer: '\/type',\s+detail: /,
];

describe("The README of the client", () => {
  let server: TestServer;
  let folder: string;
  let programs: string[];
  beforeAll(async () => {
    server = await openServer();
    folder = await mkdtemp(join(tmpdir(), "triggers-readme-"));
    await mkdir(join(folder, "node_modules/@triggers"), { recursive: true });
    await symlink(CLIENT, join(folder, "node_modules/@triggers/client"));
    programs = await readReadmeBlocks();
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it("has as many blocks as are run", () => {
    expect(programs).toHaveLength(OUTPUTS.length);
  });

  it.each(OUTPUTS.map((output, index) => [index + 1, output] as const))(
    "has a block %d that runs as it stands",
    async (number, output) => {
      const path = join(folder, `block-${number}.mts`);
      const program = programs[number - 1] ?? "";
      await writeFile(path, program);
      const { api_key } = await server.operator().projects.create({ name: "readme" });
      const env = { TRIGGERS_URL: server.url, TRIGGERS_API_KEY: api_key };
      const stopAt = program.includes("SIGTERM") ? "attempt 1" : null;
      expect(await runProgram({ node: process.execPath, path, env, stopAt })).toMatch(output);
    },
  );
});
