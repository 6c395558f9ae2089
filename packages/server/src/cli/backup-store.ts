import { readConfig } from "../config.ts";
import { OperatorError } from "../domain/errors.ts";
import { backUpSqlite } from "../store/open-store.ts";
import { makeProgressBar } from "./progress-bar.ts";

/** Writes a copy of the embedded store's database into a new file, also while the server runs. */
export async function backUpStore(file: string, options: { readonly json?: true }): Promise<void> {
  const { store, dataDir } = readConfig();
  if (store !== "sqlite")
    throw new OperatorError(
      "This is for the embedded store. Use `pg_dump` or snapshots for PostgreSQL, point-in-time recovery for DynamoDB.",
    );
  const bar = makeProgressBar();
  const onProgress = (done: number, total: number) => bar.show({ words: "pages", done, total });
  const bytes = await backUpSqlite({ dataDir, file, onProgress }).finally(bar.end);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ file, bytes })}\n`
      : `${file}: ${bytes} bytes, checked. Keep it apart from the master key; it cannot be read without that key.\n`,
  );
}
