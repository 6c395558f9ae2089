import { randomBytes } from "node:crypto";
import { type Program, type ProgramOptions, prepareProgram } from "./start-program.ts";

/** Programs that share one installation: its store and its keys. */
export interface NodeGroup extends AsyncDisposable {
  /** A node, not yet started. */
  add(env?: ProgramOptions["env"]): Promise<Program>;
}

/** No node yet. `shared`: what all of them are told besides the keys. */
export function makeNodeGroup(shared: NonNullable<ProgramOptions["env"]>): NodeGroup {
  const keys = {
    TRIGGERS_MASTER_KEY: randomBytes(32).toString("base64"),
    TRIGGERS_BOOTSTRAP_API_KEY: `e2e-${randomBytes(24).toString("hex")}`,
  };
  const programs: Program[] = [];
  return {
    async add(env = {}) {
      const program = await prepareProgram({ env: { ...keys, ...shared, ...env } });
      programs.push(program);
      return program;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
    },
  };
}
