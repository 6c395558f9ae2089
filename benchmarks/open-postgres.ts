import { randomBytes } from "node:crypto";
import { startPostgresServer } from "../packages/server/src/store/postgres/testing/start-postgres-server.ts";

/** A PostgreSQL 18 of its own, with every fsync. */
export interface BenchPostgres extends AsyncDisposable {
  readonly url: string;
  /** What a server is started with to use it; the same for all of one installation. */
  readonly env: Readonly<Record<string, string>>;
}

/** More memory than for tests, and vacuum as usual; the rest as PostgreSQL comes. */
const SETTINGS = { autovacuum: "on", shared_buffers: "256MB" };

export async function openPostgres(): Promise<BenchPostgres> {
  const server = await startPostgresServer({ isDurable: true, settings: SETTINGS });
  const url = server.urlOf("postgres");
  return {
    url,
    env: {
      TRIGGERS_STORE: url,
      TRIGGERS_MASTER_KEY: randomBytes(32).toString("base64"),
      TRIGGERS_BOOTSTRAP_API_KEY: `bench-${randomBytes(24).toString("hex")}`,
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
