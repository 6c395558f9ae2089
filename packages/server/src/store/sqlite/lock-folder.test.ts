import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lockFolder } from "./lock-folder.ts";

let dataDir = "";
const children: ChildProcess[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "triggers-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  rmSync(dataDir, { recursive: true });
});

describe("the lock of a data folder", () => {
  test("refuses a second holder and tells folder and process", () => {
    const lock = lockFolder(dataDir);
    expect(() => lockFolder(dataDir)).toThrow(
      `The data folder ${dataDir} is in use by another process (process ${process.pid}).`,
    );
    lock.release();
  });

  test("is free after a release, and a refused holder takes nothing away", () => {
    const lock = lockFolder(dataDir);
    for (let round = 0; round < 3; round++) expect(() => lockFolder(dataDir)).toThrow("in use");
    lock.release();
    lockFolder(dataDir).release();
  });

  test("holds against another process, at once, and is free when that one is killed", async () => {
    const child = await startHolder();
    const before = performance.now();
    expect(() => lockFolder(dataDir)).toThrow(`(process ${child.pid})`);
    expect(performance.now() - before).toBeLessThan(1_000);
    await kill(child);
    lockFolder(dataDir).release();
  });

  test("keeps another process out after refusing one in this process", async () => {
    const lock = lockFolder(dataDir);
    expect(() => lockFolder(dataDir)).toThrow("in use");
    const [code] = await once(spawnHolder(), "exit");
    expect(code).not.toBe(0);
    lock.release();
  });
});

/** A process that takes the lock, says so and stays. */
function spawnHolder(): ChildProcess {
  const module = JSON.stringify(new URL("./lock-folder.ts", import.meta.url).href);
  const program = `import { lockFolder } from ${module};
    lockFolder(${JSON.stringify(dataDir)}); console.log("locked"); setInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  return child;
}

async function startHolder(): Promise<ChildProcess> {
  const child = spawnHolder();
  if (child.stdout === null) throw new Error("no output");
  await once(child.stdout, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
