import { type ClientBase, type ClientConfig, Pool, type PoolClient, types } from "pg";
import { TriggersError } from "../../domain/errors.ts";
import { type Doubt, makeDoubt } from "./doubt.ts";
import { REQUEST_MS } from "./limits.ts";
import { makePermits } from "./permits.ts";
import { isOutOfConnections, isServerAnswer, isTimeout, unavailable } from "./translate-errors.ts";

/** The server gives up a statement of a request after this, before we give up the request. */
const STATEMENT_MS = 1_500;
/** How long a new connection is waited for. For one that others use there is no limit but theirs. */
const CONNECT_MS = 1_750;
/** Where the server has no connection left, one of the pool's own is waited for so long; the server is asked again then. */
const RETURN_MS = 250;
const MOST_TRIES = 4;

/** Of `pg_type`. */
const BYTEA = 17;
const INT8 = 20;
const INT8_ARRAY = 1016;
const XID8 = 5069;

/**
 * Said once on each connection, since poolers in between let few start parameters through.
 * - What is answered is on disk, also where the database or the role says otherwise.
 * - Each statement is made to walk indexes, and is planned once for each connection. Left alone the planner goes by statistics, which on the first day say that all
 *   tables are empty: it reads whole tables then, and keeps such plans after they have grown.
 */
const SETUP = `
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
  SET default_transaction_isolation = 'read committed';
  SET statement_timeout = ${STATEMENT_MS};
  SET idle_in_transaction_session_timeout = 10000;
  SET jit = off;
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off;
  SET enable_bitmapscan = off;
  SET enable_hashjoin = off;
  SET enable_mergejoin = off;
`;

export interface PoolSettings {
  readonly url: string;
  readonly size: number;
  readonly doubt?: Doubt;
}

/** Connections to one server. */
export interface OpenPool {
  /** Runs `work` on a connection of its own for that time. Rejects at once while the server is known not to answer. */
  use<T>(work: (client: ClientBase) => Promise<T>): Promise<T>;
  end(): Promise<void>;
}

/** `doubt`: shared by all pools of one server, so that nobody has to find out twice that it is silent. */
export function openPool({ url, size, doubt = makeDoubt(url) }: PoolSettings): OpenPool {
  const config: ClientConfig = {
    connectionString: url,
    application_name: "triggers",
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    pipeline: true,
    types: { getTypeParser },
  };
  const pool = new Pool({ ...config, max: size, onConnect });
  // A connection that broke while nobody used it is out of the pool by now.
  pool.on("error", () => {});
  const permits = makePermits(size);
  const returns = makeReturns();
  doubt.whenRaised(() => permits.refuseWaiting(unavailable()));
  return {
    async use(work) {
      if (doubt.isRaised() && !(await doubt.isOverSoon())) throw unavailable();
      await permits.take();
      try {
        return await useClient(pool, returns, work);
      } catch (error) {
        if (isTimeout(error)) doubt.raise();
        throw error;
      } finally {
        permits.giveBack();
      }
    },
    async end() {
      doubt.close();
      await pool.end();
    },
  };
}

/** A connection that did anything but answer is not used again; what we refuse ourselves is no fault of it. */
async function useClient<T>(
  pool: Pool,
  returns: Returns,
  work: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const client = await connectTo(pool, returns);
  let isSound = true;
  try {
    return await work(client);
  } catch (error) {
    const isKnown = isServerAnswer(error) || error instanceof TriggersError;
    isSound = isKnown && client.getTransactionStatus() === "I";
    throw error;
  } finally {
    client.release(!isSound);
    returns.tell();
  }
}

async function connectTo(pool: Pool, returns: Returns): Promise<PoolClient> {
  for (let tries = 1; ; tries++) {
    try {
      return await pool.connect();
    } catch (error) {
      if (!isOutOfConnections(error) || pool.totalCount === 0 || tries === MOST_TRIES) throw error;
      await returns.next();
    }
  }
}

/** Those who found no connection on the server wait in turn for one that the pool gets back, before whoever comes anew. */
interface Returns {
  next(): Promise<void>;
  tell(): void;
}

function makeReturns(): Returns {
  const waiting = new Set<() => void>();
  return {
    next: () =>
      new Promise((resolve) => {
        const go = () => {
          clearTimeout(timer);
          waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, RETURN_MS);
        waiting.add(go);
      }),
    tell() {
      const [first] = waiting;
      first?.();
    },
  };
}

function onConnect(client: ClientBase): Promise<unknown> {
  // While it is lent nobody else listens; the statement under way fails by itself.
  client.on("error", () => {});
  return client.query(Object.assign({ text: SETUP }, { query_timeout: REQUEST_MS }));
}

/** Bytes come as plain ones, not as a Buffer. Whole numbers of 8 bytes are times and counts here: far below 2^53. */
const getTypeParser: typeof types.getTypeParser = (oid: number, format?: "text" | "binary") => {
  if (oid === INT8 || oid === XID8) return Number;
  if (oid === BYTEA) return bytesOf;
  if (oid === INT8_ARRAY) return numbersOf;
  return types.getTypeParser(oid, format as "text");
};

/** Hexadecimal, behind `\\x`. */
function bytesOf(text: string): Uint8Array {
  const { buffer, byteOffset, byteLength } = Buffer.from(text.slice(2), "hex");
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function numbersOf(text: string): readonly (number | null)[] {
  return JSON.parse(`[${text.slice(1, -1).replaceAll("NULL", "null")}]`);
}
