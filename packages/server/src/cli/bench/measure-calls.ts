/** What came of calls that were made over and over, several at once. */
export interface Measured {
  readonly calls: number;
  /** As the call counts: events or deliveries. */
  readonly items: number;
  readonly seconds: number;
  /** Of a call, in ms. */
  readonly p50: number;
  readonly p99: number;
}

interface Terms {
  readonly concurrency: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Makes calls until the time is over, or `call` gives null; a call gives how many items it moved. Rejects with the first that fails. */
export async function measureCalls(
  { concurrency, seconds, signal }: Terms,
  call: () => Promise<number | null>,
): Promise<Measured> {
  const times: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  let items = 0;
  let isOver = false;
  const work = async () => {
    while (!isOver && !signal.aborted && performance.now() < end) {
      const startedAt = performance.now();
      const moved = await call();
      if (moved === null) break;
      times.push(performance.now() - startedAt);
      items += moved;
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, work));
  } finally {
    isOver = true;
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? 0;
  return {
    calls: times.length,
    items,
    seconds: (performance.now() - began) / 1_000,
    p50: at(0.5),
    p99: at(0.99),
  };
}
