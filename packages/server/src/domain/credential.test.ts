import { expect, test } from "vitest";
import { type Credential, hasScope, isLive, mayGrant, SCOPES } from "./credential.ts";

const NOW = 1_800_000_000_000;
const CREDENTIAL: Credential = {
  projectId: "project",
  id: "id",
  name: "name",
  scopes: ["events:write"],
  tokenHash: "hash",
  createdAt: NOW,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
};

test("a scope allows itself and nothing else", () => {
  for (const scope of SCOPES.filter((one) => one !== "project:admin"))
    expect(SCOPES.filter((wanted) => hasScope([scope], wanted))).toEqual([scope]);
  expect(hasScope([], "events:read")).toBe(false);
});

test("project:admin allows everything", () => {
  expect(SCOPES.every((scope) => hasScope(["project:admin"], scope))).toBe(true);
});

test("nobody gives more scopes than they have", () => {
  expect(mayGrant(["events:write", "events:read"], ["events:read"])).toBe(true);
  expect(mayGrant(["events:write"], ["events:write", "events:read"])).toBe(false);
  expect(mayGrant(["events:write"], ["project:admin"])).toBe(false);
  expect(mayGrant(["project:admin"], SCOPES)).toBe(true);
  expect(mayGrant([], [])).toBe(true);
});

test("a credential opens something until it expires or is revoked, whichever comes first", () => {
  expect(isLive(CREDENTIAL, NOW)).toBe(true);
  for (const ended of [{ expiresAt: NOW }, { revokedAt: NOW }, { expiresAt: NOW + 9, revokedAt: NOW }]) {
    expect(isLive({ ...CREDENTIAL, ...ended }, NOW - 1)).toBe(true);
    expect(isLive({ ...CREDENTIAL, ...ended }, NOW)).toBe(false);
  }
});
