import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackage } from "../packages/client/scripts/build.ts";
import { readReadmeBlocks, runProgram } from "../packages/client/src/testing/readme-blocks.ts";
import { type Program, REPOSITORY } from "./harness/start-program.ts";
import { openTempFolder, type TempFolder } from "./harness/temp-folder.ts";
import { startTestServer } from "./portable-tests/start-test-server.ts";

const run = promisify(execFile);

describe("The client as it is published", () => {
  let program: Program;
  let folder: TempFolder;
  /** Where somebody has installed it. */
  let installed: string;
  let tarball: string;

  beforeAll(async () => {
    folder = await openTempFolder();
    ({ program } = await startTestServer());
    const built = join(folder.path, "built");
    await buildPackage(built);
    await run("npm", ["pack", "--pack-destination", folder.path], { cwd: built });
    const packed = (await readdir(folder.path)).find((name) => name.endsWith(".tgz"));
    tarball = join(folder.path, packed ?? "");
    installed = join(folder.path, "node_modules/@triggers/client");
    await mkdir(installed, { recursive: true });
    await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
  }, 120_000);
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  it("is a sound package, of scripts and types alone", async () => {
    const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    const { messages } = await publint({ pkgDir: installed, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
    expect(manifest).toMatchObject({ name: "@triggers/client", sideEffects: false, type: "module" });
    expect(manifest).not.toHaveProperty("dependencies");
    expect(manifest).not.toHaveProperty("private");
    const files = await readdir(installed, { recursive: true, withFileTypes: true });
    const names = files.filter((file) => file.isFile()).map(({ name }) => name);
    const others = names.filter((name) => !/\.(js|d\.ts)$/.test(name));
    expect(others.sort()).toEqual(["LICENSE", "README.md", "package.json"]);
    expect(names.filter((name) => name.includes(".test."))).toEqual([]);
  });

  it("has types with which the README compiles", async () => {
    const programs = await readReadmeBlocks();
    for (const [index, text] of programs.entries())
      await writeFile(join(folder.path, `block-${index}.mts`), text);
    const options = {
      ...{
        target: "ES2022",
        module: "NodeNext",
        strict: true,
        noEmit: true,
        exactOptionalPropertyTypes: true,
      },
      ...{ lib: ["ES2022", "DOM", "DOM.Iterable"], types: ["node"], skipLibCheck: false },
      typeRoots: [join(REPOSITORY, "node_modules/@types")],
    };
    await writeFile(
      join(folder.path, "tsconfig.json"),
      JSON.stringify({ compilerOptions: options, include: ["*.mts"] }),
    );
    const tsc = join(REPOSITORY, "node_modules/.bin/tsc");
    const complaints = await run(tsc, ["-p", folder.path]).then(
      () => "",
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(complaints).toBe("");
  });

  it("runs an example of the README on the machine's own Node", async () => {
    const [first = ""] = await readReadmeBlocks();
    const path = join(folder.path, "first.mjs");
    await writeFile(path, (await transform(first, { loader: "ts", format: "esm" })).code);
    const env = { TRIGGERS_URL: program.url, TRIGGERS_API_KEY: program.key };
    expect(await runProgram({ node: "/usr/bin/node", path, env, stopAt: null })).toMatch(/^stored /);
  });
});
