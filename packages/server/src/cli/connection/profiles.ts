import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OperatorError } from "../../domain/errors.ts";

/** A server and a key for it, under a name. */
export interface Profile {
  readonly name: string;
  readonly url: string;
  readonly apiKey: string;
}

export interface Profiles {
  /** Name of the one in use; null: none. */
  readonly chosen: string | null;
  readonly profiles: readonly Profile[];
}

/** Bits of everybody but the owner. */
const OTHERS = 0o077;

export function profilesFile(configHome: string): string {
  return join(configHome, "triggers", "profiles.json");
}

/** None if there is no file yet; refused if others may read it, since it holds keys. */
export async function readProfiles(configHome: string): Promise<Profiles> {
  const file = profilesFile(configHome);
  const text = await readPrivateFile(file);
  if (text === null) return { chosen: null, profiles: [] };
  const profiles = parseProfiles(text);
  if (profiles === null)
    throw new OperatorError(`${file} is no list of profiles. Correct it or remove it, then add them again.`);
  return profiles;
}

/** Written whole or not at all, for the owner's eyes alone. */
export async function writeProfiles(configHome: string, { chosen, profiles }: Profiles): Promise<void> {
  const file = profilesFile(configHome);
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const entries = profiles.map(({ name, url, apiKey }) => [name, { url, api_key: apiKey }]);
  const text = `${JSON.stringify({ chosen, profiles: Object.fromEntries(entries) }, null, 2)}\n`;
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    const handle = await open(draft, "wx", 0o600);
    await handle.writeFile(text).finally(() => handle.sync().finally(() => handle.close()));
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function readPrivateFile(file: string): Promise<string | null> {
  try {
    const { mode } = await stat(file);
    if ((mode & OTHERS) !== 0)
      throw new OperatorError(`Others may read ${file}, and it holds keys. Run \`chmod 600 ${file}\`.`);
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function parseProfiles(text: string): Profiles | null {
  try {
    const { chosen, profiles }: { chosen: unknown; profiles: Record<string, Record<string, unknown>> } =
      JSON.parse(text);
    const list = Object.entries(profiles).map(([name, { url, api_key: apiKey }]) => ({ name, url, apiKey }));
    const isChoice = chosen === null || typeof chosen === "string";
    return isChoice && list.every(isProfile) ? { chosen, profiles: list.filter(isProfile) } : null;
  } catch {
    return null;
  }
}

function isProfile(given: { name: string; url: unknown; apiKey: unknown }): given is Profile {
  return typeof given.url === "string" && typeof given.apiKey === "string";
}
