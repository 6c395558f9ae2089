import { readFile, writeFile } from "node:fs/promises";
import { CLIENT_SETTINGS, SETTINGS, type Setting } from "../config.ts";
import { makeErrorsPage } from "../http/errors-page.ts";
import { makeOpenApi } from "../http/openapi.ts";

const DOCS = new URL("../../../../docs/", import.meta.url);

/** The documents that are made from the program. `--check` writes nothing and fails if one of them has drifted. */
const documents: readonly { readonly name: string; readonly make: () => Promise<string> | string }[] = [
  { name: "openapi.json", make: async () => `${JSON.stringify(await makeOpenApi(), null, 2)}\n` },
  { name: "configuration.md", make: describeSettings },
  { name: "errors.md", make: makeErrorsPage },
];

function describeSettings(): string {
  return [
    "# Configuration",
    "",
    "Settings are environment variables, read once at the start. An unknown `TRIGGERS_*` name or a bad value refuses the start with one message that lists all of them.",
    "An empty value counts as not set.",
    "",
    ...tableOf(SETTINGS),
    "",
    "## Commands that speak to a running server",
    "",
    "An option on the command line goes before these, `--profile` too.",
    "",
    ...tableOf(CLIENT_SETTINGS),
    "",
  ].join("\n");
}

function tableOf(settings: Readonly<Record<string, Omit<Setting<unknown>, "read">>>): readonly string[] {
  const rows = Object.values(settings).map(({ name, fallback, description, isSecret }) => {
    const shown = fallback === null ? "not set" : `\`${fallback}\``;
    return `| \`${name}\` | ${shown} | ${description}${isSecret ? " Secret." : ""} |`;
  });
  return ["| name | default | what it does |", "|---|---|---|", ...rows];
}

const isCheck = process.argv.includes("--check");
for (const { name, make } of documents) {
  const path = new URL(name, DOCS);
  const text = await make();
  if (!isCheck) await writeFile(path, text);
  else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
    process.stderr.write(`docs/${name} has drifted from the program: run \`npm run docs\`\n`);
    process.exitCode = 1;
  }
}
