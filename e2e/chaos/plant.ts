import { type Answer, type Client, connect, type Sent } from "../harness/client.ts";
import { type Program, type ProgramOptions, startProgram } from "../harness/start-program.ts";

/** A program under load that goes down and comes back while its callers go on. */
export interface Plant extends AsyncDisposable {
  readonly program: Program;
  readonly client: Client;
  /** Null if the program went down before the answer was there, or refused for a reason of its own (503): the outcome is unknown. */
  try<T>(method: string, path: string, sent?: Sent): Promise<Answer<T> | null>;
  /** As `try`, again and again until there is an answer; null once the plant is closed. For what may be repeated. */
  insist<T>(method: string, path: string, sent?: Sent): Promise<Answer<T> | null>;
  /** Marks the program as down for `whileDown`, then as up. Callers wait meanwhile. */
  goDown(whileDown: () => Promise<void>): Promise<void>;
  readonly isOver: boolean;
  /** Callers end after what they are at. */
  endLoad(): void;
}

export async function openPlant(options: ProgramOptions = {}): Promise<Plant> {
  const program = await startProgram({ ...options, env: { TRIGGERS_RATE_LIMIT: "0", ...options.env } });
  const client = connect(program, program.key, 64);
  let up = Promise.resolve();
  let isOver = false;
  let isClosed = false;
  const attempt = async <T>(method: string, path: string, sent?: Sent): Promise<Answer<T> | null> => {
    await up;
    const answer = await client.send<T>(method, path, sent).catch(() => null);
    return answer?.status === 503 ? null : answer;
  };
  return {
    ...{ program, client, try: attempt },
    get isOver() {
      return isOver;
    },
    async insist<T>(method: string, path: string, sent?: Sent) {
      while (!isClosed) {
        const answer = await attempt<T>(method, path, sent);
        if (answer !== null) return answer;
      }
      return null;
    },
    async goDown(whileDown) {
      const back = Promise.withResolvers<void>();
      up = back.promise;
      await whileDown();
      back.resolve();
    },
    endLoad() {
      isOver = true;
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      isClosed = true;
      client[Symbol.dispose]();
      await program[Symbol.asyncDispose]();
    },
  };
}
