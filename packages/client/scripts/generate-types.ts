import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@hey-api/openapi-ts";

const OPENAPI = fileURLToPath(new URL("../../../docs/openapi.json", import.meta.url));
const TYPES = new URL("../src/generated/types.gen.ts", import.meta.url);

/** The types of docs/openapi.json, as they belong into src/generated/. */
export async function generateTypes(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "triggers-client-types-"));
  try {
    await createClient({
      input: OPENAPI,
      output: folder,
      plugins: ["@hey-api/typescript"],
      logs: { level: "silent" },
    });
    return await readFile(join(folder, "types.gen.ts"), "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** True if the types in src/ are those of docs/openapi.json. */
export async function areTypesCurrent(): Promise<boolean> {
  return (await readFile(TYPES, "utf8").catch(() => "")) === (await generateTypes());
}

if (import.meta.main) {
  if (!process.argv.includes("--check")) await writeFile(TYPES, await generateTypes());
  else if (!(await areTypesCurrent())) {
    process.stderr.write(
      "packages/client/src/generated has drifted from docs/openapi.json: run `npm run client:types`\n",
    );
    process.exitCode = 1;
  }
}
