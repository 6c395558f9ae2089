export interface PageQuery {
  /** Items in a page, at most. */
  readonly limit?: number;
  /** `next_cursor` of the page before. */
  readonly cursor?: string;
}

/** A page of a list, as the server cut it. */
export interface Page<T> {
  readonly data: readonly T[];
  /** For `cursor` of the same query; null: this was the last one. */
  readonly next_cursor: string | null;
}

/** A list that is read page by page as it is walked through. */
export interface List<T> extends AsyncIterable<T> {
  /** One page: the first, or that of the query's `cursor`. */
  page(): Promise<Page<T>>;
  /** Pages one after the other, each with the cursor to go on from later. */
  pages(): AsyncIterable<Page<T>>;
}

export interface ListSource<T> {
  readonly load: (cursor: string | undefined) => Promise<Page<T>>;
  /** Where the query begins. */
  readonly cursor?: string | undefined;
  /** Whether pages may be empty before the end: the server looks for what fits. */
  readonly isScan?: boolean;
}

export function listPages<T>({ load, cursor: start, isScan = false }: ListSource<T>): List<T> {
  async function* pages(): AsyncGenerator<Page<T>, void> {
    for (let cursor = start; ; ) {
      const page = await load(cursor);
      const { data, next_cursor: next } = page;
      // The feed always has a next cursor; at its present end that leads to the same place.
      const isEnd = data.length === 0 && (!isScan || next === cursor);
      if (!isEnd) yield page;
      if (isEnd || next === null) return;
      cursor = next;
    }
  }
  async function* items(): AsyncGenerator<T, void> {
    for await (const { data } of pages()) yield* data;
  }
  return { page: () => load(start), pages, [Symbol.asyncIterator]: items };
}
