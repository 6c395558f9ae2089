/** More than these go in several parts. */
const MOST_TOGETHER = 256;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs calls of one group (such as a project) one after the other, and those that come in meanwhile together: they would only wait for each other's locks, each on a connection that others
 * need. `run` gives a result for each item; if it rejects, all of its items do.
 */
export function gatherCalls<Item, Result>(
  run: (group: string, items: readonly Item[]) => Promise<readonly Result[]>,
): (group: string, item: Item) => Promise<Result> {
  const waiting = new Map<string, Waiting<Item, Result>[]>();
  const runAll = async (group: string, queue: Waiting<Item, Result>[]) => {
    while (queue.length > 0) {
      const part = queue.splice(0, MOST_TOGETHER);
      try {
        const results = await run(
          group,
          part.map(({ item }) => item),
        );
        for (const [index, { resolve }] of part.entries()) resolve(results[index] as Result);
      } catch (error) {
        for (const { reject } of part) reject(error);
      }
    }
    waiting.delete(group);
  };
  return (group, item) =>
    new Promise((resolve, reject) => {
      const queue = waiting.get(group);
      if (queue !== undefined) {
        queue.push({ item, resolve, reject });
        return;
      }
      const fresh = [{ item, resolve, reject }];
      waiting.set(group, fresh);
      void runAll(group, fresh);
    });
}
