import pg from "pg";
import { atMost, type Figure, figure } from "../figure.ts";
import { fillInbox } from "../fill-inbox.ts";
import type { Target } from "../measure-load.ts";
import { openPostgres } from "../open-postgres.ts";
import { runConsumers } from "../run-consumers.ts";
import type { Scenario } from "../scenario.ts";

const LIMIT = 100;

export const postgresBacklog: Scenario = {
  number: 13,
  title: "1,000,000 waiting deliveries on PostgreSQL, and 10,000,000 settled ones beside them",
  method:
    "1,000,000 events in batches of 1,000; leases of 100 by one consumer. Then 10,000,000 acknowledged deliveries of the same inbox are written into the table by SQL, and as many leases follow.",
  async run(bench) {
    await using postgres = await openPostgres();
    const server = await bench.startServer(postgres.env);
    bench.progress.step("    filling the inbox");
    await fillInbox(server, bench.pick(1_000_000, 20_000), bench.progress);
    bench.progress.step("    leases");
    const leases = bench.pick(300, 20);
    const before = await leaseFigures(server, leases, "");
    bench.progress.step("    settled deliveries");
    await addSettled(postgres.url, bench.pick(10_000_000, 20_000));
    return [...before, ...(await leaseFigures(server, leases, ", beside 10,000,000 settled"))];
  },
};

async function leaseFigures(
  { url, key }: Target,
  leases: number,
  beside: string,
): Promise<readonly Figure[]> {
  const { leaseLatency, deliveries } = await runConsumers({
    ...{ url, key, consumers: 1, limit: LIMIT, leases },
    ...{ acknowledges: false, seconds: 120 },
  });
  if (deliveries !== leases * LIMIT) throw new Error(`${leases} leases gave only ${deliveries} deliveries.`);
  return [
    figure(`lease of 100, p50${beside}`, leaseLatency.p50, { unit: "ms" }),
    figure(`lease of 100, p95${beside}`, leaseLatency.p95, { unit: "ms", goal: atMost(20) }),
  ];
}

/** As they stand there after their acknowledgement: the columns that say so, the rest of any delivery that waits. */
async function addSettled(url: string, count: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `INSERT INTO deliveries_over (due_at, created_at, expires_at, settled_at, project, attempt, attempt_base, takeovers,
         bytes, state, rank, is_over, is_last, event, subscription, cause)
       SELECT d.due_at, d.created_at, d.expires_at, d.due_at, d.project, 1, 0, 0, d.bytes, 2, d.rank, true, false,
         gen_random_uuid(), d.subscription, d.cause
       FROM (SELECT * FROM deliveries_open LIMIT 1) AS d CROSS JOIN generate_series(1, $1)`,
      [count],
    );
    await client.query("ANALYZE");
  } finally {
    await client.end();
  }
}
