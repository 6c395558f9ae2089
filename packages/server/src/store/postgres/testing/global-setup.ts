import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresServer, startPostgresServer } from "./start-postgres-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Whoever connects and names its worker is told the URL of a server, or why it did not start. */
    readonly postgresSocket: string;
  }
}

/** What a test process reads from the socket. */
export interface ServerAnswer {
  readonly url?: string;
  readonly error?: string;
}

/** As much of a project of vitest as is used here. */
interface Providing {
  readonly provide: (name: "postgresSocket", path: string) => void;
}

let folder = "";
let asking: Server | null = null;
const servers = new Map<string, Promise<PostgresServer>>();

/**
 * A PostgreSQL for each worker of a run, started when one of its test files first asks for it: a run that needs none does not wait for it. Two workers do not share one,
 * because a transaction that is under way in any database of a server holds up the feeds in all of them.
 */
export async function setup({ provide }: Providing): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "triggers-ask-"));
  const path = join(folder, "postgres");
  asking = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (worker) => void answer(socket, worker.toString()));
  }).listen(path);
  await once(asking, "listening");
  provide("postgresSocket", path);
}

async function answer(socket: Socket, worker: string): Promise<void> {
  const starting = servers.get(worker) ?? startPostgresServer({ isDurable: false });
  servers.set(worker, starting);
  const text: ServerAnswer = await starting.then(
    (server) => ({ url: server.urlOf("postgres") }),
    (error: unknown) => ({ error: String(error) }),
  );
  socket.end(JSON.stringify(text));
}

export async function teardown(): Promise<void> {
  asking?.close();
  const stopped = [...servers.values()].map((starting) => starting.then((server) => server.stop()));
  await Promise.allSettled(stopped);
  await rm(folder, { recursive: true, force: true });
}
