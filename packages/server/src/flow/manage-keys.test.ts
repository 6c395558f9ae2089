import { expect, test } from "vitest";
import { openTestFlow } from "./testing/open-test-flow.ts";

const ADMIN = ["project:admin"] as const;

test("a key opens what it was made for, and nobody gives scopes that they lack", async () => {
  const { flow, projectId } = await openTestFlow();
  const wish = { name: "reader", scopes: ["events:read"], expiresAt: null } as const;
  const { token, credential } = await flow.createKey(projectId, ADMIN, wish);
  expect(await flow.findCredential(token)).toMatchObject({ id: credential.id, scopes: ["events:read"] });
  await expect(
    flow.createKey(projectId, ["events:read"], { ...wish, scopes: ["events:write"] }),
  ).rejects.toMatchObject({
    code: "forbidden",
  });
});

test("a revoked key opens nothing from the answer on, although it was known from memory", async () => {
  const { flow, projectId } = await openTestFlow();
  const { token, credential } = await flow.createKey(projectId, ADMIN, {
    name: "k",
    scopes: ["events:read"],
    expiresAt: null,
  });
  expect(await flow.findCredential(token)).not.toBeNull();
  await flow.revokeKey(projectId, credential.id);
  expect(await flow.findCredential(token)).toBeNull();
});

test("a key that another node revoked opens nothing after 2 s", async () => {
  const { flow, store, projectId, clock } = await openTestFlow();
  const { token, credential } = await flow.createKey(projectId, ADMIN, {
    name: "k",
    scopes: ["events:read"],
    expiresAt: null,
  });
  await flow.findCredential(token);
  await store.revokeCredential(projectId, credential.id, clock.now());
  expect(await flow.findCredential(token)).not.toBeNull();
  await clock.advance(2_001);
  expect(await flow.findCredential(token)).toBeNull();
});

test("a rotated key works beside the new one for the overlap and no longer", async () => {
  const { flow, projectId, clock } = await openTestFlow();
  const old = await flow.createKey(projectId, ADMIN, {
    name: "k",
    scopes: ["events:write"],
    expiresAt: null,
  });
  const fresh = await flow.rotateKey(projectId, ADMIN, { id: old.credential.id, overlapHours: 1 });
  expect(fresh.credential).toMatchObject({ name: "k", scopes: ["events:write"] });
  expect(await flow.findCredential(old.token)).not.toBeNull();
  await clock.advance(3_600_000);
  expect(await flow.findCredential(old.token)).toBeNull();
  expect(await flow.findCredential(fresh.token)).not.toBeNull();
});

test("an expired key opens nothing", async () => {
  const { flow, projectId, clock } = await openTestFlow();
  const expiresAt = clock.now() + 1_000;
  const { token } = await flow.createKey(projectId, ADMIN, { name: "k", scopes: ["events:read"], expiresAt });
  expect(await flow.findCredential(token)).not.toBeNull();
  await clock.advance(1_000);
  expect(await flow.findCredential(token)).toBeNull();
});

test("the key that the operator sets replaces the one set before", async () => {
  const { flow, clock } = await openTestFlow();
  await flow.ensureFirstProject("first-bootstrap-key-of-32-characters");
  expect(await flow.findCredential("first-bootstrap-key-of-32-characters")).toMatchObject({
    scopes: ["project:admin"],
  });
  await flow.ensureFirstProject("second-bootstrap-key-of-32-characters");
  await clock.advance(2_001);
  expect(await flow.findCredential("first-bootstrap-key-of-32-characters")).toBeNull();
  expect(await flow.findCredential("second-bootstrap-key-of-32-characters")).not.toBeNull();
});

test("a bootstrap key that was replaced and is set again is refused with words, and the one in use stays", async () => {
  const { flow } = await openTestFlow();
  await flow.ensureFirstProject("first-bootstrap-key-of-32-characters");
  await flow.ensureFirstProject("second-bootstrap-key-of-32-characters");
  await expect(flow.ensureFirstProject("first-bootstrap-key-of-32-characters")).rejects.toThrow(
    "set a fresh one",
  );
  expect(await flow.findCredential("first-bootstrap-key-of-32-characters")).toBeNull();
  expect(await flow.findCredential("second-bootstrap-key-of-32-characters")).not.toBeNull();
});
