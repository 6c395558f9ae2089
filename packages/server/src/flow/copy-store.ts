import { OperatorError } from "../domain/errors.ts";
import type { Job } from "../domain/job.ts";
import { COPIED_KINDS, type CopiedKind, type CopiedRows, type CopyableStore } from "../store/copy-store.ts";
import type { ProjectStore } from "../store/project-store.ts";
import { makeRowsDigest } from "./digest-rows.ts";

/** How far a copy is. */
export interface CopyProgress {
  readonly step: "copy" | "check";
  readonly kind: CopiedKind;
  readonly done: number;
  readonly total: number;
}

const PAGE = 500;
/** Marks of a copy in the store that it fills. They stay there and are not copied on. */
const BEGUN = "copy_begun";
const DONE = "copy_done";

/**
 * Copies the whole of one store into an empty one, or goes on with a copy that was interrupted, and compares the two at the end. Nobody may serve either store meanwhile.
 * Running jobs begin anew in the copy: what they make is inserted if absent. Places of readers in the feed belong to the old store.
 */
export async function copyStore(parts: {
  readonly from: CopyableStore;
  readonly to: CopyableStore;
  readonly onProgress: (progress: CopyProgress) => void;
}): Promise<void> {
  const { from, to } = parts;
  await checkEnds(from, to);
  await to.putSetting(BEGUN, await nameOf(from));
  for (const kind of COPIED_KINDS) await copyKind(parts, kind);
  for (const kind of COPIED_KINDS) await compareKind(parts, kind);
  await to.putSetting(DONE, new Uint8Array([1]));
}

/** Refuses a store into which a copy was begun and not ended. */
export async function checkCopied(store: Pick<ProjectStore, "readSetting">): Promise<void> {
  const [begun, done] = [await store.readSetting(BEGUN), await store.readSetting(DONE)];
  if (begun === null || done !== null) return;
  throw new OperatorError(
    "A copy into this store was not finished. Run the same `triggers store copy` again, or empty the store.",
  );
}

async function checkEnds(from: CopyableStore, to: CopyableStore): Promise<void> {
  await checkCopied(from);
  if ((await from.countRows("projects")) === 0)
    throw new OperatorError("There is nothing in the store to copy from.");
  const begun = await to.readSetting(BEGUN);
  if (begun === null && (await to.countRows("projects")) === 0) return;
  const isResumed = begun !== null && (await to.readSetting(DONE)) === null;
  if (isResumed && Buffer.from(begun).equals(await nameOf(from))) return;
  throw new OperatorError(
    "The store to copy into is not empty. Take an empty one; only an interrupted copy of the same store goes on.",
  );
}

/** Tells one store from another: its first project. */
async function nameOf(store: CopyableStore): Promise<Buffer> {
  const { rows } = await store.exportRows({ kind: "projects", after: null, limit: 1 });
  return Buffer.from(rows[0]?.id ?? "");
}

type Parts = Parameters<typeof copyStore>[0];

async function copyKind(parts: Parts, kind: CopiedKind): Promise<void> {
  const { from, to, onProgress } = parts;
  const total = await from.countRows(kind);
  // What an interrupted copy has brought stands in the same order. Of its last page nobody knows how much came.
  const there = await to.countRows(kind);
  let done = 0;
  onProgress({ step: "copy", kind, done, total });
  for await (const rows of pagesOf(from, kind)) {
    if (done + rows.length > there - PAGE) await to.importRows(kind, rows.map(movedRow(kind)));
    done += rows.length;
    onProgress({ step: "copy", kind, done, total });
  }
}

async function compareKind(parts: Parts, kind: CopiedKind): Promise<void> {
  const { from, to, onProgress } = parts;
  const total = 2 * (await from.countRows(kind));
  let done = 0;
  const digestOf = async (store: CopyableStore) => {
    const digest = makeRowsDigest();
    for await (const rows of pagesOf(store, kind)) {
      for (const row of rows) digest.add(movedRow(kind)(row));
      done += rows.length;
      onProgress({ step: "check", kind, done: Math.min(done, total), total });
    }
    return digest.text();
  };
  const [source, copy] = [await digestOf(from), await digestOf(to)];
  if (source === copy) return;
  throw new OperatorError(
    `The copy differs in ${kind}: ${source} there, ${copy} here. Was one of the stores served meanwhile? Empty the new store and copy again.`,
  );
}

async function* pagesOf<Kind extends CopiedKind>(
  store: CopyableStore,
  kind: Kind,
): AsyncGenerator<readonly CopiedRows[Kind][]> {
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof store.exportRows<Kind>>> = await store.exportRows({
      ...{ kind, after, limit: PAGE },
    });
    after = page.after;
    const rows = kind === "settings" ? page.rows.filter(isCopied) : page.rows;
    if (rows.length > 0) yield rows;
  } while (after !== null);
}

function isCopied(row: object): boolean {
  return !("name" in row && (row.name === BEGUN || row.name === DONE));
}

/** The row as the copy has it. */
function movedRow<Kind extends CopiedKind>(kind: Kind): (row: CopiedRows[Kind]) => CopiedRows[Kind] {
  return (row) => (kind === "jobs" ? ({ ...row, ...beginAnew(row as Job) } as CopiedRows[Kind]) : row);
}

/** A running job's place is one of the old store. */
function beginAnew({ state }: Job): Partial<Job> {
  return state === "running" ? { position: null, done: 0 } : {};
}
