import type { ProjectKeys } from "./project-keys.ts";

/** The keys of one project as this process knows them. */
export interface KeyRing {
  /** Null before the first load. After the project is gone: what was known last. */
  keys(): ProjectKeys | null;
  /** When the load began that gave these keys; -Infinity before the first. */
  loadedAt(): number;
  /** Reads the keys; joins a read that is under way. Null: the project has none. */
  load(): Promise<ProjectKeys | null>;
  /** As `load`, but sees every key that was stored before this call: a read that is under way may have missed it and is not joined. */
  reload(): Promise<ProjectKeys | null>;
}

/** `read` gets the keys known so far. `monotonicMs` is a clock that never goes back. */
export function makeKeyRing(
  read: (known: ProjectKeys | null) => Promise<ProjectKeys | null>,
  monotonicMs: () => number,
): KeyRing {
  let keys: ProjectKeys | null = null;
  let loadedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<ProjectKeys | null> | null = null;
  let next: Promise<ProjectKeys | null> | null = null;

  async function readNow(): Promise<ProjectKeys | null> {
    const startedAt = monotonicMs();
    try {
      const fresh = await read(keys);
      keys = fresh ?? keys;
      loadedAt = startedAt;
      return fresh;
    } finally {
      running = null;
    }
  }

  function load(): Promise<ProjectKeys | null> {
    running ??= readNow();
    return running;
  }

  async function loadAfter(settled: Promise<unknown>): Promise<ProjectKeys | null> {
    await settled.catch(() => null);
    next = null;
    return load();
  }

  return {
    keys: () => keys,
    loadedAt: () => loadedAt,
    load,
    reload: () => {
      if (running === null) return load();
      next ??= loadAfter(running);
      return next;
    },
  };
}
