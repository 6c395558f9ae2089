import type { WrappedKey } from "../domain/project.ts";
import type { ProjectStore } from "../store/project-store.ts";
import { makeDerivedKeys, makeNonceSource } from "./derived-keys.ts";
import { type KeyRing, makeKeyRing } from "./key-ring.ts";
import type { MasterKey, RandomBytes } from "./master-key.ts";
import { makeWrappedKey, unwrapProjectKeys } from "./project-keys.ts";
import { makeProjectSeal, type ProjectSeal } from "./project-seal.ts";
import { makeRecentMap } from "./recent-map.ts";

/** One project costs 10 kB of resident memory, and 0.1 ms to unwrap again. */
const KEPT_PROJECTS = 10_000;
/** From this age on keys are read again in the background, so that requests do not wait for it. */
const REFRESH_AFTER_MS = 30_000;
/** Older keys are not used without being read again: so long a rotated key may be sealed with elsewhere. */
const STALE_AFTER_MS = 60_000;

/** The keys of all projects, in use. */
export interface Sealer {
  /** The project's seal if its keys are at hand and at most 60 s old; else null: ask `sealOf`. For the hot path. */
  cachedSeal(projectId: string): ProjectSeal | null;
  /** The project's seal, its keys at most 60 s old. Null: the project has no keys, it is gone. Rejects as the store does, or with a `SealError`. */
  sealOf(projectId: string): Promise<ProjectSeal | null>;
  /** The keys a new project starts with, for `NewProject.keys`. */
  makeProjectKeys(projectId: string, now: number): readonly WrappedKey[];
  /** Gives the project a new data key: here from the answer on, elsewhere within 60 s, new values are sealed with it. Old ones stay readable. */
  rotateDataKey(projectId: string, now: number): Promise<"rotated" | "no_project">;
  /** Forgets a deleted project at once; other processes within 60 s. */
  forgetProject(projectId: string): void;
}

export interface SealerOptions {
  readonly store: Pick<ProjectStore, "readKeys" | "addKey">;
  readonly masterKey: MasterKey;
  /** `TRIGGERS_ENCRYPTION`. Off: new values are stored plain. Values of either kind open whichever way it stands. */
  readonly isEncrypting: boolean;
  readonly randomBytes: RandomBytes;
  /** A clock that never goes back, in ms. */
  readonly monotonicMs: () => number;
}

interface Holder {
  readonly ring: KeyRing;
  seal: ProjectSeal | null;
}

/** Makes the sealer of this process. */
export function makeSealer(options: SealerOptions): Sealer {
  const { store, masterKey, randomBytes, monotonicMs } = options;
  const parts = {
    isEncrypting: options.isEncrypting,
    nonces: makeNonceSource(randomBytes),
    derivedKeys: makeDerivedKeys(),
  };
  const holders = makeRecentMap<Holder>(KEPT_PROJECTS);

  function holderOf(projectId: string): Holder {
    const kept = holders.get(projectId);
    if (kept !== undefined) return kept;
    const ring = makeKeyRing(
      async (known) => unwrapProjectKeys(await store.readKeys(projectId), known, { projectId, masterKey }),
      monotonicMs,
    );
    const holder: Holder = { ring, seal: null };
    holders.set(projectId, holder);
    return holder;
  }

  async function load(projectId: string): Promise<ProjectSeal | null> {
    const holder = holderOf(projectId);
    const keys = await holder.ring.load();
    if (keys === null) {
      holders.delete(projectId);
      return null;
    }
    holder.seal ??= makeProjectSeal(projectId, holder.ring, parts);
    return holder.seal;
  }

  function cachedSeal(projectId: string): ProjectSeal | null {
    const holder = holders.get(projectId);
    if (holder === undefined || holder.seal === null) return null;
    const age = monotonicMs() - holder.ring.loadedAt();
    if (age > STALE_AFTER_MS) return null;
    // A failure shows when the keys are stale and a request has to wait for them.
    if (age > REFRESH_AFTER_MS) void load(projectId).catch(() => null);
    return holder.seal;
  }

  function makeKey(kind: WrappedKey["kind"], projectId: string, now: number): WrappedKey {
    return makeWrappedKey(kind, { projectId, masterKey, randomBytes, now });
  }

  return {
    cachedSeal,
    sealOf: async (projectId) => cachedSeal(projectId) ?? (await load(projectId)),
    makeProjectKeys: (projectId, now) => [makeKey("index", projectId, now), makeKey("data", projectId, now)],
    rotateDataKey: async (projectId, now) => {
      const added = await store.addKey(projectId, makeKey("data", projectId, now));
      if (added === "no_project") return added;
      await holders.get(projectId)?.ring.reload();
      return "rotated";
    },
    forgetProject: (projectId) => holders.delete(projectId),
  };
}
