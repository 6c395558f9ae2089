import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DynamoServer, startDynamo } from "./start-dynamodb.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Whoever connects is told the endpoint, or why it did not start. */
    readonly dynamoSocket: string;
  }
}

/** What a test process reads from the socket. */
export interface DynamoAnswer {
  readonly endpoint?: string;
  readonly error?: string;
}

/** What a test run hands to its setup. */
interface Providing {
  readonly provide: (name: "dynamoSocket", path: string) => void;
}

let folder = "";
let asking: Server | null = null;
let starting: Promise<DynamoServer> | null = null;

/** One DynamoDB Local for all test files of a run, started when the first of them asks for it: a run that needs none does not wait for it. */
export async function setup({ provide }: Providing): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), "triggers-ask-"));
  const path = join(folder, "dynamodb");
  asking = createServer(async (socket) => {
    socket.on("error", () => undefined);
    starting ??= startDynamo();
    const answer: DynamoAnswer = await starting.then(
      ({ endpoint }) => ({ endpoint }),
      (error: unknown) => ({ error: String(error) }),
    );
    socket.end(JSON.stringify(answer));
  }).listen(path);
  await once(asking, "listening");
  provide("dynamoSocket", path);
}

export async function teardown(): Promise<void> {
  asking?.close();
  await rm(folder, { recursive: true, force: true });
  const server = await starting?.catch(() => null);
  await server?.stop();
}
