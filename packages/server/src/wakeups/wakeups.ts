/** What somebody can wait for: deliveries of a subscription, or events in the feed of a project. */
export type Topic = `deliveries:${string}` | `feed:${string}`;

/**
 * Wake-ups are hints and nothing more: they may be lost, doubled or late. Whoever waits also looks by itself now and then.
 */
export interface Wakeups {
  wake(topic: Topic): void;
  /** Calls `run` at every wake-up of the topic until the answer is called. */
  listen(topic: Topic, run: () => void): () => void;
  close(): Promise<void>;
}
