/** How much of one limit a node was asked for. */
export interface NodeDemand {
  /** Names the limit: credential and kind. */
  readonly limit: string;
  readonly perSecond: number;
}

/** What the nodes of an installation tell each other of their load. Lost in a crash, and no harm done. Operator. */
export interface RateStore {
  /**
   * Notes what a node was asked for, instead of what it noted before, and gives for each of its limits, in the order sent, how much the other nodes noted after
   * `freshAfter`; `nodes`: how many noted anything since then, this one included (also with no demand at all).
   */
  exchangeDemands(request: {
    readonly nodeId: string;
    readonly now: number;
    readonly freshAfter: number;
    readonly demands: readonly NodeDemand[];
  }): Promise<{ readonly nodes: number; readonly others: readonly number[] }>;
}
