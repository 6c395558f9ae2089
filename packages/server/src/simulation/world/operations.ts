import type { Store } from "../../store/store.ts";

/** The operations of the port, by name. */
export type OperationName = {
  [K in keyof Store]: Store[K] extends (...args: never[]) => Promise<unknown> ? K : never;
}[keyof Store];

/** An operation that has taken effect, and what it will answer. */
export type Commit = {
  [K in OperationName]: {
    readonly name: K;
    readonly args: Parameters<Store[K]>;
    readonly outcome: Awaited<ReturnType<Store[K]>>;
    /** When it was asked for. */
    readonly calledAt: number;
  };
}[OperationName];

export interface Operation {
  readonly name: OperationName;
  readonly args: readonly unknown[];
  /** Does it. */
  run(): Promise<unknown>;
}

/** A store all of whose operations go through `around`. */
export function wrapStore(store: Store, around: (operation: Operation) => Promise<unknown>): Store {
  const wrapped = Object.entries(store).map(([name, value]: [string, unknown]) => {
    if (typeof value !== "function") return [name, value];
    const through = (...args: readonly unknown[]) =>
      around({ name: name as OperationName, args, run: async () => value(...args) as unknown });
    return [name, through];
  });
  return Object.fromEntries(wrapped) as Store;
}

/** Operations that change nothing. */
export function isRead(name: OperationName): boolean {
  return /^(read|list|seek|count|nextDueAt|check|clock)/.test(name);
}
