import { execFile } from "node:child_process";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { fitsOutput } from "./guides/compare-output.ts";
import { describeDocument, readDocuments } from "./guides/describe-document.ts";
import { readBlocks } from "./guides/read-blocks.ts";
import { fillBlanks } from "./guides/substitutions.ts";
import { REPOSITORY } from "./harness/start-program.ts";
import { openTempFolder } from "./harness/temp-folder.ts";

const documents = await readDocuments();

for (const document of documents) if (!document.needsAws) describeDocument(document);

it("The documents name only routes that there are", async () => {
  const openapi = JSON.parse(await readFile(`${REPOSITORY}docs/openapi.json`, "utf8"));
  const llms = { path: "llms.txt", markdown: await readFile(`${REPOSITORY}llms.txt`, "utf8") };
  const named = [...documents, llms].flatMap(({ path, markdown }) =>
    [...markdown.matchAll(/`(GET|POST|PUT|PATCH|DELETE) (\/[^\s`?]*)/g)].map(
      ([, method = "", route = ""]) => ({
        ...{ path, method, route },
        isThere: Object.hasOwn(openapi.paths[route] ?? {}, method.toLowerCase()),
      }),
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(({ isThere }) => !isThere)).toEqual([]);
});

describe("The blocks of the documents", () => {
  it("are refused if nobody runs them", () => {
    const read =
      (fence: string, after = "") =>
      () =>
        readBlocks("a.md", `\`\`\`${fence}\nx\n\`\`\`\n${after}`);
    expect(read("sh")).not.toThrow();
    expect(read("ts worker.ts")).not.toThrow();
    expect(read("json filter.json")).not.toThrow();
    for (const fence of [
      "",
      "bash",
      "json",
      "yaml",
      "ts stays",
      "sh here",
      "text",
      "jsonc a.json",
      "sh stays",
    ])
      expect(read(fence), fence).toThrow(/^a\.md:1/);
    expect(read("sh", "  ```sh\n  x\n  ```\n")).toThrow("not at the margin");
    expect(read("sh", "```text\n1\n```\n```text\n2\n```\n")).toThrow("shows the output of no block");
  });

  it("show what comes, and no more and no less", () => {
    expect(fitsOutput('{"id":"…","n":1}\n', '{"id":"0193","n":1}')).toBe(true);
    expect(fitsOutput('{"id":"…","n":1}', '{"id":"0193","n":2}')).toBe(false);
    expect(fitsOutput("done", "done\nand more")).toBe(false);
  });

  it("have blanks that are filled with what was seen last, or fail", () => {
    const seen = '{"delivery_id":"a"} {"delivery_id":"b","lease_token":"t"}';
    const filled = '"delivery_id":"b" TOKEN';
    expect(fillBlanks('"delivery_id":"…" TOKEN', seen)).toBe(filled);
    expect(fillBlanks("LEASE_TOKEN=… go", seen)).toBe("LEASE_TOKEN=t go");
    expect(() => fillBlanks("EVENT_ID=…", seen)).toThrow("EVENT_ID");
    expect(() => fillBlanks("NEVER_HEARD=…", seen)).toThrow("NEVER_HEARD");
  });

  it("of TypeScript compile", { timeout: 120_000 }, async () => {
    await using folder = await openTempFolder();
    await symlink(join(REPOSITORY, "node_modules"), join(folder.path, "node_modules"));
    const names = await Promise.all(
      documents.flatMap(({ path, markdown }, index) => {
        const blocks = readBlocks(path, markdown).filter(({ language }) => language === "ts");
        return blocks.map(async ({ text }, nth) => {
          const name = `document-${index}-${nth}.ts`;
          await writeFile(join(folder.path, name), text);
          return name;
        });
      }),
    );
    expect(names.length).toBeGreaterThan(5);
    await writeFile(join(folder.path, "package.json"), '{"type":"module"}');
    const config = { extends: join(REPOSITORY, "tsconfig.base.json"), include: ["*.ts"] };
    const typeRoots = [join(REPOSITORY, "node_modules/@types")];
    await writeFile(
      join(folder.path, "tsconfig.json"),
      JSON.stringify({ ...config, compilerOptions: { typeRoots, noUnusedLocals: false } }),
    );
    const tsc = join(REPOSITORY, "node_modules/.bin/tsc");
    const complaints = await promisify(execFile)(tsc, ["-p", folder.path]).then(
      () => "",
      ({ stdout }: { readonly stdout: string }) => stdout,
    );
    expect(complaints).toBe("");
  });
});
