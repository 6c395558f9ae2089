import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { WrappedKey } from "../domain/project.ts";
import { makeMasterKey } from "./master-key.ts";
import { SealError } from "./seal-error.ts";
import { makeSealer } from "./sealer.ts";

const numRuns = Number(process.env.PROPERTY_RUNS ?? 200);
const place = fc.record({
  project: fc.constantFrom("p", "p1", "p11"),
  row: fc.string(),
  column: fc.string(),
});

it("a value opens in the place it was sealed in and in no other, whatever the ids hold", async () => {
  const rows = new Map<string, readonly WrappedKey[]>();
  const sealer = makeSealer({
    store: { readKeys: async (id) => rows.get(id) ?? [], addKey: async () => "no_project" },
    masterKey: makeMasterKey(randomBytes(32), randomBytes),
    isEncrypting: true,
    randomBytes,
    monotonicMs: () => 0,
  });
  for (const id of ["p", "p1", "p11"]) rows.set(id, sealer.makeProjectKeys(id, 1));
  const sealOf = async (id: string) => {
    const seal = await sealer.sealOf(id);
    if (seal === null) throw new Error("the project has no keys");
    return seal;
  };
  const parts = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(place, place, parts, async (here, there, values) => {
      const seal = await sealOf(here.project);
      const blob = seal.seal(here.row, here.column, values);
      expect(seal.openNow(here.row, here.column, blob)).toEqual(Buffer.concat(values));
      const isSame = here.project === there.project && here.row === there.row && here.column === there.column;
      if (isSame) return;
      const other = await sealOf(there.project);
      await expect(other.open(there.row, there.column, blob)).rejects.toBeInstanceOf(SealError);
    }),
    { numRuns },
  );
});
