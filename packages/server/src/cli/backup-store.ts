import { readConfig } from "../config.ts";
import { TriggersError } from "../domain/errors.ts";
import { backUpSqlite } from "../store/open-store.ts";
import { makeProgressBar } from "./progress-bar.ts";

/** Writes a copy of the embedded store's database into a new file, also while the server runs. */
export async function backUpStore(file: string, options: { readonly json?: true }): Promise<void> {
  const { store, dataDir } = readConfig();
  if (store !== "sqlite")
    throw new TriggersError(
      "invalid_request",
      "This is for the embedded store. Back PostgreSQL up with `pg_dump` or your provider's snapshots.",
    );
  const bar = makeProgressBar();
  const bytes = await backUpSqlite({
    ...{ dataDir, file },
    onProgress: (done, total) => bar.show({ words: "pages", done, total }),
  });
  bar.end();
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ file, bytes })}\n`
      : `${file}: ${bytes} bytes, checked. Keep it apart from the master key; it cannot be read without that key.\n`,
  );
}
