import { createSecretKey, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { sealInPlace } from "../store/seal-order.ts";
import { makeDerivedKeys, makeNonceSource } from "./derived-keys.ts";
import { makeKeyRing } from "./key-ring.ts";
import { makeProjectSeal } from "./project-seal.ts";

/** Seals of projects that, against all rules, have the same keys. */
async function makeTwins(...projectIds: readonly string[]) {
  const newest = { tag: "tag-0001", secret: createSecretKey(randomBytes(32)) };
  const keys = {
    dataKeys: new Map([[newest.tag, newest]]),
    newest,
    indexKey: createSecretKey(randomBytes(32)),
  };
  const ring = makeKeyRing(
    async () => keys,
    () => 0,
  );
  await ring.load();
  const parts = {
    isEncrypting: true,
    nonces: makeNonceSource(randomBytes, 2),
    derivedKeys: makeDerivedKeys(),
  };
  return projectIds.map((projectId) => makeProjectSeal(projectId, ring, parts));
}

it("a value is bound to its project, not only to the project's keys", async () => {
  const [one, two] = await makeTwins("p1", "p");
  const blob = one?.seal("1", "c", [Buffer.from("x")]) ?? Buffer.alloc(0);
  expect(one?.openNow("1", "c", blob)).toEqual(Buffer.from("x"));
  for (const [row, column] of [
    ["1", "c"],
    ["1", "1c"],
    ["11", "c"],
  ] as const) {
    expect(() => two?.openNow(row, column, blob)).toThrow("altered or moved");
  }
});

it("values sealed before and after a change of salt open alike, and share no pair of salt and nonce", async () => {
  const [seal] = await makeTwins("p1");
  const blobs = Array.from(
    { length: 5 },
    (_, i) => seal?.seal(`e${i}`, "c", [Buffer.of(i)]) ?? Buffer.alloc(0),
  );
  expect(blobs.map((blob, i) => seal?.openNow(`e${i}`, "c", blob)?.[0])).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(blobs.map((blob) => blob.toString("latin1", 9, 25))).size).toBe(3);
  expect(new Set(blobs.map((blob) => blob.toString("latin1", 9, 37))).size).toBe(5);
});

it("an order carried out by a store gives a value that opens like any other", async () => {
  const [seal] = await makeTwins("p1");
  const { value, order } = seal?.order("1", "c", [Buffer.from("secret "), Buffer.from("words")]) ?? {};
  if (value === undefined || !order) throw new Error("there is no order");
  expect(value.toString("latin1")).toContain("secret words");
  sealInPlace(value, order);
  expect(value.toString("latin1")).not.toContain("secret");
  expect(seal?.openNow("1", "c", value)).toEqual(Buffer.from("secret words"));
});
