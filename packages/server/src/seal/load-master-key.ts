import type { ProjectStore } from "../store/project-store.ts";
import {
  type MasterKey,
  MasterKeyError,
  makeMasterKey,
  makeMasterKeyText,
  parseMasterKeyText,
  type RandomBytes,
} from "./master-key.ts";
import { makeMasterKeyFile, masterKeyPath, readMasterKeyFile } from "./master-key-file.ts";

const CHECK_NAME = "master_key_check";
const SETTING = "TRIGGERS_MASTER_KEY";

export interface MasterKeySource {
  /** The value of `TRIGGERS_MASTER_KEY`: 32 bytes in base64. */
  readonly fromSetting: string | null;
  /** The folder that holds, or gets, the file `master.key`; it exists. Null: this store takes no file. */
  readonly dataDir: string | null;
  readonly store: Pick<ProjectStore, "readSetting" | "putSetting">;
  readonly randomBytes: RandomBytes;
}

interface FoundKey {
  readonly bytes: Buffer;
  /** For messages. */
  readonly where: string;
}

/**
 * The master key, proven to be the one this store was sealed with. Nothing is written unless the store is new: then the key file (if there is no
 * setting) and, once that is durable, the store's check value. Throws `MasterKeyError`, which refuses the start.
 */
export async function loadMasterKey(source: MasterKeySource): Promise<MasterKey> {
  const { fromSetting, dataDir, store, randomBytes } = source;
  const expected = await store.readSetting(CHECK_NAME);
  if (expected === null && fromSetting === null && dataDir !== null) {
    await makeMasterKeyFile(dataDir, randomBytes);
  }
  const found = await findKey(source);
  if (found === null) throw missingKey(source, expected !== null);
  const masterKey = makeMasterKey(found.bytes, randomBytes);
  const stands = expected ?? (await store.putSetting(CHECK_NAME, masterKey.checkValue));
  if (!Buffer.from(stands).equals(masterKey.checkValue)) throw wrongKey(found.where);
  return masterKey;
}

async function findKey({ fromSetting, dataDir }: MasterKeySource): Promise<FoundKey | null> {
  const set = fromSetting === null ? null : parseSetting(fromSetting);
  const filed = dataDir === null ? null : await readMasterKeyFile(dataDir);
  const path = dataDir === null ? "" : masterKeyPath(dataDir);
  if (set !== null && filed !== null && !set.equals(filed)) throw conflict(path);
  if (set !== null) return { bytes: set, where: SETTING };
  return filed === null ? null : { bytes: filed, where: path };
}

function missingKey({ dataDir, randomBytes }: MasterKeySource, isSealed: boolean): MasterKeyError {
  if (dataDir !== null) return fileMissing(masterKeyPath(dataDir));
  return isSealed ? settingMissing() : settingNeeded(makeMasterKeyText(randomBytes));
}

function parseSetting(text: string): Buffer {
  const bytes = parseMasterKeyText(text);
  if (bytes !== null) return bytes;
  throw new MasterKeyError(
    "malformed",
    `${SETTING} is not 32 bytes in base64 (44 characters). Set it to the whole key, without quotes or spaces.`,
  );
}

function conflict(path: string): MasterKeyError {
  return new MasterKeyError(
    "conflict",
    `${SETTING} and the file ${path} hold different keys. Unset the one or move away the other, keeping the key this data was sealed with. ` +
      "Nothing was changed.",
  );
}

function settingNeeded(freshKey: string): MasterKeyError {
  return new MasterKeyError(
    "missing",
    `This store needs a master key: set ${SETTING} to 32 random bytes in base64, the same on every node, and keep a copy apart from the data, ` +
      `which cannot be read without it. A fresh one, used nowhere yet: ${freshKey}`,
  );
}

function settingMissing(): MasterKeyError {
  return new MasterKeyError(
    "missing",
    `This store is sealed with a master key and none is set. Set ${SETTING} to that key; a new one cannot read the data. Nothing was changed.`,
  );
}

function fileMissing(path: string): MasterKeyError {
  return new MasterKeyError(
    "missing",
    `This store is sealed with a master key, and the file ${path} is missing. Restore it from a backup, or set ${SETTING} to the key it was ` +
      "sealed with; a new one cannot read the data. Nothing was changed.",
  );
}

function wrongKey(where: string): MasterKeyError {
  return new MasterKeyError(
    "wrong",
    `The key in ${where} is not the one this store is sealed with. Put the right key back; this one cannot read the data. Nothing was changed.`,
  );
}
