import { readdir, readFile, readlink } from "node:fs/promises";

/** Of the lines of `/proc/net/tcp` (proc(5)). */
const ESTABLISHED = "01";

/** Which of these processes has a connection to this port of this machine; null: none, or several have. */
export async function findCaller(port: number, pids: readonly number[]): Promise<number | null> {
  const wanted = new Set(await socketsTo(port));
  const found: number[] = [];
  for (const pid of pids) if ((await socketsOf(pid)).some((inode) => wanted.has(inode))) found.push(pid);
  return found.length === 1 ? (found[0] ?? null) : null;
}

async function socketsTo(port: number): Promise<string[]> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = (await readFile("/proc/net/tcp", "utf8")).trim().split("\n").slice(1);
  return lines.flatMap((line) => {
    const [, , remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
    return remote.endsWith(suffix) && state === ESTABLISHED ? [inode] : [];
  });
}

async function socketsOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => "")));
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}
