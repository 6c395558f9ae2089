import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { openConnection } from "../benchmarks/wire/connection.ts";
import { REPOSITORY } from "./harness/start-program.ts";

const QUICK_MS = 60_000;

interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly progress: string;
}

async function runBench(...args: readonly string[]): Promise<Ran> {
  const child = spawn("npm", ["run", "--silent", "bench", "--", ...args], { cwd: REPOSITORY });
  const [output, progress, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { code, output, progress };
}

function readDocument(): Promise<string | null> {
  return readFile(`${REPOSITORY}docs/benchmarks.md`, "utf8").catch(() => null);
}

/** What is printed of one scenario in JSON. */
interface Printed {
  readonly generator: string;
  readonly scenarios: readonly {
    readonly number: number;
    readonly failure: string | null;
    readonly figures: readonly { readonly label: string; readonly value: number }[];
  }[];
}

it("a connection that its server closed while it was idle refuses the next request, rather than wait for its answer", async () => {
  const server = createServer((socket) => void socket.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, "connection");
  const connection = await openConnection(`http://127.0.0.1:${port}`);
  const [socket] = (await accepted) as [Socket];
  await once(socket, "close");
  await expect(connection.send("GET / HTTP/1.1\r\n\r\n")).rejects.toThrow("closed the connection");
  server.close();
});

describe("npm run bench", () => {
  it("prints a table of a quick run and leaves the document as it is", { timeout: QUICK_MS }, async () => {
    const before = await readDocument();
    const { code, output, progress } = await runBench("--quick", "--only", "1,2");
    expect(code, progress).toBe(0);
    expect(output).toMatch(/1\. Bare handler\n {2}throughput +[\d,]+ requests\/s/);
    expect(output).toMatch(/2\. Single events.*\n {2}throughput +[\d,]+ events\/s/);
    expect(output).toMatch(/ratio +\d\.\d+ × bare +≥ 0\.5 +(met|not met)\n/);
    expect(await readDocument()).toBe(before);
  });

  it("measures with a generator of its own, and prints JSON", { timeout: QUICK_MS }, async () => {
    const { code, output, progress } = await runBench(
      ...["--quick", "--json", "--only", "4,8"],
      ...["--generator", "own"],
    );
    expect(code, progress).toBe(0);
    const { generator, scenarios }: Printed = JSON.parse(output);
    expect(generator).toBe("own");
    expect(scenarios.map(({ number, failure }) => [number, failure])).toEqual([
      [4, null],
      [8, null],
    ]);
    for (const { figures } of scenarios) {
      expect(figures.length).toBeGreaterThan(3);
      expect(figures.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
    }
  });

  it("says what it takes when it is asked for something else", { timeout: QUICK_MS }, async () => {
    const { code, progress } = await runBench("--only", "99");
    expect(code).toBe(2);
    expect(progress).toContain("There is no scenario 99.");
    expect(progress).toContain("--quick");
  });
});
