/** What the promises of a store depend on. */
export interface Terms {
  /** The feed shows an event so long after its time of acceptance; 0: at once. */
  readonly feedDelayMs: number;
  /** True: what lies below the store removes keys that are past their time, and `expireKeys` finds nothing to do. */
  readonly forgetsKeysItself: boolean;
}
