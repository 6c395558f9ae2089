import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkArchitecture } from "../../../scripts/architecture/check-architecture.ts";
import { readSourceTexts } from "../../../scripts/architecture/source-file.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Files of the server, given from `src/`; violations as `rule path`. */
function violationsOf(files: Record<string, string>): string[] {
  const src = "packages/server/src/";
  const texts = Object.entries(files).map(([path, text]) => [src + path, text] as const);
  return checkArchitecture(new Map(texts)).map(({ rule, path }) => `${rule} ${path.slice(src.length)}`);
}

const lines = (count: number): string => "call();\n".repeat(count);

describe("the repository", () => {
  const texts = readSourceTexts(root);

  it("is read whole: the check sees this file and the port", () => {
    expect([...texts.keys()]).toEqual(
      expect.arrayContaining([
        "packages/server/src/architecture.test.ts",
        "packages/server/src/store/store.ts",
      ]),
    );
  });

  it("keeps its floors, sizes and rules", () => {
    expect(checkArchitecture(texts).map(({ rule, path, detail }) => `${path}: ${rule}: ${detail}`)).toEqual(
      [],
    );
  });

  it("names only commands that exist in its documents", () => {
    const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    );
    const documents = ["README.md", "CONTRIBUTING.md", "AGENTS.md", ".ci/run"].filter((name) =>
      existsSync(join(root, name)),
    );
    const named = documents.flatMap((name) => [
      ...readFileSync(join(root, name), "utf8").matchAll(
        /npm (?:run )?(start|test|(?<=run )[a-z][\w:-]*\w)/g,
      ),
    ]);
    expect(named.length).toBeGreaterThan(10);
    expect(
      named.map(([, script]) => script).filter((script) => !Object.hasOwn(scripts, script ?? "")),
    ).toEqual([]);
  });
});

describe("floors", () => {
  it.each([
    ["domain/a.ts", `import { b } from "../store/store.ts";`],
    ["store/a.ts", `import type { B } from "../flow/b.ts";`],
    ["store/a.ts", `import { config } from "../config.ts";`],
    ["blobs/a.ts", `export { b } from "../seal/b.ts";`],
    ["wakeups/a.ts", `export * from "../http/b.ts";`],
    ["seal/a.ts", `import { b } from "../flow/b.ts";`],
    ["flow/a.ts", `const b = await import("../http/b.ts");`],
    ["flow/a.ts", `import { log } from "../observe/log.ts";`],
    ["flow/a.ts", `let b: import("../push/b.ts").B;`],
    ["observe/a.ts", `import { b } from "../flow/b.ts";`],
    ["http/a.ts", `import { b } from "../push/b.ts";`],
    ["push/a.ts", `import { app } from "../app.ts";`],
    ["app.ts", `import { docs } from "./cli/docs.ts";`],
  ])("refuse an import upwards or sideways: %s: %s", (path, text) => {
    expect(violationsOf({ [path]: text })).toEqual([`floor ${path}`]);
  });

  it.each([
    ["http/routes/a.ts", `import { b } from "../../flow/b.ts"; import { c } from "../../store/store.ts";`],
    ["push/a.ts", `import { b } from "../flow/b.ts"; import { c } from "../observe/c.ts";`],
    ["flow/a.ts", `import { b } from "../seal/b.ts"; import { c } from "../domain/c.ts";`],
    ["seal/a.ts", `import { b } from "../store/store.ts";`],
    ["store/dynamodb/a.ts", `import { b } from "../../blobs/b.ts";`],
    ["cli/a.ts", `import { b } from "../app.ts"; import { c } from "../http/openapi.ts";`],
    ["http/a.test.ts", `import { b } from "../app.ts"; import { c } from "../store/memory/c.ts";`],
  ])("let an import downwards pass: %s: %s", (path, text) => {
    expect(violationsOf({ [path]: text })).toEqual([]);
  });

  it("refuse a part that has no place in the tree", () => {
    expect(violationsOf({ "core/a.ts": "", "index.ts": "" })).toEqual(["place core/a.ts", "place index.ts"]);
  });

  it("refuse anything impure in the domain", () => {
    expect(violationsOf({ "domain/a.ts": `import fs from "node:fs";\nimport { z } from "zod";` })).toEqual([
      "domain-is-pure domain/a.ts",
      "domain-is-pure domain/a.ts",
    ]);
  });

  it("let only app.ts join entrances, flow and store", () => {
    const text = `import "./http/a.ts"; import "./flow/b.ts"; import "./store/store.ts";`;
    expect(violationsOf({ "app.ts": text, "main.ts": text })).toEqual(["joins-all-floors main.ts"]);
  });

  it("let only open-store.ts name adapters", () => {
    expect(
      violationsOf({
        "store/open-store.ts": `const s = await import("./sqlite/open.ts");`,
        "store/store.ts": `import { s } from "./sqlite/open.ts";`,
        "app.ts": `import { s } from "./store/memory/open.ts";`,
        "store/postgres/a.ts": `import { s } from "../sqlite/rows.ts";\nimport { r } from "./rows.ts";`,
      }),
    ).toEqual(["adapter store/store.ts", "adapter app.ts", "adapter store/postgres/a.ts"]);
  });

  it("keep test code out of the program", () => {
    expect(
      violationsOf({
        "store/a.ts": `import { b } from "./contract/b.ts";`,
        "store/contract/b.ts": `import { c } from "../memory/c.ts";`,
        "flow/a.ts": `import { d } from "../simulation/d.ts";`,
        "simulation/d.ts": `import { e } from "../push/e.ts"; import { c } from "../store/memory/c.ts";`,
      }),
    ).toEqual(["test-code store/a.ts", "test-code flow/a.ts"]);
  });

  it("refuse a cycle, also one of types only or through tests", () => {
    const a = `import type { B } from "./b.ts";`;
    const b = `export { c } from "./c.ts";`;
    const c = `import { a } from "./a.ts";`;
    expect(violationsOf({ "flow/a.ts": a, "flow/b.ts": b, "flow/c.ts": c })).toEqual(["cycle flow/a.ts"]);
  });
});

describe("sizes", () => {
  it("are limited to 300 lines a file, 500 a test", () => {
    expect(
      violationsOf({
        "flow/fits.ts": lines(300),
        "flow/long.ts": lines(301),
        "flow/fits.test.ts": lines(500),
        "flow/long.test.ts": lines(501),
        "store/contract/long.ts": lines(501),
      }),
    ).toEqual(["file-size flow/long.ts", "file-size flow/long.test.ts", "file-size store/contract/long.ts"]);
  });

  it.each([
    ["a function", (body: string) => `function f() {\n${body}}`],
    ["an arrow function", (body: string) => `const f = () => {\n${body}};`],
    ["a method", (body: string) => `class F { f() {\n${body}} }`],
    ["a constructor", (body: string) => `class F { constructor() {\n${body}} }`],
    ["a callback", (body: string) => `list.map(() => {\n${body}});`],
  ])("are limited to 60 lines for %s", (_, make) => {
    expect(violationsOf({ "flow/a.ts": make(lines(58)) })).toEqual([]);
    expect(violationsOf({ "flow/a.ts": make(lines(59)) })).toEqual(["function-size flow/a.ts"]);
  });

  it("count each test case and each group of tests for itself", () => {
    const test = (count: number): string => `it.each([1])("n", () => {\n${lines(count)}});\n`;
    const suite = (tests: string): string => `function f() { describe("d", () => {\n${tests}}); }`;
    expect(violationsOf({ "flow/a.test.ts": suite(test(58).repeat(3)) })).toEqual([]);
    expect(violationsOf({ "flow/a.test.ts": suite(test(59)) })).toEqual(["function-size flow/a.test.ts"]);
  });

  it("are limited to three parameters where the signature is ours", () => {
    const ours = [
      "function f(a, b, c, d) {}",
      "const f = (a, b, c, d) => a;",
      "interface F { f(a: A, b: B, c: C, d: D): void }",
      "const f = { f(a, b, c, d) {} };",
    ];
    const given = [
      "function f(a, b, c) {}",
      "list.reduce((a, b, c, d) => a);",
      "type F = (a: A, b: B, c: C, d: D) => void;",
      "const f: F = (a, b, c, d) => a;",
      "class F extends G { constructor(a, b, c, d) { super(); } override f(a, b, c, d) {} }",
    ];
    for (const text of ours) expect(violationsOf({ "flow/a.ts": text })).toEqual(["parameters flow/a.ts"]);
    for (const text of given) expect(violationsOf({ "flow/a.ts": text })).toEqual([]);
  });
});

describe("code", () => {
  it.each(["utils", "helpers", "lib", "common", "types", "services", "managers"])(
    "has no folder %s",
    (name) => {
      expect(violationsOf({ [`http/${name}/a.ts`]: "" })).toEqual([`folder-name http/${name}/a.ts`]);
    },
  );

  it.each(["export default 1;", "export default function f() {}", "const a = 1; export { a as default };"])(
    "has no default exports: %s",
    (text) => {
      expect(violationsOf({ "flow/a.ts": text })).toEqual(["default-export flow/a.ts"]);
    },
  );

  it("reads the environment in config.ts and in tests only", () => {
    const direct = "export const port = process.env.PORT;";
    const imported = `import { env as e } from "node:process";`;
    const files = { "config.ts": direct, "cli/a.ts": direct, "main.ts": imported, "http/a.test.ts": direct };
    expect(violationsOf(files)).toEqual(["environment cli/a.ts", "environment main.ts"]);
  });

  it.each(["Date.now()", "Math.random()", "new Date()", "new Date", "Date()", "[0].map(Math.random)"])(
    "takes time and randomness as parameters below the entrances: %s",
    (expression) => {
      const text = `export const a = ${expression};`;
      for (const floor of ["domain", "flow", "seal", "store/sqlite"]) {
        expect(violationsOf({ [`${floor}/a.ts`]: text })).toEqual([`clock ${floor}/a.ts`]);
      }
      expect(violationsOf({ "http/a.ts": text, "flow/a.test.ts": text })).toEqual([]);
    },
  );

  it("makes dates of given times anywhere, and random bytes outside the domain", () => {
    const date = "export const a = new Date(5);";
    const bytes = "export const a = crypto.randomBytes(16);";
    expect(violationsOf({ "domain/a.ts": date, "seal/a.ts": bytes })).toEqual([]);
    const imported = `import { randomUUIDv7 as id } from "node:crypto";`;
    expect(violationsOf({ "domain/a.ts": bytes, "domain/b.ts": imported })).toEqual([
      "clock domain/a.ts",
      "clock domain/b.ts",
    ]);
    expect(
      violationsOf({ "domain/a.ts": "export const f = (randomBytes: Uint8Array) => randomBytes;" }),
    ).toEqual([]);
  });
});
