import { type Answer, type Client, connect, type Sent } from "../harness/client.ts";
import type { Program } from "../harness/start-program.ts";
import type { Secrets } from "./secrets.ts";

/** A program in use, and what came of it. */
export interface Scene extends Disposable {
  readonly program: Program;
  readonly secrets: Secrets;
  /** With the key of the first project. */
  readonly client: Client;
  readonly operator: Client;
  /** Method and path of every call that was answered with 2xx. */
  readonly done: Set<string>;
  /** Every answer from 400 on. */
  readonly refusals: Answer[];
  /** A text that differs from use to use, for what has to be unique. */
  readonly round: number;
}

export function makeScene(program: Program, secrets: Secrets, operatorKey: string): Omit<Scene, "round"> {
  const done = new Set<string>();
  const refusals: Answer[] = [];
  const watch = (client: Client): Client => ({
    [Symbol.dispose]: () => client[Symbol.dispose](),
    async send<T>(method: string, path: string, sent?: Sent) {
      const answer = await client.send<T>(method, path, sent);
      if (answer.status >= 400) refusals.push(answer);
      else done.add(`${method} ${path}`);
      return answer;
    },
  });
  const [client, operator] = [program.key, operatorKey].map((key) => watch(connect(program, key)));
  if (client === undefined || operator === undefined) throw new Error("Two keys make two clients.");
  return {
    ...{ program, secrets, client, operator, done, refusals },
    [Symbol.dispose]() {
      client[Symbol.dispose]();
      operator[Symbol.dispose]();
    },
  };
}

/** Calls what has to succeed; gives its JSON. `call`: method and path. */
export async function done<T>(client: Client, call: string, body?: unknown): Promise<T> {
  return doneWith<T>(client, call, body === undefined ? {} : { body });
}

export async function doneWith<T>(client: Client, call: string, sent: Sent): Promise<T> {
  const [method = "", path = ""] = call.split(" ", 2);
  const answer = await client.send<T>(method, path, sent);
  if (answer.status < 300) return answer.json;
  throw new Error(`${call} was answered ${answer.status}: ${answer.bytes}`);
}

/** Calls what has to be refused. */
export async function refused(client: Client, call: string, sent: Sent = {}): Promise<void> {
  const [method = "", path = ""] = call.split(" ", 2);
  const answer = await client.send(method, path, sent);
  if (answer.status < 400) throw new Error(`${call} was not refused: ${answer.status}`);
}
