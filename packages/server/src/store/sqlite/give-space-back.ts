import type { Database } from "./open-database.ts";
import { operatorSql } from "./sql.ts";

const FREE = operatorSql<readonly [number]>("PRAGMA freelist_count");
const PAGES = operatorSql<readonly [number]>("PRAGMA page_count");

/** Free pages below this share are kept: what retention frees, new events fill again. */
const KEPT_SHARE = 0.2;
/** 2 MiB a step: some ms. */
const STEP_PAGES = 256;

/** Shrinks the file by a small step, if much of it is free. */
export function giveSpaceBack(db: Database): void {
  const [free = 0] = db.get(FREE) ?? [];
  const [pages = 0] = db.get(PAGES) ?? [];
  if (free <= Math.max(STEP_PAGES, pages * KEPT_SHARE)) return;
  db.connection.exec(`PRAGMA incremental_vacuum(${STEP_PAGES})`);
}
