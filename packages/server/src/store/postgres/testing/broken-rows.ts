import { Client } from "pg";

/** The deliveries of lanes with their place in it, and when the last lease that is out in it ends. */
const LANES = `(SELECT d.*, row_number() OVER lane AS place,
    max(d.due_at) FILTER (WHERE d.state = 1) OVER (PARTITION BY d.project, d.subscription, d.lane_key) AS out_until
  FROM deliveries_open AS d WHERE d.lane_key IS NOT NULL
  WINDOW lane AS (PARTITION BY d.project, d.subscription, d.lane_key ORDER BY d.position, d.event, d.cause)) AS d`;
const SAME_KEY =
  "o.project = d.project AND o.event = d.event AND o.subscription = d.subscription AND o.cause = d.cause";

/** What may never be found, in words, and how it is looked for. */
const QUESTIONS: Readonly<Record<string, string>> = {
  "a delivery without its event":
    "deliveries AS d WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.project = d.project AND e.id = d.event)",
  "an attempt without its delivery": `attempts AS d WHERE NOT EXISTS (SELECT FROM deliveries AS o WHERE ${SAME_KEY})`,
  "a plan without its event":
    "plans AS d WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.project = d.project AND e.id = d.event)",
  "a delivery in both tables": `deliveries_open AS d JOIN deliveries_over AS o ON ${SAME_KEY}`,
  "an open delivery on no shelf":
    "deliveries_open AS d WHERE (d.state < 2) IS DISTINCT FROM (d.shelf IS NOT NULL)",
  "a settled delivery among the open ones": "deliveries_open AS d WHERE d.state IN (2, 4)",
  "an open delivery among those that are over":
    "deliveries_over AS d WHERE d.state < 2 OR (d.state = 3 AND d.parks AND d.lane_key IS NOT NULL)",
  "a delivery outside lanes that no lease finds":
    "deliveries_open AS d WHERE d.lane_key IS NULL AND d.state < 2 AND d.ready_at IS DISTINCT FROM d.due_at",
  "the head of a lane that no lease finds, or finds too early or too late": `${LANES}
    WHERE d.place = 1 AND d.state < 2 AND d.ready_at IS DISTINCT FROM greatest(d.due_at, d.out_until)`,
  "a delivery that a lease finds behind the head of its lane": `${LANES} WHERE d.place > 1 AND d.ready_at IS NOT NULL`,
  "a mark of the last attempt on what is not leased": "deliveries_open AS d WHERE d.is_last AND d.state <> 1",
};

/** Everything in a database at rest that may never be, in words. */
export async function findBrokenRows(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const found: string[] = [];
    for (const [words, question] of Object.entries(QUESTIONS)) {
      const { rowCount } = await client.query(`SELECT FROM ${question}`);
      if (rowCount !== 0) found.push(`${words}: ${rowCount}`);
    }
    return found;
  } finally {
    await client.end();
  }
}
