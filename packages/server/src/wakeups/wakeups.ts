/** What somebody can wait for: deliveries of a subscription, events in the feed of a project, or the change of a subscription. */
export type Topic = `deliveries:${string}` | `feed:${string}` | `subscription:${string}:${string}`;

/**
 * Wake-ups are hints and nothing more: they may be lost, doubled or late. Whoever waits also looks by itself now and then.
 */
export interface Wakeups {
  wake(topic: Topic): void;
  /** Calls `run` at every wake-up of the topic until the answer is called. */
  listen(topic: Topic, run: () => void): () => void;
  /** Calls `run` at every wake-up of any topic. */
  listenAll(run: (topic: Topic) => void): () => void;
  close(): Promise<void>;
}
