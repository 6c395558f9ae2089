import { randomBytes } from "node:crypto";
import { type Program, startProgram } from "../harness/start-program.ts";

/** A server as the client's tests want one, and the words that tell them where it is. */
export async function startTestServer(): Promise<{ readonly program: Program; readonly before: string }> {
  const operatorKey = `operator-${randomBytes(24).toString("hex")}`;
  const program = await startProgram({
    env: {
      TRIGGERS_OPERATOR_KEY: operatorKey,
      TRIGGERS_ALLOW_NETWORKS: "127.0.0.0/8",
      TRIGGERS_MAX_EVENT_BYTES: String(8 * 1024 * 1024),
      TRIGGERS_LOG_LEVEL: "warn",
    },
  });
  const given = JSON.stringify({ url: program.url, operatorKey });
  return { program, before: `globalThis.TRIGGERS_TEST_SERVER = ${given};` };
}
