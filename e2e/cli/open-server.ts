import { freePort } from "../../packages/server/src/store/testing/free-port.ts";
import { type Program, startProgram } from "../harness/start-program.ts";
import { openTempFolder } from "../harness/temp-folder.ts";

/** A server at one address over all its runs, and the settings with which the command line reaches it. */
export interface CliServer extends AsyncDisposable {
  readonly program: Program;
  readonly env: Readonly<Record<string, string>>;
  /** For files of the test; holds the user's settings as well. */
  readonly folder: string;
}

export async function openServer(env: Readonly<Record<string, string | null>> = {}): Promise<CliServer> {
  const folder = await openTempFolder();
  const port = await freePort();
  const program = await startProgram({ env: { TRIGGERS_PORT: String(port), ...env } });
  return {
    program,
    env: { TRIGGERS_URL: program.url, TRIGGERS_API_KEY: program.key, XDG_CONFIG_HOME: folder.path },
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
