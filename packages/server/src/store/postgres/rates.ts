import type { RateStore } from "../rate-store.ts";
import type { Database } from "./open-database.ts";
import { texts } from "./pack-arrays.ts";
import { operatorSql } from "./sql.ts";

type Request = Parameters<RateStore["exchangeDemands"]>[0];
type Answer = Awaited<ReturnType<RateStore["exchangeDemands"]>>;

/** After this a node that says nothing more is forgotten. */
const FORGET_MS = 3_600_000;

const FORGET = operatorSql("DELETE FROM node_demands WHERE noted_at < $1");
const NOTE = operatorSql(`INSERT INTO node_demands (node, noted_at, limits, per_second)
  VALUES ($1, $2, $3::text[], $4::double precision[]) ON CONFLICT (node) DO UPDATE
  SET noted_at = excluded.noted_at, limits = excluded.limits, per_second = excluded.per_second`);
const READ = operatorSql<readonly [limits: readonly string[], perSecond: readonly number[]]>(
  "SELECT limits, per_second FROM node_demands WHERE node <> $1 AND noted_at > $2",
);

export async function exchangeDemands(
  db: Database,
  { nodeId, now, freshAfter, demands }: Request,
): Promise<Answer> {
  const limits = demands.map(({ limit }) => limit);
  const perSecond = demands.map((demand) => demand.perSecond);
  const others = await db.transact((tx) => {
    tx.send(FORGET, now - FORGET_MS);
    tx.send(NOTE, nodeId, now, texts(limits), perSecond);
    return tx.all(READ, nodeId, freshAfter);
  });
  const sums = new Map<string, number>();
  for (const [names, numbers] of others)
    for (const [index, name] of names.entries())
      sums.set(name, (sums.get(name) ?? 0) + (numbers[index] ?? 0));
  return { nodes: others.length + 1, others: limits.map((limit) => sums.get(limit) ?? 0) };
}
