import { randomBytes } from "node:crypto";
import { openTestDatabase } from "../../packages/server/src/store/postgres/testing/open-test-database.ts";
import { type Program, type ProgramOptions, prepareProgram } from "./start-program.ts";

/** Several programs on one PostgreSQL database. */
export interface Nodes extends AsyncDisposable {
  /** Of the database, with a password that the server does not ask for, but that must be shown nowhere. */
  readonly url: string;
  /** A node, not yet started; all have the same keys. */
  add(env?: ProgramOptions["env"]): Promise<Program>;
}

export const PASSWORD = "s3cret-pa55word";

/** A database of its own, without any table, and no node yet. */
export async function openNodes(): Promise<Nodes> {
  const database = await openTestDatabase({ isEmpty: true });
  const { href: url } = Object.assign(new URL(database.url), { password: PASSWORD });
  const shared = {
    TRIGGERS_STORE: url,
    TRIGGERS_MASTER_KEY: randomBytes(32).toString("base64"),
    TRIGGERS_BOOTSTRAP_API_KEY: `e2e-${randomBytes(24).toString("hex")}`,
  };
  const programs: Program[] = [];
  return {
    url,
    async add(env = {}) {
      const program = await prepareProgram({ env: { ...shared, ...env } });
      programs.push(program);
      return program;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map((program) => program[Symbol.asyncDispose]()));
      await database.release();
    },
  };
}
