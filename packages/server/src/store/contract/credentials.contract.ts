import { describe, expect, test } from "vitest";
import type { Credential } from "../../domain/credential.ts";
import { DAY, idAt, makeCredential, T0 } from "./make-records.ts";
import type { OpenScene, Scene } from "./scene.ts";

export function describeCredentials(open: OpenScene): void {
  describe("credentials", () => {
    test("a credential comes back exactly as it was created, by its token and by its id", async () => {
      const scene = await open();
      const made = await create(scene, {
        scopes: ["inbox:consume"],
        expiresAt: T0 + DAY,
        lastUsedAt: T0 + 1,
      });
      expect(await scene.store.readCredential(made.tokenHash)).toEqual(made);
      expect(await read(scene, made)).toEqual(made);
    });

    test("unknown tokens and ids read as nothing", async () => {
      const { store, projectId } = await open();
      expect(await store.readCredential("unknown")).toBeNull();
      expect(await store.readCredentialById(projectId, idAt(T0))).toBeNull();
    });

    test("a token belongs to one credential of the whole installation", async () => {
      const scene = await open();
      const made = await create(scene);
      const again = makeCredential(scene.projectId, { tokenHash: made.tokenHash });
      expect(await scene.store.createCredential(again)).toBe("exists");
      expect(await scene.store.readCredential(made.tokenHash)).toEqual(made);
      expect(await scene.store.createCredential(makeCredential(idAt(T0)))).toBe("no_project");
    });

    test("a revoked credential is read as revoked, and keeps its earliest time", async () => {
      const scene = await open();
      const made = await create(scene);
      for (const revokedAt of [T0 + 5, T0 + 9, T0 + 3])
        expect(await scene.store.revokeCredential(scene.projectId, made.id, revokedAt)).toBe("revoked");
      expect(await scene.store.readCredential(made.tokenHash)).toEqual({ ...made, revokedAt: T0 + 3 });
      expect(await scene.store.revokeCredential(scene.projectId, idAt(T0), T0)).toBe("not_found");
    });

    test("an expiry is set unless an earlier one stands", async () => {
      const scene = await open();
      const made = await create(scene);
      for (const expiresAt of [T0 + 5, T0 + 9, T0 + 3])
        expect(await scene.store.expireCredential(scene.projectId, made.id, expiresAt)).toBe("changed");
      expect(await read(scene, made)).toEqual({ ...made, expiresAt: T0 + 3 });
      expect(await scene.store.expireCredential(scene.projectId, idAt(T0), T0)).toBe("not_found");
    });

    test("those not revoked are listed by id, page by page, expired ones too", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const made = [await create(scene, { expiresAt: T0 }), await create(scene), await create(scene)];
      const revoked = await create(scene);
      await store.revokeCredential(projectId, revoked.id, T0 + 5);
      const list = async (afterId: string | null, now: number) =>
        (await store.listCredentials({ projectId, afterId, limit: 3, now })).map(({ id }) => id);
      const [first = "", ...rest] = await list(null, T0 + 5);
      expect(rest).toEqual([made[0]?.id, made[1]?.id]);
      expect(first < (made[0]?.id ?? "")).toBe(true);
      expect(await list(made[1]?.id ?? null, T0 + 5)).toEqual([made[2]?.id]);
      expect(await list(made[1]?.id ?? null, T0 + 4)).toEqual([made[2]?.id, revoked.id]);
    });

    test("the last use is noted, and a later time wins", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const [one, other] = [await create(scene), await create(scene)];
      const use = (id: string, lastUsedAt: number) => ({ projectId, id, lastUsedAt });
      await store.touchCredentials([use(one.id, T0 + 5), use(other.id, T0 + 1), use(idAt(T0), T0)]);
      await store.touchCredentials([use(one.id, T0 + 2), use(other.id, T0 + 3)]);
      expect((await read(scene, one))?.lastUsedAt).toBe(T0 + 5);
      expect((await read(scene, other))?.lastUsedAt).toBe(T0 + 3);
    });

    test("those revoked long ago are forgotten in steps, by token and by id", async () => {
      const scene = await open();
      const { store, projectId } = scene;
      const old = [await create(scene), await create(scene)];
      const young = await create(scene);
      for (const { id } of old) await store.revokeCredential(projectId, id, T0);
      await store.revokeCredential(projectId, young.id, T0 + 1);
      const steps = [];
      for (let step = 0; step < 3; step++) steps.push(await store.forgetCredentials(T0 + 1, 1));
      expect(steps).toEqual([1, 1, 0]);
      for (const credential of old) {
        expect(await store.readCredential(credential.tokenHash)).toBeNull();
        expect(await read(scene, credential)).toBeNull();
      }
      expect(await read(scene, young)).not.toBeNull();
    });
  });
}

async function create({ store, projectId }: Scene, fields: Partial<Credential> = {}): Promise<Credential> {
  const credential = makeCredential(projectId, fields);
  expect(await store.createCredential(credential)).toBe("created");
  return credential;
}

function read({ store }: Scene, { projectId, id }: Credential): Promise<Credential | null> {
  return store.readCredentialById(projectId, id);
}
