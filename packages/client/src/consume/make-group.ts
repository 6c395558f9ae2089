/** Gathers items while a request is on its way and sends them together in the next one. */
export type Group<I, R> = (item: I) => Promise<R>;

interface Waiting<I, R> {
  readonly item: I;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** `send` gives a result for each item, in their order. */
export function makeGroup<I, R>(
  send: (items: readonly I[]) => Promise<readonly R[]>,
  mostItems: number,
): Group<I, R> {
  let waiting: Waiting<I, R>[] = [];
  let isSending = false;

  async function sendAll(): Promise<void> {
    // What ends in the same turn goes together.
    await Promise.resolve();
    while (waiting.length > 0) {
      const group = waiting.slice(0, mostItems);
      waiting = waiting.slice(mostItems);
      await sendGroup(group);
    }
    isSending = false;
  }

  async function sendGroup(group: readonly Waiting<I, R>[]): Promise<void> {
    try {
      const results = await send(group.map(({ item }) => item));
      group.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result === undefined) reject(new Error("The answer has fewer results than were asked for."));
        else resolve(result);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (isSending) return;
      isSending = true;
      void sendAll();
    });
}
